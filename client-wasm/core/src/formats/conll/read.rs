//! Reads CoNLL files, whichever scheme their tags are of.

use super::super::FileError;
use super::super::import::FileImport;
use super::super::limits::DOCUMENT_SENTENCES;
use super::super::lines::{lines, quoted};
use super::builder::Builder;
use super::line::{self, Line, Tag};
use super::scheme::Scheme;

/// How many lines are looked at to tell the format.
const FORMAT_LINES: usize = 1000;

/// Whether at least three of four lines end with a tag.
pub(in super::super) fn looks_like(text: &str) -> bool {
    let (mut tagged, mut other) = (0, 0);
    for (_, line) in lines(text).filter(|(_, line)| !line.trim().is_empty()).take(FORMAT_LINES) {
        match line::parse(line) {
            // A letter alone is a tag in a file of two columns; in prose it is a word.
            Line::Token { raw, tag: Ok(_), .. } if raw.contains('-') || raw == "O" || is_pair(line) => tagged += 1,
            Line::Token { .. } | Line::NoToken => other += 1,
            _ => {}
        }
    }
    // Three lines at least, so that the one-line note "Blood group O" stays a note.
    let enough = tagged >= 3 || (tagged > 0 && text.contains('\t'));
    enough && tagged >= 3 * other
}

fn is_pair(line: &str) -> bool {
    let mut columns = line.split_whitespace();
    columns.next().is_some() && columns.next().is_some() && columns.next().is_none()
}

/// Reads a whole file; refused only where no line has a tag.
pub(in super::super) fn read(text: &str, file: &mut FileImport<'_>) -> Result<(), FileError> {
    let mut reader = Reader {
        file,
        open: Builder::default(),
        open_name: None,
        open_line: 1,
        any_mark: false,
        any_tag: false,
        first_untagged: None,
        sentences_before: 0,
        scheme: Scheme::default(),
    };
    for (number, line) in lines(text) {
        if !line.trim().is_empty() && reader.file.is_full(Some(number)) {
            break;
        }
        reader.line(number, line);
    }
    reader.end_document();
    if !reader.any_tag {
        return Err(FileError::NoTags { line: reader.first_untagged.unwrap_or(1) });
    }
    reader.scheme.conclude(reader.file);
    Ok(())
}

struct Reader<'r, 'c> {
    file: &'r mut FileImport<'c>,
    open: Builder,
    open_name: Option<String>,
    open_line: usize,
    any_mark: bool,
    any_tag: bool,
    first_untagged: Option<usize>,
    /// Sentences in finished documents since the last mark, for the names of documents cut by count.
    sentences_before: usize,
    scheme: Scheme,
}

impl Reader<'_, '_> {
    fn line(&mut self, number: usize, line: &str) {
        match line::parse(line) {
            Line::Comment => {}
            Line::Blank => {
                self.open.end_sentence();
                if !self.any_mark && self.open.sentences >= DOCUMENT_SENTENCES {
                    self.end_document();
                }
            }
            Line::Document(name) => {
                self.end_document();
                self.any_mark = true;
                self.open_name = name.map(str::to_owned);
                self.open_line = number;
            }
            Line::NoToken => {
                self.first_untagged.get_or_insert(number);
                self.file.problem(number, "there is no token before the tag; the line was left out".to_owned());
            }
            Line::Token { token, raw, tag } => {
                let tag = match tag {
                    Ok(tag) => {
                        self.any_tag = true;
                        self.scheme.letter(number, raw);
                        tag
                    }
                    Err(wrong) => {
                        self.first_untagged.get_or_insert(number);
                        let message = format!("{wrong}; the token {} was taken in with the tag O", quoted(token));
                        self.file.problem(number, message);
                        Tag::Outside
                    }
                };
                self.open.token(number, token, tag, &mut self.scheme);
            }
        }
    }

    fn end_document(&mut self) {
        let open = std::mem::take(&mut self.open);
        self.scheme.end_document();
        let (given, sentences) = (self.open_name.take(), open.sentences);
        if sentences == 0 {
            if let Some(name) = given {
                let message = format!("the document {} has no tokens and was left out", quoted(&name));
                self.file.problem(self.open_line, message);
            }
            return;
        }
        let name = given.unwrap_or_else(|| match self.any_mark {
            true => format!("{} {}", self.file.stem(), self.file.documents() + 1),
            false => {
                format!("{} {}–{}", self.file.stem(), self.sentences_before + 1, self.sentences_before + sentences)
            }
        });
        self.sentences_before += sentences;
        if let Some(document) = open.finish(name, self.open_line) {
            self.file.document(document);
        }
    }
}

//! CoNLL files: a token a line with its tag in the last column.

use std::collections::{BTreeSet, HashMap};

use super::conll_line::{self, Line, Tag, quoted};
use super::document::Builder;
use super::{
    DOCUMENT_SENTENCES, DOCUMENTS_MAX, Format, ImportError, ImportProblem, Imported, ImportedDocument, PROBLEMS_MAX,
};
use crate::labels::LABELS_MAX;

/// Reads a whole file; an error only where no line has a tag.
pub(super) fn read(file_name: &str, text: &str) -> Result<Imported, ImportError> {
    let mut reader = Reader::new(super::stem(file_name));
    for (number, line) in super::lines(text) {
        if reader.documents.len() >= DOCUMENTS_MAX && !line.trim().is_empty() {
            reader.left_out_from = Some(number);
            break;
        }
        reader.line(number, line);
    }
    reader.end_document();
    if !reader.any_tag {
        return Err(ImportError::NoTags { file: file_name.to_owned(), line: reader.first_untagged.unwrap_or(1) });
    }
    Ok(reader.finish())
}

struct Reader<'f> {
    stem: &'f str,
    documents: Vec<ImportedDocument>,
    /// How often a name was asked for, so that each document gets its own.
    names: HashMap<String, usize>,
    labels: BTreeSet<String>,
    problems: Vec<ImportProblem>,
    problems_beyond: usize,
    /// The first line after more documents than there may be.
    left_out_from: Option<usize>,
    open: Builder,
    open_name: Option<String>,
    open_line: usize,
    any_mark: bool,
    any_tag: bool,
    first_untagged: Option<usize>,
    /// Sentences in finished documents since the last mark, for the names of documents cut by count.
    sentences_before: usize,
}

impl<'f> Reader<'f> {
    fn new(stem: &'f str) -> Self {
        Self {
            stem,
            documents: Vec::new(),
            names: HashMap::new(),
            labels: BTreeSet::new(),
            problems: Vec::new(),
            problems_beyond: 0,
            left_out_from: None,
            open: Builder::default(),
            open_name: None,
            open_line: 1,
            any_mark: false,
            any_tag: false,
            first_untagged: None,
            sentences_before: 0,
        }
    }

    fn line(&mut self, number: usize, line: &str) {
        match conll_line::parse(line) {
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
                self.problem(number, "there is no token before the tag; the line was left out".to_owned());
            }
            Line::Token { token, tag } => {
                let tag = match tag {
                    Ok(tag) => {
                        self.any_tag = true;
                        self.known(number, tag)
                    }
                    Err(wrong) => {
                        self.first_untagged.get_or_insert(number);
                        let message = format!("{wrong}; the token {} was taken in with the tag O", quoted(token));
                        self.problem(number, message);
                        Tag::Outside
                    }
                };
                self.open.token(number, token, tag);
            }
        }
    }

    /// The tag, or O where its type is one more than there may be.
    fn known<'l>(&mut self, number: usize, tag: Tag<'l>) -> Tag<'l> {
        let (Tag::Begin(label) | Tag::Inside(label)) = tag else { return tag };
        if self.labels.contains(label) {
            return tag;
        }
        if self.labels.len() >= LABELS_MAX {
            let message = format!(
                "{} would be one more than the {LABELS_MAX} entity types a file may have; the tag was read as O",
                quoted(label)
            );
            self.problem(number, message);
            return Tag::Outside;
        }
        self.labels.insert(label.to_owned());
        tag
    }

    fn end_document(&mut self) {
        let mut open = std::mem::take(&mut self.open);
        let sentences = open.sentences;
        if let Some((line, label, count)) = open.stray.take() {
            let rest = match count {
                1 => "the only such tag in this document".to_owned(),
                _ => format!("so were {count} such tags in this document; the file may be IOB1"),
            };
            let label = quoted(&label);
            self.problem(line, format!("an I- tag of type {label} has no B- before it and was read as B-: {rest}"));
        }
        let given = self.open_name.take();
        if sentences == 0 {
            if let Some(name) = given {
                self.problem(self.open_line, format!("the document {} has no tokens and was left out", quoted(&name)));
            }
            return;
        }
        let name = given.unwrap_or_else(|| match self.any_mark {
            true => format!("{} {}", self.stem, self.documents.len() + 1),
            false => format!("{} {}–{}", self.stem, self.sentences_before + 1, self.sentences_before + sentences),
        });
        self.sentences_before += sentences;
        let name = self.unique(name);
        self.documents.extend(open.finish(name));
    }

    /// The name, with a number where another document has it.
    fn unique(&mut self, name: String) -> String {
        let mut candidate = name.clone();
        while let Some(count) = self.names.get_mut(&candidate) {
            *count += 1;
            candidate = format!("{candidate} ({count})");
        }
        self.names.insert(candidate.clone(), 1);
        candidate
    }

    fn problem(&mut self, line: usize, message: String) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(ImportProblem { line, message });
        } else {
            self.problems_beyond += 1;
        }
    }

    fn finish(mut self) -> Imported {
        self.problems.sort_by_key(|problem| problem.line);
        if self.problems_beyond > 0 {
            let line = self.problems.last().map_or(1, |problem| problem.line);
            let message = format!("{} more problems are not listed", self.problems_beyond);
            self.problems.push(ImportProblem { line, message });
        }
        if let Some(line) = self.left_out_from {
            let message =
                format!("the file has more than {DOCUMENTS_MAX} documents; from this line on it was left out");
            self.problems.push(ImportProblem { line, message });
        }
        Imported {
            format: Format::Conll,
            documents: self.documents,
            labels: self.labels.into_iter().collect(),
            problems: self.problems,
        }
    }
}

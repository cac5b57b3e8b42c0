//! Reads CoNLL files, whichever scheme their tags are of.

use super::super::FileError;
use super::super::definition::Source;
use super::super::import::FileImport;
use super::super::limits::DOCUMENT_SENTENCES;
use super::super::lines::{lines, quoted};
use super::super::recognise::{Content, Evidence};
use super::builder::Builder;
use super::layout::{Columns, Layout, piped};
use super::line::{Tag, TagPosition, cells, is_blank, parse_tag};
use super::mark::{self, Mark};
use super::scheme::Scheme;

/// Lines with a tag, against those that should have one.
pub(super) fn recognise(content: &Content<'_>) -> Evidence {
    let layout = Layout::of(content.text);
    let mut found = Evidence::default();
    for (_, line) in lines(content.text).filter(|(_, line)| !is_blank(line)) {
        let tags: Vec<&str> = match &layout {
            Layout::Piped => line.split_whitespace().filter_map(|word| Some(piped(word)?.1)).collect(),
            Layout::Columns(columns) => match columns.row(line) {
                Row::Token { tags, .. } => tags,
                Row::Mark(_) => continue,
                Row::NoToken => {
                    found.foreign += 1;
                    continue;
                }
            },
        };
        // A letter alone is a tag in a file of two columns; in prose it is a word.
        let is_tag =
            |tag: &&&str| parse_tag(tag).is_ok() && (tag.contains('-') || **tag == "O" || cells(line).len() == 2);
        match tags.iter().find(is_tag) {
            Some(_) => found.documents += 1,
            None => found.foreign += 1,
        }
        let begins = |tag: &&&str| matches!(parse_tag(tag), Ok(Tag::In(TagPosition::Begin | TagPosition::Single, _)));
        found.entities += tags.iter().filter(begins).count();
    }
    // Three lines at least, so that the one-line note "Blood group O" stays a note.
    let enough =
        found.documents >= 3 || (found.documents > 0 && content.text.contains('\t')) || layout == Layout::Piped;
    match enough && found.documents >= 3 * found.foreign {
        true => Evidence { marks: 1, ..found },
        false => Evidence::default(),
    }
}

/// Reads a whole file; refused only where no line has a tag.
pub(super) fn read(source: &Source<'_>, file: &mut FileImport<'_>) -> Result<(), FileError> {
    let layout = Layout::of(source.text);
    let mut reader = Reader {
        file,
        open: Builder::default(),
        open_name: None,
        open_line: 1,
        unread: false,
        any_mark: false,
        any_tag: false,
        first_untagged: None,
        sentences_before: 0,
        scheme: Scheme::default(),
    };
    if let Layout::Columns(Columns { repeated: Some(column), .. }) = layout {
        let message = format!("column {} repeats the tags of another, as predictions do; it was left out", column + 1);
        reader.file.problem(None, message);
    }
    for (number, line) in lines(source.text) {
        if !is_blank(line) && reader.file.is_full(Some(number)) {
            break;
        }
        match &layout {
            _ if is_blank(line) => reader.blank(),
            Layout::Columns(columns) => reader.line(columns, number, line),
            Layout::Piped => reader.sentence(number, line),
        }
    }
    reader.end_document();
    if !reader.any_tag {
        return Err(FileError::NoTags { line: reader.first_untagged.unwrap_or(1) });
    }
    reader.scheme.conclude(reader.file);
    if let Layout::Columns(columns) = layout {
        columns.describe(reader.file);
    }
    Ok(())
}

/// A line that isn't blank.
enum Row<'l> {
    Mark(Mark<'l>),
    /// A token, its tags as they stand there, and the document that it is of.
    Token {
        token: String,
        tags: Vec<&'l str>,
        document: Option<&'l str>,
        joined: bool,
    },
    /// Columns, but nothing in the token's.
    NoToken,
}

impl Columns {
    fn row<'l>(&self, line: &'l str) -> Row<'l> {
        let mut row = cells(line);
        // Tabs at the end of a line are no columns.
        while row.len() > self.width && row.last().is_some_and(|cell| cell.is_empty()) {
            row.pop();
        }
        let has_tag = |row: &[&str]| self.tag_cells(row).iter().any(|tag| parse_tag(tag).is_ok());
        let may_be_token = row.len() == self.width && has_tag(&row);
        if let Some(found) = mark::parse(line, may_be_token) {
            return Row::Mark(found);
        }
        // A line of words in a file of columns between tabs is one token that lacks a tag.
        if !line.contains('\t') && !may_be_token && !has_tag(&row) && self.regular && row.len() != self.width {
            row = vec![line.trim()];
        }
        if self.index.is_some_and(|at| row.len() == self.width && row[at].contains(['-', '.'])) {
            return Row::Mark(Mark::Comment);
        }
        let token = row.get(self.token).filter(|_| row.len() > 1).or(row.first()).copied().unwrap_or_default();
        if token.is_empty() {
            return Row::NoToken;
        }
        let document = self.document.and_then(|at| row.get(at).copied().filter(|_| row.len() == self.width));
        // White space within a token: the other columns are counted from the end.
        let more = row.len().saturating_sub(self.width);
        let joined = self.regular && more > 0 && !line.contains('\t') && has_tag(&row);
        let words = row.get(self.token..=self.token + more).filter(|_| joined);
        let token = words.map_or_else(|| token.to_owned(), |words| words.join(" "));
        Row::Token { token, tags: self.tag_cells(&row), document, joined }
    }

    /// The cells of the tags; in a line of another width they are counted from its end.
    fn tag_cells<'l>(&self, row: &[&'l str]) -> Vec<&'l str> {
        if row.len() < 2 {
            return vec![""];
        }
        let cell = |at: &usize| match row.len() == self.width {
            true => row[*at],
            false => (row.len() + at).checked_sub(self.width).and_then(|at| row.get(at).copied()).unwrap_or_default(),
        };
        let value = |cell: &'l str| match &self.key {
            Some(key) => {
                let mut values = cell.split('|').filter_map(|part| part.split_once('='));
                values.find(|(name, _)| name == key).map_or("O", |(_, value)| value)
            }
            None => cell,
        };
        self.tags.iter().map(cell).map(value).collect()
    }

    /// Says which columns were read, where they aren't the first and the last.
    fn describe(&self, file: &mut FileImport<'_>) {
        if let Some(key) = &self.key {
            file.detail(format!("tags after {key}="));
        } else if self.tags.len() > 1 {
            let columns: Vec<String> = self.tags.iter().map(|at| (at + 1).to_string()).collect();
            file.detail(format!("nested entities in the columns {}", columns.join(" and ")));
        } else if self.tags[0] + 1 != self.width {
            file.detail(format!("tags in column {}", self.tags[0] + 1));
        }
        if self.token > 0 {
            file.detail(format!("tokens in column {}", self.token + 1));
        }
    }
}

struct Reader<'r, 'c> {
    file: &'r mut FileImport<'c>,
    open: Builder,
    open_name: Option<String>,
    open_line: usize,
    unread: bool,
    any_mark: bool,
    any_tag: bool,
    first_untagged: Option<usize>,
    /// Sentences in finished documents since the last mark, for the names of documents cut by count.
    sentences_before: usize,
    scheme: Scheme,
}

impl Reader<'_, '_> {
    fn blank(&mut self) {
        self.open.end_sentence();
        if !self.any_mark && self.open.sentences >= DOCUMENT_SENTENCES {
            self.end_document();
        }
    }

    fn mark(&mut self, number: usize, mark: &Mark<'_>) {
        match mark {
            Mark::Comment => {}
            Mark::Unread => self.unread = true,
            Mark::Document(name) => self.begin_document(number, *name),
        }
    }

    fn begin_document(&mut self, number: usize, name: Option<&str>) {
        self.end_document();
        self.any_mark = true;
        self.open_name = name.map(str::to_owned);
        self.open_line = number;
    }

    fn line(&mut self, columns: &Columns, number: usize, line: &str) {
        match columns.row(line) {
            Row::Mark(mark) => self.mark(number, &mark),
            Row::NoToken => {
                self.first_untagged.get_or_insert(number);
                self.file.problem(number, "there is no token before the tag; the line was left out".to_owned());
            }
            Row::Token { token, tags, document, joined } => {
                if joined {
                    let message =
                        format!("the line has more columns than most; {} was read as one token", quoted(&token));
                    self.file.problem(number, message);
                }
                if document.is_some() && document != self.open_name.as_deref() {
                    self.begin_document(number, document);
                }
                self.token(number, &token, &tags);
            }
        }
    }

    /// A line of tokens with their tags.
    fn sentence(&mut self, number: usize, line: &str) {
        if let Some(mark) = mark::parse(line, false) {
            return self.mark(number, &mark);
        }
        for word in line.split_whitespace() {
            let (token, tag) = piped(word).unwrap_or((word, ""));
            self.token(number, token, &[tag]);
        }
        self.blank();
    }

    fn token(&mut self, number: usize, token: &str, raw: &[&str]) {
        let mut tags = Vec::with_capacity(raw.len());
        for raw in raw {
            tags.push(match parse_tag(raw) {
                Ok(tag) => {
                    self.any_tag = true;
                    self.scheme.letter(number, raw);
                    tag
                }
                Err(wrong) => {
                    self.first_untagged.get_or_insert(number);
                    if !raw.is_empty() {
                        self.open.refuse();
                    }
                    let message = format!("{wrong}; the token {} was taken in with the tag O", quoted(token));
                    self.file.problem(number, message);
                    Tag::Outside
                }
            });
        }
        self.open.token(number, token, &tags, &mut self.scheme);
    }

    fn end_document(&mut self) {
        let open = std::mem::take(&mut self.open);
        self.scheme.end_document();
        let labelled = !std::mem::take(&mut self.unread);
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
        if let Some(document) = open.finish(name, self.open_line, labelled) {
            self.file.document(document);
        }
    }
}

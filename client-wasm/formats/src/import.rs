//! Takes in what the readers find, and keeps the limits: what doesn't fit is left out and listed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::limits::{DOCUMENTS_MAX, FILES_MAX, LABELS_READ_MAX, NAME_CHARS_MAX, PROBLEMS_MAX, PROBLEMS_TOTAL_MAX};
use super::lines::{quoted, stem};
use super::{Detail, Document, FileError, FileReport, Format, ImportError, ImportProblem, Imported};
use fedner_text::labels::{LABEL_CHARS_MAX, Span};

/// A note as it stands in a file, not checked.
#[derive(Debug, Default)]
pub(super) struct RawDocument {
    pub(super) name: Option<String>,
    /// Where it begins.
    pub(super) line: Option<usize>,
    pub(super) text: String,
    pub(super) spans: Vec<RawSpan>,
    pub(super) labelled: bool,
    /// An entity of it couldn't be read. Where none is left, the document isn't one without entities.
    pub(super) refused: bool,
    /// What the file says of an entity disagrees with the text: until somebody has looked at it, it is no training data.
    pub(super) undecided: bool,
}

/// An entity as it stands in a file, in chars, not checked.
#[derive(Debug)]
pub(super) struct RawSpan {
    pub(super) line: Option<usize>,
    pub(super) span: Span,
    /// What is said of it, in a box as most have nothing.
    pub(super) detail: Option<Box<Detail>>,
}

/// How many entities of a file begin or end inside a word.
#[derive(Default)]
struct Borders {
    entities: usize,
    inside: usize,
}

impl Borders {
    fn count(&mut self, text: &str, spans: &[Span]) {
        self.entities += spans.len();
        // Once one stands between words nothing will be said.
        if spans.is_empty() || self.inside + spans.len() < self.entities {
            return;
        }
        let mut places: Vec<usize> = spans.iter().flat_map(|span| [span.start, span.end]).collect();
        places.sort_unstable();
        places.dedup();
        let mut inside = BTreeSet::new();
        let (mut before, mut next) = (' ', places.iter().copied().peekable());
        for (at, c) in text.chars().enumerate() {
            if next.next_if_eq(&at).is_some() && is_letter(before) && is_letter(c) {
                inside.insert(at);
            }
            before = c;
        }
        self.inside += spans.iter().filter(|span| inside.contains(&span.start) || inside.contains(&span.end)).count();
    }

    fn problem(&self) -> Option<String> {
        const ENTITIES_MIN: usize = 2;
        (self.entities >= ENTITIES_MIN && self.inside == self.entities).then(|| {
            format!(
                "all {} entities begin or end inside a word: their offsets may count something else than characters, or be of \
                 another text; look at them before you train",
                self.entities
            )
        })
    }
}

/// A letter of a script that puts spaces between words: Latin, Greek, Cyrillic, Armenian.
fn is_letter(c: char) -> bool {
    c < '\u{590}' && c.is_alphabetic()
}

/// Everything taken in, file by file.
#[derive(Default)]
pub(super) struct Import {
    files: Vec<FileReport>,
    documents: Vec<Document>,
    labels: BTreeSet<String>,
    problems: Vec<ImportProblem>,
    problems_beyond: usize,
    refused: Option<(Arc<str>, FileError)>,
    files_seen: usize,
}

impl Import {
    /// Opens a file.
    pub(super) fn file(&mut self, name: &str) -> FileImport<'_> {
        self.files_seen += 1;
        FileImport {
            all: self,
            name: name.into(),
            problems_in: name.into(),
            names: HashMap::new(),
            problems: Vec::new(),
            problems_beyond: 0,
            documents: 0,
            spans: 0,
            left_out_from: None,
            details: Vec::new(),
            borders: Borders::default(),
        }
    }

    /// How many more files can be taken in.
    pub(super) fn files_left(&self) -> usize {
        FILES_MAX.saturating_sub(self.files_seen)
    }

    /// Everything, or why there is nothing.
    pub(super) fn finish(mut self) -> Result<Imported, ImportError> {
        if self.documents.is_empty() {
            let (file, error) = self.refused.unwrap_or_else(|| ("".into(), FileError::Missing));
            let others = self.files_seen.saturating_sub(1);
            return Err(ImportError { file: file.to_string(), error, others });
        }
        if let (Some(last), 1..) = (self.problems.last(), self.problems_beyond) {
            let (file, message) = (last.file.clone(), format!("{} more problems are not listed", self.problems_beyond));
            self.problems.push(ImportProblem { file, line: None, message });
        }
        Ok(Imported {
            files: self.files,
            documents: self.documents,
            labels: self.labels.into_iter().collect(),
            problems: self.problems,
        })
    }

    /// Notes what is wrong with a file.
    pub(super) fn problem(&mut self, file: &Arc<str>, line: Option<usize>, message: String) {
        if self.problems.len() < PROBLEMS_TOTAL_MAX {
            self.problems.push(ImportProblem { file: file.clone(), line, message });
        } else {
            self.problems_beyond += 1;
        }
    }
}

/// One file while it is read.
pub(super) struct FileImport<'c> {
    all: &'c mut Import,
    name: Arc<str>,
    /// The file whose lines problems name: this one, or one that belongs to it.
    problems_in: Arc<str>,
    /// How often a name was asked for, so that each document gets its own.
    names: HashMap<String, usize>,
    problems: Vec<(Option<usize>, String)>,
    problems_beyond: usize,
    documents: usize,
    spans: usize,
    /// The first line after more documents than there may be.
    left_out_from: Option<Option<usize>>,
    details: Vec<String>,
    borders: Borders,
}

impl FileImport<'_> {
    /// The file's name without folders and ending.
    pub(super) fn stem(&self) -> &str {
        stem(&self.name)
    }

    /// Documents taken in from this file.
    pub(super) fn documents(&self) -> usize {
        self.documents
    }

    /// Lines named from now on are of a file that belongs to this one.
    pub(super) fn problems_in(&mut self, name: &str) {
        self.problems_in = name.into();
    }

    /// Says which of a format's forms the file has.
    pub(super) fn detail(&mut self, detail: impl Into<String>) {
        self.details.push(detail.into());
    }

    /// Notes what is wrong at a line.
    pub(super) fn problem(&mut self, line: impl Into<Option<usize>>, message: String) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push((line.into(), message));
        } else {
            self.problems_beyond += 1;
        }
    }

    /// Whether no more documents can be taken in; the first line for which it is so is remembered.
    pub(super) fn is_full(&mut self, line: Option<usize>) -> bool {
        let full = self.all.documents.len() >= DOCUMENTS_MAX;
        if full {
            self.left_out_from.get_or_insert(line);
        }
        full
    }

    /// Takes in a document with the entities that fit.
    pub(super) fn document(&mut self, found: RawDocument) {
        let RawDocument { name, line, text, spans, labelled, refused, undecided } = found;
        if self.is_full(line) {
            return;
        }
        if text.trim().is_empty() {
            let name = name.map_or_else(|| "a document".to_owned(), |name| format!("the document {}", quoted(&name)));
            self.problem(line, format!("{name} has no text and was left out"));
            return;
        }
        let found = spans.len();
        let (spans, details) = self.spans(&text, spans);
        self.borders.count(&text, &spans);
        let name = self.unique(name);
        let none_left = spans.is_empty() && (refused || found > 0);
        if labelled && (none_left || undecided) {
            let why = if undecided { "not all of its entities are sure" } else { "none of its entities could be read" };
            self.problem(line, format!("the document {} counts as unread: {why}", quoted(&name)));
        }
        let labelled = labelled && !none_left && !undecided;
        self.documents += 1;
        self.spans += spans.len();
        self.all.documents.push(Document { name, file: self.name.clone(), text, spans, details, labelled });
    }

    /// Closes the file.
    pub(super) fn finish(mut self, format: Format) {
        if self.documents == 0 {
            let first = self.problems.iter().min_by_key(|(line, _)| *line).cloned();
            let message = first.map_or_else(
                || "no document was found".to_owned(),
                |(line, message)| match line {
                    Some(line) => format!("line {line}: {message}"),
                    None => message,
                },
            );
            self.refuse(FileError::NoDocuments { format, message });
            return;
        }
        if let Some(message) = self.borders.problem() {
            self.problem(None, message);
        }
        self.close_problems();
        let (documents, spans) = (self.documents, self.spans);
        let detail = (!self.details.is_empty()).then(|| self.details.join("; "));
        self.all.files.push(FileReport { name: self.name, format, detail, documents, spans });
    }

    /// Closes a file that isn't one of notes, and says why; nothing where it is known to hold none.
    pub(super) fn leave_out(self, why: &str) {
        if !why.is_empty() {
            self.all.problem(&self.name, None, format!("the file {why}; it was left out"));
        }
    }

    /// Closes a file that gives nothing; documents taken in from it are given up.
    pub(super) fn refuse(self, error: FileError) {
        self.all.documents.truncate(self.all.documents.len() - self.documents);
        self.all.problem(&self.name, error.line(), format!("the file {error}"));
        self.all.refused.get_or_insert((self.name, error));
    }

    fn close_problems(&mut self) {
        // By line; what concerns the file as a whole stands last.
        self.problems.sort_by_key(|(line, _)| line.unwrap_or(usize::MAX));
        if self.problems_beyond > 0 {
            self.problems.push((None, format!("{} more problems are not listed", self.problems_beyond)));
        }
        if let Some(line) = self.left_out_from {
            let from = if line.is_some() { "from this line on the file" } else { "the rest of the file" };
            self.problems.push((line, format!("there are more than {DOCUMENTS_MAX} documents; {from} was left out")));
        }
        for (line, message) in std::mem::take(&mut self.problems) {
            self.all.problem(&self.problems_in, line, message);
        }
    }

    /// The spans that can be kept, in the order of the text, each once, and what is said of them.
    fn spans(&mut self, text: &str, found: Vec<RawSpan>) -> (Vec<Span>, BTreeMap<usize, Detail>) {
        let chars = text.chars().count();
        let mut kept = Vec::with_capacity(found.len());
        for RawSpan { line, mut span, detail } in found {
            match self.check(&mut span, chars) {
                Ok(()) => kept.push((span, line, detail)),
                Err(why) => {
                    let (start, end) = (span.start, span.end);
                    self.problem(
                        line,
                        format!("the entity {start}–{end} {} {why}; it was left out", quoted(&span.label)),
                    );
                }
            }
        }
        kept.sort_by(|(a, ..), (b, ..)| (a.start, a.end, &a.label).cmp(&(b.start, b.end, &b.label)));
        let mut spans: Vec<Span> = Vec::with_capacity(kept.len());
        let mut details: BTreeMap<usize, Detail> = BTreeMap::new();
        for (span, line, detail) in kept {
            if spans.last() == Some(&span) {
                let (start, end) = (span.start, span.end);
                self.problem(
                    line,
                    format!("the entity {start}–{end} {} is there twice; it was taken once", quoted(&span.label)),
                );
            } else {
                spans.push(span);
            }
            if let Some(detail) = detail {
                details.entry(spans.len() - 1).or_default().join(*detail);
            }
        }
        (spans, details)
    }

    /// Whether a span can be kept, its label trimmed; otherwise why not.
    fn check(&mut self, span: &mut Span, chars: usize) -> Result<(), String> {
        if span.end <= span.start {
            return Err("covers no character".to_owned());
        }
        if span.end > chars {
            return Err(format!("is not inside the text, which has {chars} characters"));
        }
        let label = span.label.trim();
        if label.is_empty() {
            return Err("names no entity type".to_owned());
        }
        if label.chars().nth(LABEL_CHARS_MAX).is_some() {
            return Err(format!("has an entity type of more than {LABEL_CHARS_MAX} characters"));
        }
        if label.len() != span.label.len() {
            span.label = label.to_owned();
        }
        if !self.all.labels.contains(&span.label) {
            if self.all.labels.len() >= LABELS_READ_MAX {
                return Err(format!(
                    "would bring one more than the {LABELS_READ_MAX} entity types that can be taken in"
                ));
            }
            self.all.labels.insert(span.label.clone());
        }
        Ok(())
    }

    /// The name, or one made of the file's, with a number where another document has it.
    fn unique(&mut self, name: Option<String>) -> String {
        let name = name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let name: String = match name {
            Some(name) => name.chars().take(NAME_CHARS_MAX).collect(),
            None => format!("{} {}", self.stem(), self.documents + 1).chars().take(NAME_CHARS_MAX).collect(),
        };
        // The number goes on from where it was, so that many documents of one name cost no more than others.
        let mut candidate = name.clone();
        let mut number = self.names.get(&name).copied().unwrap_or(1);
        while self.names.contains_key(&candidate) {
            number += 1;
            candidate = format!("{name} ({number})");
        }
        self.names.insert(name, number);
        self.names.insert(candidate.clone(), 1);
        candidate
    }
}

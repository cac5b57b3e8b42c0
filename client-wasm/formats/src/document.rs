//! What files are read into and written from.

use std::collections::BTreeMap;
use std::sync::Arc;

use fedner_text::labels::Span;

use super::{Detail, FileError, Format, TableColumns};

/// A file to read: its name, with folders where it has some, and its bytes.
#[derive(Clone, Copy, Debug)]
pub struct InputFile<'f> {
    /// Its name or path; the last part's ending helps to recognise the format.
    pub name: &'f str,
    /// What it holds.
    pub bytes: &'f [u8],
}

/// What a person says about files that they can't say themselves.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The format of all files; none for the one that each file shows.
    pub format: Option<Format>,
    /// Which columns of a table hold what.
    pub columns: TableColumns,
}

impl From<Option<Format>> for ReadOptions {
    fn from(format: Option<Format>) -> Self {
        Self { format, ..Self::default() }
    }
}

/// A note and the entities marked in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// From the document's mark or the file's name; each once in a file.
    pub name: String,
    /// The file it came from; not written.
    pub file: Arc<str>,
    /// The note.
    pub text: String,
    /// By char offset, in the order of the text; they may overlap, but none is there twice.
    pub spans: Vec<Span>,
    /// What is said of an entity beside its place and type, by its place in the list; nothing of most.
    pub details: BTreeMap<usize, Detail>,
    /// Whether somebody has looked for entities in it, so that a note without any is an example of none.
    pub labelled: bool,
}

/// What one file gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    /// The file's name; of a file in an archive, after the archive's name.
    pub name: Arc<str>,
    /// What it was read as.
    pub format: Format,
    /// What it showed of a format that has several forms: the scheme of its tags, how it counts offsets.
    pub detail: Option<String>,
    /// Notes taken in.
    pub documents: usize,
    /// Entities taken in.
    pub spans: usize,
}

/// Something in a file that couldn't be taken as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportProblem {
    /// The file.
    pub file: Arc<str>,
    /// The line, from 1; none where it concerns the file as a whole.
    pub line: Option<usize>,
    /// What was wrong and what was done.
    pub message: String,
}

/// What the files held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The files that were read, in the order in which they were given.
    pub files: Vec<FileReport>,
    /// The notes, at least one, in the order of the files.
    pub documents: Vec<Document>,
    /// The entity types that occur, sorted.
    pub labels: Vec<String>,
    /// What was wrong, by file, in the order of its lines; of bounded length.
    pub problems: Vec<ImportProblem>,
}

/// Why no note at all could be taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportError {
    /// The first file.
    pub file: String,
    /// What is wrong with it.
    pub error: FileError,
    /// How many more files there were, which gave nothing either.
    pub others: usize,
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    /// Its name; with folders, separated by `/`, where the format has some.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Something that a format can't hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteProblem {
    /// The document's name.
    pub document: String,
    /// What was left out or changed.
    pub message: String,
}

/// Documents in the form of files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// At least one where there was a document.
    pub files: Vec<OutputFile>,
    /// What the format couldn't hold; of bounded length.
    pub problems: Vec<WriteProblem>,
}

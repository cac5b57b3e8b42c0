//! What the writers share: files with safe names, and a list of what a format couldn't hold.

use std::borrow::Cow;
use std::collections::HashSet;

use super::limits::PROBLEMS_TOTAL_MAX;
use super::{Document, OutputFile, WriteProblem, Written};

/// Characters that some file system doesn't allow in a name.
const FORBIDDEN: &[char] = &['/', '\\', ':', '*', '?', '"', '<', '>', '|'];

/// The longest name of a file without its ending, in bytes; file systems allow 255 with it.
const FILE_NAME_BYTES_MAX: usize = 150;

/// The name of a file that holds many documents, without its ending.
pub(super) const COLLECTION: &str = "notes";

/// What formats that name their source write there.
pub(super) const SOURCE: &str = "FedNER";

/// Files in the making.
#[derive(Default)]
pub(super) struct Writer {
    written: Written,
    problems_beyond: usize,
    /// Names given, in small letters: some file systems don't distinguish capitals.
    names: HashSet<String>,
}

impl Writer {
    /// Adds a file.
    pub(super) fn file(&mut self, name: String, bytes: Vec<u8>) {
        self.written.files.push(OutputFile { name, bytes });
    }

    /// Notes what was left out or changed of a document.
    pub(super) fn problem(&mut self, document: &Document, message: String) {
        if self.written.problems.len() < PROBLEMS_TOTAL_MAX {
            self.written.problems.push(WriteProblem { document: document.name.clone(), message });
        } else {
            self.problems_beyond += 1;
        }
    }

    /// Says which documents nobody has looked at, in a format that can't.
    pub(super) fn say_unread(&mut self, format: &str, documents: &[Document]) {
        for document in documents.iter().filter(|document| !document.labelled) {
            let message = format!(
                "nobody has looked at this document yet, which {format} can't say: read again it counts as one without further \
                 entities, so leave it out or choose another format"
            );
            self.problem(document, message);
        }
    }

    /// Says that nothing can be written.
    pub(super) fn say_read_only(&mut self, format: &str, documents: &[Document]) {
        for document in documents {
            self.problem(document, format!("{format} is only read here; choose another format to write"));
        }
    }

    /// A name for a document's file that no other has and every file system takes.
    pub(super) fn file_name(&mut self, document: &str, extension: &str) -> String {
        let stem = self.stem(document);
        format!("{stem}.{extension}")
    }

    /// As [`Self::file_name`], without the ending.
    pub(super) fn stem(&mut self, document: &str) -> String {
        let safe = |c: char| if c.is_control() || FORBIDDEN.contains(&c) { '_' } else { c };
        let mut stem: String = document.trim().chars().map(safe).collect();
        stem.truncate(stem.floor_char_boundary(FILE_NAME_BYTES_MAX));
        // A name may not begin with a dot (hidden) nor end with one or a space (Windows).
        let stem = stem.trim_matches(|c: char| c == '.' || c.is_whitespace());
        let stem = if stem.is_empty() { "note" } else { stem };
        let mut candidate = stem.to_owned();
        let mut number = 2;
        while !self.names.insert(candidate.to_lowercase()) {
            candidate = format!("{stem} ({number})");
            number += 1;
        }
        candidate
    }

    /// What was written.
    pub(super) fn finish(mut self) -> Written {
        if let (Some(last), 1..) = (self.written.problems.last(), self.problems_beyond) {
            let (document, message) =
                (last.document.clone(), format!("{} more problems are not listed", self.problems_beyond));
            self.written.problems.push(WriteProblem { document, message });
        }
        self.written
    }
}

/// A label where white space would end it: with `_` in its place.
pub(super) fn without_spaces(label: &str) -> Cow<'_, str> {
    if label.contains(char::is_whitespace) {
        Cow::Owned(label.replace(char::is_whitespace, "_"))
    } else {
        Cow::Borrowed(label)
    }
}

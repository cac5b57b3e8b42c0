//! Notes from files: CoNLL columns with IOB2 tags, or plain text.
//!
//! The good part of a file is always taken in, and what was wrong is listed by line with what was done about it.

mod conll;
mod conll_line;
mod document;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::labels::Span;

/// The largest file, in bytes.
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The most documents taken from one file.
pub const DOCUMENTS_MAX: usize = 100_000;

/// The most problems listed; one more says how many there were beyond, another where the file was cut off.
pub const PROBLEMS_MAX: usize = 200;

/// How many sentences of a CoNLL file without document marks make a document.
pub const DOCUMENT_SENTENCES: usize = 20;

/// How many lines are looked at to tell the format.
const FORMAT_LINES: usize = 1000;

/// What a file was read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A token a line, the tag in the last column.
    Conll,
    /// The note as it is.
    Text,
}

/// A note and the entities marked in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedDocument {
    /// From the document mark or the file's name; each once in a file.
    pub name: String,
    /// The note.
    pub text: String,
    /// In the order of the text, by char offset.
    #[serde(rename = "entities")]
    pub spans: Vec<Span>,
}

/// Something in a file that couldn't be taken as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportProblem {
    /// The line, from 1.
    pub line: usize,
    /// What was wrong and what was done.
    pub message: String,
}

/// What a file held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// What it was read as.
    pub format: Format,
    /// The notes, at least one.
    pub documents: Vec<ImportedDocument>,
    /// The entity types that occur, sorted.
    pub labels: Vec<String>,
    /// What was wrong, in the order of the lines; at most [`PROBLEMS_MAX`] and two on what was left out.
    pub problems: Vec<ImportProblem>,
}

/// Why nothing could be taken from a file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ImportError {
    /// Nothing but white space.
    #[error("{file} is empty; choose a file with text in it")]
    Empty {
        /// The file's name.
        file: String,
    },
    /// More than [`FILE_BYTES_MAX`].
    #[error("{file} has {bytes} bytes and at most {FILE_BYTES_MAX} can be read; split it into smaller files")]
    TooLarge {
        /// The file's name.
        file: String,
        /// Its size.
        bytes: usize,
    },
    /// Not UTF-8.
    #[error(
        "{file} isn't UTF-8: line {line}, byte {byte} of that line (0x{value:02X}) fits no character; save the file as \
         UTF-8 and import it again"
    )]
    NotUtf8 {
        /// The file's name.
        file: String,
        /// The line of the first bad byte, from 1.
        line: usize,
        /// Its place in the line, from 1.
        byte: usize,
        /// The byte.
        value: u8,
    },
    /// UTF-16, by its byte order mark.
    #[error("{file} is UTF-16; save it as UTF-8 and import it again")]
    Utf16 {
        /// The file's name.
        file: String,
    },
    /// CoNLL by its name, but without a single tag.
    #[error(
        "{file} has no line with a tag: line {line} should end with O, B-TYPE or I-TYPE in its last column; to import \
         it as plain text, give it a name that ends with .txt"
    )]
    NoTags {
        /// The file's name.
        file: String,
        /// The first line that should have had a tag, from 1.
        line: usize,
    },
}

/// Reads a file. A CoNLL file is known by its content (at least three of four lines end with an IOB2 tag) or its name
/// (.conll, .iob, .iob2, .bio), all else is plain text: one document, named after the file.
pub fn import(file_name: &str, bytes: &[u8]) -> Result<Imported, ImportError> {
    let file = file_name.to_owned();
    if bytes.len() > FILE_BYTES_MAX {
        return Err(ImportError::TooLarge { file, bytes: bytes.len() });
    }
    let text = decode(file_name, bytes)?;
    if text.trim().is_empty() {
        return Err(ImportError::Empty { file });
    }
    if is_conll(file_name, text) {
        return conll::read(file_name, text);
    }
    let document = ImportedDocument { name: stem(file_name).to_owned(), text: text.to_owned(), spans: Vec::new() };
    Ok(Imported { format: Format::Text, documents: vec![document], labels: Vec::new(), problems: Vec::new() })
}

/// The text without a byte order mark.
fn decode<'b>(file_name: &str, bytes: &'b [u8]) -> Result<&'b str, ImportError> {
    let file = file_name.to_owned();
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(ImportError::Utf16 { file });
    }
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => error,
    };
    let at = error.valid_up_to();
    let good = std::str::from_utf8(&bytes[..at]).unwrap_or_default();
    let (mut line, mut line_bytes) = (1, 0);
    for (number, text) in lines(good) {
        (line, line_bytes) = (number, text.len());
    }
    if good.ends_with(['\n', '\r']) {
        (line, line_bytes) = (line + 1, 0);
    }
    Err(ImportError::NotUtf8 { file, line, byte: line_bytes + 1, value: bytes.get(at).copied().unwrap_or_default() })
}

fn is_conll(file_name: &str, text: &str) -> bool {
    let name = base(file_name).to_lowercase();
    let by_name = [".conll", ".iob", ".iob2", ".bio"].iter().any(|ending| name.ends_with(ending));
    if by_name {
        return true;
    }
    let (mut tagged, mut other) = (0, 0);
    for (_, line) in lines(text).filter(|(_, line)| !line.trim().is_empty()).take(FORMAT_LINES) {
        match conll_line::parse(line) {
            conll_line::Line::Token { tag: Ok(_), .. } => tagged += 1,
            conll_line::Line::Token { .. } | conll_line::Line::NoToken => other += 1,
            _ => {}
        }
    }
    // Three lines at least, so that the one-line note "Blood group O" stays a note.
    let enough = tagged >= 3 || (tagged > 0 && text.contains('\t'));
    enough && tagged >= 3 * other
}

/// Lines with their numbers from 1, ended by LF, CRLF or a lone CR, without their ends.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = text;
    let next = move || {
        let line_end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let line = &rest[..line_end];
        let past = if rest[line_end..].starts_with("\r\n") { 2 } else { 1 };
        let more = !rest.is_empty();
        rest = rest.get(line_end + past..).unwrap_or_default();
        more.then_some(line)
    };
    std::iter::from_fn(next).enumerate().map(|(at, line)| (at + 1, line))
}

/// The file's name without folders.
fn base(file_name: &str) -> &str {
    file_name.rsplit(['/', '\\']).next().unwrap_or(file_name)
}

/// The file's name without folders and ending.
fn stem(file_name: &str) -> &str {
    let base = base(file_name);
    match base.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ if base.is_empty() => "note",
        _ => base,
    }
}

#[cfg(test)]
mod corpora_tests;
#[cfg(test)]
mod tests;

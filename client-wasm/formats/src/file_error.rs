//! Why a file can't be read.

use std::error::Error;
use std::fmt;

use thiserror::Error;

use super::archive::UnpackError;
use super::limits::FILE_BYTES_MAX;
use super::{Format, ImportError};

/// Why nothing could be taken from a file; as a message it goes on after the file's name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FileError {
    /// No file was given.
    #[error("is missing; choose a file")]
    Missing,
    /// Nothing but white space.
    #[error("is empty; choose a file with text in it")]
    Empty,
    /// More than [`FILE_BYTES_MAX`].
    #[error("has {bytes} bytes and at most {FILE_BYTES_MAX} can be read; split it into smaller files")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Not UTF-8.
    #[error(
        "isn't UTF-8: line {line}, byte {byte} of that line (0x{value:02X}) fits no character; save the file as UTF-8 \
         and import it again"
    )]
    NotUtf8 {
        /// The line of the first bad byte, from 1.
        line: usize,
        /// Its place in the line, from 1.
        byte: usize,
        /// The byte.
        value: u8,
    },
    /// UTF-16 with a character that isn't whole.
    #[error("is UTF-16 with a damaged character; save it as UTF-8 and import it again")]
    Utf16,
    /// CoNLL by its name, but without a single tag.
    #[error(
        "has no line with a tag: line {line} should end with O, B-TYPE or I-TYPE in its last column; to import it as \
         plain text, give it a name that ends with .txt"
    )]
    NoTags {
        /// The first line that should have had a tag, from 1.
        line: usize,
    },
    /// An archive that is damaged, or that unpacks to more than the limits.
    #[error(transparent)]
    Archive(#[from] UnpackError),
    /// An archive without a file, or an archive in an archive.
    #[error("is an archive {0}; choose the files themselves")]
    ArchiveWithout(&'static str),
    /// More than [`FILES_MAX`](super::limits::FILES_MAX) files.
    #[error("is one of too many files and was left out; import fewer at once")]
    TooManyFiles,
    /// Annotations without the text that they are of.
    #[error("has {format} annotations, but the text is missing: choose {text} too", format = .format.title())]
    NoText {
        /// The format of the annotations.
        format: Format,
        /// The name of the file with the text.
        text: String,
    },
    /// Something that isn't read here.
    #[error("is {what}, which isn't read here: {advice}")]
    Foreign {
        /// What it seems to be.
        what: String,
        /// What to do.
        advice: String,
    },
    /// Two formats fit alike.
    #[error("could be {}; choose its format (fedner-site convert: --from)", titles(.formats))]
    Ambiguous {
        /// Those that fit, the likeliest first.
        formats: Vec<Format>,
    },
    /// A table in which the column with the text can't be told.
    #[error(
        "is a table with the columns {columns}; choose the format Table and the column that holds the text (fedner-site convert: --text-column)"
    )]
    ColumnUnknown {
        /// Their names.
        columns: String,
    },
    /// Read as this format it gave nothing.
    #[error("holds no document that could be read as {}: {message}; {}", .format.title(), .format.definition().advice)]
    NoDocuments {
        /// What it was read as.
        format: Format,
        /// The first thing that was wrong, or what was looked for.
        message: String,
    },
}

fn titles(formats: &[Format]) -> String {
    formats.iter().map(|format| format!("{} ({})", format.title(), format.name())).collect::<Vec<_>>().join(" or ")
}

impl FileError {
    /// The line that it names.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::NotUtf8 { line, .. } | Self::NoTags { line } => Some(*line),
            _ => None,
        }
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.file, self.error)?;
        match self.others {
            0 => Ok(()),
            1 => f.write_str(" (the other file gave nothing either)"),
            others => write!(f, " (the other {others} files gave nothing either)"),
        }
    }
}

impl Error for ImportError {}

//! What a format says of itself: the one thing that a new format registers.

use std::borrow::Cow;

use super::import::FileImport;
use super::recognise::{Content, Evidence};
use super::write::Writer;
use super::{Document, FileError, ReadOptions};

/// A format's names and functions. Each format's module has one, named in [`super::Format`]'s list.
pub(super) struct Definition {
    /// Its name in commands and in JavaScript.
    pub(super) name: &'static str,
    /// Its name for people.
    pub(super) title: &'static str,
    /// Endings of its files' names, without the dot; the first is the one that is written.
    pub(super) extensions: &'static [&'static str],
    /// Endings of files with annotations that belong to a text file of the same name; none where a file says everything.
    pub(super) annotations: &'static [&'static str],
    /// How far a file's content fits the format.
    pub(super) recognise: fn(&Content<'_>) -> Evidence,
    /// Reads one file, with the annotation files that belong to it.
    pub(super) read: fn(&Source<'_>, &mut FileImport<'_>) -> Result<(), FileError>,
    /// Writes documents; none where the format is only read.
    pub(super) write: Option<fn(&[Document], &mut Writer)>,
    /// Whether a written file can say that nobody has looked at a document yet.
    pub(super) says_unread: bool,
    /// Whether a written file holds codes and attributes of entities, or its writer says what it leaves out.
    pub(super) keeps_details: bool,
    /// What to do where a file of this format can't be read.
    pub(super) advice: &'static str,
}

/// A file to read, decoded.
pub(super) struct Source<'f> {
    /// Its whole text, without a byte order mark.
    pub(super) text: &'f str,
    /// Whether a byte order mark stood before the text, which some tools count as a character.
    pub(super) had_byte_order_mark: bool,
    /// Annotation files that belong to it, decoded; empty where the format has none or there are none.
    pub(super) annotations: Vec<Cow<'f, str>>,
    /// What the person chose.
    pub(super) options: &'f ReadOptions,
}

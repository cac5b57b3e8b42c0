//! PubTator's form: title and abstract in a line each, entities by code point in the lines after.

mod read;
mod write;

use super::definition::Definition;

/// PubTator.
pub(super) const FORMAT: Definition = Definition {
    name: "pubtator",
    title: "PubTator",
    extensions: &["pubtator", "txt"],
    annotations: &[],
    recognise: read::recognise,
    read: read::read,
    write: Some(write::write),
    says_unread: false,
    keeps_details: true,
    advice: "each document needs a line ID|t|title or ID|a|abstract",
};

//! brat's standoff form: a text in one file, annotations by code point in another beside it.

mod read;
mod write;

use super::definition::Definition;
use super::recognise::{Content, Evidence};

pub(super) use read::read;

/// brat standoff.
pub(super) const FORMAT: Definition = Definition {
    name: "brat",
    title: "brat standoff",
    extensions: &["ann", "txt"],
    annotations: &["ann"],
    recognise: by_its_files,
    read,
    write: Some(write::write),
    says_unread: true,
    keeps_details: true,
    advice: "choose the text (.txt) together with its annotations (.ann)",
};

/// What stands before a code that names no terminology: brat's references are of the form `Source:id`.
const NO_SOURCE: &str = "Code:";

/// Two files of one name are known by their endings, before either is looked into.
fn by_its_files(_: &Content<'_>) -> Evidence {
    Evidence::default()
}

//! BioC, XML and JSON: collections of documents in passages, annotated by offset in the document.
//!
//! The DTD of the XML form counts UTF-8 bytes, and so it is written. What is in use, the JSON form above all, counts
//! code points, and so that is written. Read is whichever the marked texts show.

mod json;
mod passage;
mod write_json;
mod write_xml;
mod xml;

use super::definition::Definition;

/// What is said of infons that are too long or too many.
const INFONS_LOST: &str = "infons of annotations that are empty, too long or too many aren't kept";

/// The infon of an attribute; the type's own name is taken.
fn infon_key(name: &str) -> &str {
    if name == TYPE { "type (attribute)" } else { name }
}

/// BioC XML.
pub(super) const XML: Definition = Definition {
    name: "bioc-xml",
    title: "BioC XML",
    extensions: &["xml", "bioc"],
    annotations: &[],
    recognise: xml::recognise,
    read: xml::read,
    write: Some(write_xml::write),
    says_unread: true,
    keeps_details: true,
    advice: "a collection needs documents with passages that have a text",
};

/// BioC JSON.
pub(super) const JSON: Definition = Definition {
    name: "bioc-json",
    title: "BioC JSON",
    extensions: &["json"],
    annotations: &[],
    recognise: json::recognise,
    read: json::read,
    write: Some(write_json::write),
    says_unread: true,
    keeps_details: true,
    advice: "a collection needs documents with passages that have a text",
};

/// The infon of a document that says whether somebody has looked at it; without it a collection is labelled as a whole.
const LABELLED: &str = "labelled";

/// The infon that holds an entity's type.
const TYPE: &str = "type";

/// Where a collection says what its offsets count.
const OFFSETS: &str = "offsets";

/// The type of an entity whose infons name none.
const UNNAMED: &str = "Entity";

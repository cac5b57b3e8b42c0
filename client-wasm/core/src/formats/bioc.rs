//! BioC, XML and JSON: collections of documents in passages, annotated by offset in the document.
//!
//! The DTD of the XML form counts UTF-8 bytes, and so it is written. What is in use, the JSON form above all, counts
//! code points, and so that is written. Read is whichever the marked texts show.

mod json;
mod passage;
mod write_json;
mod write_xml;
mod xml;

pub(super) use json::{read as read_json, recognise as recognise_json};
pub(super) use write_json::write as write_json;
pub(super) use write_xml::write as write_xml;
pub(super) use xml::read as read_xml;

/// The infon that holds an entity's type.
const TYPE: &str = "type";

/// Where a collection says what its offsets count.
const OFFSETS: &str = "offsets";

/// The type of an entity whose infons name none.
const UNNAMED: &str = "Entity";

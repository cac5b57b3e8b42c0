//! Records with a text and entities by code point: doccano's and spaCy's, which differ in names only.

use super::import::{FileImport, RawDocument, RawSpan};
use super::json::{self, JsonNode};
use super::lines::quoted;
use super::{Format, FileError};
use crate::labels::Span;

/// Where a record may have its name, the first that it has.
const NAMES: &[&str] = &["name", "title", "file", "filename", "file_name", "source", "id"];

/// Where a record may have its entities; all that it has are read.
const ENTITIES: &[&str] = &["entities", "spans", "label", "labels", "annotations"];

/// Whether records look like doccano's or spaCy's, and which.
pub(super) fn recognise(record: JsonNode<'_>) -> Option<Format> {
    if record.is_array() {
        return record.elements().get(1).and_then(|second| second.get("entities")).map(|_| Format::Spacy);
    }
    record.get("text").filter(|text| text.is_string())?;
    let is_triple = |entity: &JsonNode<'_>| entity.get("start_offset").is_none();
    let has_triples = |list: JsonNode<'_>| match list.elements().first() {
        Some(entity) => is_triple(entity),
        None => record.get("relations").is_none(),
    };
    if record.get("spans").is_some() || record.get("entities").is_some_and(has_triples) {
        return Some(Format::Spacy);
    }
    Some(Format::Doccano)
}

/// Reads records, each by itself.
pub(super) fn read(text: &str, file: &mut FileImport<'_>) -> Result<(), FileError> {
    for record in json::records(text) {
        if file.is_full(Some(record.line())) {
            break;
        }
        if let Err(wrong) = record.check() {
            file.problem(wrong.line, wrong.message);
            continue;
        }
        if let Some(document) = document(record, file) {
            file.document(document);
        }
    }
    Ok(())
}

fn document(record: JsonNode<'_>, file: &mut FileImport<'_>) -> Option<RawDocument> {
    // spaCy's older form: ["text", {"entities": […]}].
    let pair = record.elements();
    let (text, body) = match pair.as_slice() {
        [text, body] => (Some(*text), *body),
        _ => (record.get("text").or_else(|| record.get("data")), record),
    };
    let Some(text) = text.filter(|text| text.is_string()).and_then(JsonNode::string) else {
        file.problem(record.line(), "this record has no text and was left out".to_owned());
        return None;
    };
    let mut found = RawDocument { name: name(body), line: Some(record.line()), text, ..RawDocument::default() };
    if let Some(answer) = body.get("answer").and_then(JsonNode::string).filter(|answer| answer != "accept") {
        let message = format!("the answer is {}: the text was taken in without entities", quoted(&answer));
        file.problem(record.line(), message);
        return Some(found);
    }
    for list in ENTITIES.iter().filter_map(|name| body.get(name)).filter(|list| !list.is_null()) {
        if !list.is_array() {
            file.problem(list.line(), "the entities are no list; they were left out".to_owned());
            continue;
        }
        found.labelled = true;
        for entity in list.elements() {
            match span(entity) {
                Ok(span) => found.spans.push(RawSpan { line: Some(entity.line()), span }),
                Err(why) => {
                    file.problem(entity.line(), format!("the entity {} {why}; it was left out", entity.quoted()))
                }
            }
        }
    }
    if body.get("relations").is_some_and(|relations| !relations.elements().is_empty()) {
        file.problem(record.line(), "relations between entities aren't kept".to_owned());
    }
    Some(found)
}

fn name(record: JsonNode<'_>) -> Option<String> {
    let of = |node: JsonNode<'_>| NAMES.iter().find_map(|name| node.get(name)?.string());
    record.get("meta").and_then(of).or_else(|| of(record))
}

/// `[0, 5, "LABEL"]` or an object.
fn span(entity: JsonNode<'_>) -> Result<Span, &'static str> {
    let triple = entity.elements();
    let (start, end, label) = match triple.as_slice() {
        [start, end, label, ..] => (Some(*start), Some(*end), Some(*label)),
        _ => (
            entity.get("start").or_else(|| entity.get("start_offset")),
            entity.get("end").or_else(|| entity.get("end_offset")),
            entity.get("label"),
        ),
    };
    let start = start.and_then(JsonNode::count).ok_or("has no start, counted from 0")?;
    let end = end.and_then(JsonNode::count).ok_or("has no end, counted from 0")?;
    let label = label.and_then(JsonNode::string).ok_or("has no label")?;
    Ok(Span { start, end, label })
}

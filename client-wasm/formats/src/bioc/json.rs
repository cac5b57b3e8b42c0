//! Reads the JSON form: a collection, several in a list, documents line by line, or what PubTator's service answers.

use super::super::Detail;
use super::super::FileError;
use super::super::definition::Source;
use super::super::import::FileImport;
use super::super::json::{self, JsonNode};
use super::super::recognise::{Content, Evidence};
use super::super::standoff::{self, StandoffEntity, TextPart};
use super::super::units::Unit;
use super::passage::{Document, LeftOut, Passage, labelled};
use super::{INFONS_LOST, LABELLED, TYPE, UNNAMED};

/// Members that hold documents.
const DOCUMENTS: &[&str] = &["documents", "PubTator3"];

/// Collections and documents, by their members.
pub(super) fn recognise(content: &Content<'_>) -> Evidence {
    let mut entities = 0;
    let mut evidence = Evidence::of_records(content.records(), |record| {
        let fits = DOCUMENTS.iter().chain(&["passages"]).any(|name| record.get(name).is_some_and(JsonNode::is_array));
        fits.then_some((0, 1))
    });
    // Annotations stand deep in it, and their member "locations" is BioC's own.
    if evidence.documents > 0 {
        entities = content.json().matches("\"locations\"").count();
    }
    evidence.entities = entities;
    evidence
}

/// Reads a whole file.
pub(super) fn read(source: &Source<'_>, file: &mut FileImport<'_>) -> Result<(), FileError> {
    let mut found = Vec::new();
    let mut left_out = LeftOut::default();
    let text = json::standard(source.text);
    for record in json::records(&text) {
        let checked = record.check();
        let lists = DOCUMENTS.iter().filter_map(|name| record.get(name));
        let mut documents: Vec<JsonNode<'_>> = lists.flat_map(JsonNode::elements).collect();
        if documents.is_empty() && record.get("passages").is_some() {
            documents.push(record);
        }
        if documents.is_empty() && checked.is_ok() {
            file.problem(record.line(), "this has no documents and was left out".to_owned());
        }
        // Of a collection that is cut off the documents before the end are good.
        for node in documents.into_iter().filter(|node| checked.is_ok() || node.check().is_ok()) {
            found.push(document(node, file, &mut left_out).finish(file));
        }
        if let Err(wrong) = checked {
            file.problem(wrong.line, wrong.message);
        }
    }
    left_out.say(file);
    standoff::import(labelled(found), Unit::Chars, source.had_byte_order_mark, file);
    Ok(())
}

fn document(node: JsonNode<'_>, file: &mut FileImport<'_>, left_out: &mut LeftOut) -> Document {
    count_relations(node, left_out);
    let unread =
        node.get("infons").and_then(|infons| infons.get(LABELLED)?.string()).is_some_and(|value| value == "no");
    let passages = node.get("passages").map(JsonNode::elements).unwrap_or_default();
    Document {
        line: node.line(),
        id: node.get("id").and_then(JsonNode::string).unwrap_or_default(),
        entities: entities(node, file, left_out),
        passages: passages.into_iter().map(|passage| self::passage(passage, file, left_out)).collect(),
        unread,
        refused: false,
    }
}

fn passage(node: JsonNode<'_>, file: &mut FileImport<'_>, left_out: &mut LeftOut) -> Passage {
    let sentences = node.get("sentences").map(JsonNode::elements).unwrap_or_default();
    let part = part(node, file, left_out);
    Passage { part, sentences: sentences.into_iter().map(|sentence| self::part(sentence, file, left_out)).collect() }
}

fn part(node: JsonNode<'_>, file: &mut FileImport<'_>, left_out: &mut LeftOut) -> TextPart {
    count_relations(node, left_out);
    TextPart {
        offset: node.get("offset").and_then(JsonNode::count).unwrap_or_default(),
        text: node.get("text").and_then(JsonNode::string).unwrap_or_default(),
        entities: entities(node, file, left_out),
    }
}

fn entities(node: JsonNode<'_>, file: &mut FileImport<'_>, left_out: &mut LeftOut) -> Vec<StandoffEntity> {
    let annotations = node.get("annotations").map(JsonNode::elements).unwrap_or_default();
    annotations.into_iter().filter_map(|annotation| entity(annotation, file, left_out)).collect()
}

fn entity(node: JsonNode<'_>, file: &mut FileImport<'_>, left_out: &mut LeftOut) -> Option<StandoffEntity> {
    let line = node.line();
    let place = |location: JsonNode<'_>| {
        let start = location.get("offset").and_then(JsonNode::count)?;
        Some((start, start.checked_add(location.get("length").and_then(JsonNode::count)?)?))
    };
    let locations = node.get("locations").map(JsonNode::elements).unwrap_or_default();
    let mut pieces = locations.into_iter().map(place).collect::<Option<Vec<_>>>().unwrap_or_default().into_iter();
    let Some((start, end)) = pieces.next() else {
        file.problem(line, "the annotation has no location with offset and length; it was left out".to_owned());
        return None;
    };
    let infons = node.get("infons");
    let mut detail = Detail::default();
    for (key, value) in infons.into_iter().flat_map(JsonNode::members).filter(|(key, _)| key != TYPE) {
        if !value.is_null() && !detail.member(&key, &value.plain()) {
            left_out.count(INFONS_LOST, line);
        }
    }
    let label = infons.and_then(|infons| infons.get(TYPE)?.string());
    if label.is_none() {
        left_out.count("annotations without a type were read as \"Entity\"", line);
    }
    let text = node.get("text").and_then(JsonNode::string);
    let label = label.unwrap_or_else(|| UNNAMED.to_owned());
    Some(
        StandoffEntity { line: Some(line), label, start, end, more: pieces.collect(), text, detail: None }.with(detail),
    )
}

fn count_relations(node: JsonNode<'_>, left_out: &mut LeftOut) {
    for relation in node.get("relations").map(JsonNode::elements).unwrap_or_default() {
        left_out.count("relations aren't kept", relation.line());
    }
}

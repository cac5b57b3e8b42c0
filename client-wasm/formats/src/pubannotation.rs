//! PubAnnotation's JSON: a text and its denotations by code point, one document or a list of them.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::definition::{Definition, Source};
use super::import::FileImport;
use super::json::JsonNode;
use super::recognise::{Content, Evidence};
use super::standoff::{self, StandoffDocument, StandoffEntity, TextPart};
use super::write::{COLLECTION, SOURCE, Writer};
use super::{Document, FileError};

/// PubAnnotation.
pub(super) const FORMAT: Definition = Definition {
    name: "pubannotation",
    title: "PubAnnotation JSON",
    extensions: &["json"],
    annotations: &[],
    recognise,
    read,
    write: Some(write),
    says_unread: true,
    keeps_details: true,
    advice: "each document needs a \"text\" and \"denotations\"",
};

/// Members that are kept by PubAnnotation and not here.
const LEFT_OUT: &[&str] = &["relations", "blocks", "modifications"];

fn recognise(content: &Content<'_>) -> Evidence {
    Evidence::of_records(content.records(), |record| {
        record.get("text").filter(|text| text.is_string())?;
        let denotations = record.get("denotations").filter(|list| list.is_array());
        let names = ["denotations", "sourcedb", "sourceid", "tracks"];
        let marks = names.iter().filter(|name| record.get(name).is_some()).count();
        let entities =
            denotations.map_or(0, |list| list.elements().into_iter().filter(|one| entity(*one).is_ok()).count());
        (marks > 0).then_some((entities, marks))
    })
}

fn read(source: &Source<'_>, file: &mut FileImport<'_>) -> Result<(), FileError> {
    standoff::import_records(source, file, |record, file| Vec::from_iter(document(record, file)));
    Ok(())
}

fn document(record: JsonNode<'_>, file: &mut FileImport<'_>) -> Option<StandoffDocument> {
    let Some(text) = record.get("text").filter(|text| text.is_string()).and_then(JsonNode::string) else {
        file.problem(record.line(), "this document has no text and was left out".to_owned());
        return None;
    };
    let mut refused = false;
    let mut part = TextPart { offset: 0, text, entities: Vec::new() };
    let denotations = record.get("denotations");
    let mut places: HashMap<String, usize> = HashMap::new();
    for node in denotations.map(JsonNode::elements).unwrap_or_default() {
        match entity(node) {
            Ok(entity) => {
                places.extend(node.get("id").and_then(JsonNode::string).map(|id| (id, part.entities.len())));
                part.entities.push(entity);
            }
            Err(why) => {
                refused = true;
                file.problem(node.line(), format!("the denotation {} {why}; it was left out", node.quoted()));
            }
        }
    }
    let attributes = record.get("attributes").map(JsonNode::elements).unwrap_or_default();
    let lost =
        attributes.into_iter().filter(|node| attribute(*node, &places, &mut part.entities) != Some(true)).count();
    if lost > 0 {
        file.problem(record.line(), format!("attributes of no denotation aren't kept: {lost} in this document"));
    }
    for name in LEFT_OUT {
        let count = record.get(name).map_or(0, |list| list.elements().len());
        if count > 0 {
            file.problem(record.line(), format!("{name} aren't kept: {count} in this document"));
        }
    }
    let of = |name: &str| record.get(name).and_then(JsonNode::string).filter(|value| !value.is_empty());
    let name = of("name").or_else(|| match (of("sourcedb"), of("sourceid"), of("divid")) {
        (Some(database), Some(id), Some(division)) => Some(format!("{database}:{id}:{division}")),
        (Some(database), Some(id), None) => Some(format!("{database}:{id}")),
        (None, id, _) => id,
        _ => None,
    });
    let labelled = denotations.is_some_and(JsonNode::is_array);
    Some(StandoffDocument { name, line: Some(record.line()), parts: vec![part], labelled, refused })
}

/// A denotation: `{"span": {"begin": 0, "end": 5}, "obj": "Label"}`, of a discontinuous one a list of spans.
fn entity(node: JsonNode<'_>) -> Result<StandoffEntity, &'static str> {
    let span = node.get("span").ok_or("has no span")?;
    let spans = if span.is_array() { span.elements() } else { vec![span] };
    let pieces = spans.into_iter().map(|span| {
        let offset = |name| span.get(name).and_then(JsonNode::count);
        Some((offset("begin")?, offset("end")?))
    });
    let mut pieces = pieces.collect::<Option<Vec<_>>>().ok_or("has no begin and end counted from 0")?;
    if pieces.is_empty() {
        return Err("has no span");
    }
    let (start, end) = pieces.remove(0);
    let label = node.get("obj").and_then(JsonNode::string).ok_or("has no obj that names its type")?;
    Ok(StandoffEntity { line: Some(node.line()), label, start, end, more: pieces.into(), text: None, detail: None })
}

/// `{"subj": "T1", "pred": "negated", "obj": true}`: gives the denotation this attribute, or this code.
fn attribute(node: JsonNode<'_>, places: &HashMap<String, usize>, entities: &mut [StandoffEntity]) -> Option<bool> {
    let place = places.get(&node.get("subj")?.string()?)?;
    let (name, value) = (node.get("pred")?.string()?, node.get("obj")?.plain());
    Some(entities.get_mut(*place)?.detail().member(&name, &value))
}

/// Writes a list of documents. One that nobody has looked at has no denotations.
fn write(documents: &[Document], writer: &mut Writer) {
    let mut content = String::from("[");
    for document in documents {
        content.push_str(if content.len() == 1 { "\n" } else { ",\n" });
        let mut record = json!({ "text": document.text, "sourcedb": SOURCE, "name": document.name });
        if document.labelled || !document.spans.is_empty() {
            let denotations = document.spans.iter().enumerate().map(|(number, span)| {
                json!({ "id": format!("T{}", number + 1), "span": { "begin": span.start, "end": span.end }, "obj": span.label })
            });
            record["denotations"] = Value::Array(denotations.collect());
            let attributes = document.details.iter().flat_map(|(number, detail)| {
                let subject = format!("T{}", number + 1);
                detail
                    .members()
                    .map(move |(name, value)| json!({ "subj": subject.clone(), "pred": name, "obj": value }))
            });
            let attributes: Vec<Value> = attributes.collect();
            if !attributes.is_empty() {
                record["attributes"] = Value::Array(attributes);
            }
        }
        content.push_str(&record.to_string());
    }
    content.push_str("\n]\n");
    writer.file(format!("{COLLECTION}-pubannotation.json"), content.into_bytes());
}

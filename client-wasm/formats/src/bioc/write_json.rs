//! Writes the JSON form, offsets in code points.

use serde_json::{Value, json};

use super::super::units::OffsetTable;
use super::super::write::{COLLECTION, Writer};
use super::super::{Detail, Document, write::SOURCE};
use super::{LABELLED, OFFSETS, TYPE, infon_key};

/// Writes a collection: a document each, in one passage.
pub(super) fn write(documents: &[Document], writer: &mut Writer) {
    let head = json!({ "source": SOURCE, "date": "", "key": "", "infons": { OFFSETS: "Unicode code points" } });
    let head = head.to_string();
    let mut content = format!("{},\"documents\":[\n", head.strip_suffix('}').unwrap_or(&head));
    for (number, document) in documents.iter().enumerate() {
        content.push_str(if number == 0 { "" } else { ",\n" });
        content.push_str(&self::document(document).to_string());
    }
    content.push_str("\n]}\n");
    writer.file(format!("{COLLECTION}-bioc.json"), content.into_bytes());
}

fn document(document: &Document) -> Value {
    let positions = OffsetTable::new(&document.text);
    let annotations = document.spans.iter().enumerate().map(|(number, span)| {
        let mut infons = json!({ TYPE: span.label });
        for (name, value) in document.details.get(&number).into_iter().flat_map(Detail::members) {
            let key = infon_key(name);
            // An object has room for one value of a name.
            let before = infons.get(key).and_then(Value::as_str);
            infons[key] = before.map_or_else(|| value.to_owned(), |before| format!("{before}|{value}")).into();
        }
        json!({
            "id": (number + 1).to_string(),
            "infons": infons,
            "text": positions.slice(span.start..span.end),
            "locations": [{ "offset": span.start, "length": span.end - span.start }],
        })
    });
    let passage = json!({
        "offset": 0, "infons": {}, "text": document.text, "sentences": [],
        "annotations": annotations.collect::<Vec<_>>(), "relations": [],
    });
    let infons = if document.labelled { json!({}) } else { json!({ LABELLED: "no" }) };
    json!({ "id": document.name, "infons": infons, "passages": [passage], "annotations": [], "relations": [] })
}

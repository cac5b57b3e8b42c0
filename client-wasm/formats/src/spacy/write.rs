//! spaCy's JSON lines: `{"text": …, "entities": [[start, end, label]]}`, as `Example.from_dict` takes them.

use serde_json::json;

use super::super::Document;
use super::super::text_records::{DETAILS, details};
use super::super::write::{COLLECTION, Writer};

/// Writes a line for each document, its name in `meta`.
pub(super) fn write(documents: &[Document], writer: &mut Writer) {
    let mut content = String::new();
    for document in documents {
        let mut record = json!({ "text": document.text, "meta": { "name": document.name } });
        if document.labelled || !document.spans.is_empty() {
            record["entities"] = document.spans.iter().map(|span| json!([span.start, span.end, span.label])).collect();
        }
        if let Some(details) = details(document) {
            record[DETAILS] = details;
        }
        content.push_str(&record.to_string());
        content.push('\n');
    }
    writer.file(format!("{COLLECTION}-spacy.jsonl"), content.into_bytes());
}

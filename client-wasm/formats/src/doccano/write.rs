//! doccano's JSON lines: `{"text": …, "label": [[start, end, label]]}`.

use serde_json::json;

use super::super::Document;
use super::super::text_records::{DETAILS, details};
use super::super::write::{COLLECTION, Writer};

/// Writes a line for each document. Its name stands in a column of its own, which doccano keeps as metadata.
pub(super) fn write(documents: &[Document], writer: &mut Writer) {
    let mut content = String::new();
    for document in documents {
        let mut record = json!({ "text": document.text, "name": document.name });
        if document.labelled || !document.spans.is_empty() {
            record["label"] = document.spans.iter().map(|span| json!([span.start, span.end, span.label])).collect();
        }
        if let Some(details) = details(document) {
            record[DETAILS] = details;
        }
        content.push_str(&record.to_string());
        content.push('\n');
    }
    writer.file(format!("{COLLECTION}-doccano.jsonl"), content.into_bytes());
}

//! Writes tasks, and the labelling configuration that fits them.

use std::collections::BTreeSet;

use quick_xml::escape::escape;
use serde_json::{Value, json};

use super::super::Document;
use super::super::write::{COLLECTION, Writer};

/// The names that tie regions to the configuration.
const FROM_NAME: &str = "label";
const TO_NAME: &str = "text";

/// Writes a file of tasks, and a file with the configuration of a project that takes them. The entities of a document
/// that nobody has looked at are a prediction, all others an annotation.
pub(super) fn write(documents: &[Document], writer: &mut Writer) {
    let mut content = String::from("[");
    let mut labels = BTreeSet::new();
    for document in documents {
        labels.extend(document.spans.iter().map(|span| span.label.as_str()));
        content.push_str(if content.len() == 1 { "\n" } else { ",\n" });
        content.push_str(&task(document).to_string());
    }
    content.push_str("\n]\n");
    writer.file(format!("{COLLECTION}-label-studio.json"), content.into_bytes());
    writer.file("labelling-config.xml".to_owned(), configuration(&labels).into_bytes());
}

fn task(document: &Document) -> Value {
    let chars: Vec<usize> = document.text.char_indices().map(|(at, _)| at).chain([document.text.len()]).collect();
    let regions = document.spans.iter().enumerate().map(|(number, span)| {
        let bytes = chars.get(span.start).zip(chars.get(span.end)).map(|(start, end)| *start..*end);
        let text = bytes.and_then(|bytes| document.text.get(bytes)).unwrap_or_default();
        let mut region = json!({
            "id": format!("e{}", number + 1),
            "from_name": FROM_NAME,
            "to_name": TO_NAME,
            "type": "labels",
            "value": { "start": span.start, "end": span.end, "text": text, "labels": [span.label] },
        });
        if let Some(detail) = document.details.get(&number) {
            region["meta"] = json!({ "text": detail.attributes });
            if let Some(code) = &detail.code {
                region["meta"]["code"] = code.as_str().into();
            }
        }
        region
    });
    let result: Vec<Value> = regions.collect();
    let mut task = json!({ "data": { "text": document.text, "name": document.name } });
    if document.labelled {
        task["annotations"] = json!([{ "result": result }]);
    } else if !result.is_empty() {
        task["predictions"] = json!([{ "result": result }]);
    }
    task
}

fn configuration(labels: &BTreeSet<&str>) -> String {
    let labels = labels.iter().map(|label| format!("    <Label value=\"{}\"/>\n", escape(*label)));
    let labels: String = labels.collect();
    format!(
        "<View>\n  <Labels name=\"{FROM_NAME}\" toName=\"{TO_NAME}\">\n{labels}  </Labels>\n  <Text name=\"{TO_NAME}\" \
         value=\"$text\"/>\n</View>\n"
    )
}

//! What is said of entities, in a list beside them.

use serde_json::{Value, json};

use super::super::Document;

/// Each with its entity's offsets and label; none where nothing is said.
pub(in super::super) fn details(document: &Document) -> Option<Value> {
    let detail = |(number, detail): (&usize, &super::super::Detail)| {
        let span = document.spans.get(*number)?;
        let mut said = json!({ "start": span.start, "end": span.end, "label": span.label });
        if let Some(code) = &detail.code {
            said["code"] = code.as_str().into();
        }
        if !detail.attributes.is_empty() {
            said["attributes"] = json!(detail.attributes);
        }
        Some(said)
    };
    let all: Vec<Value> = document.details.iter().filter_map(detail).collect();
    (!all.is_empty()).then_some(Value::Array(all))
}

//! doccano's JSON lines: `{"text": …, "label": [[start, end, label]]}`.

mod write;

use super::definition::Definition;
use super::text_records;

/// doccano.
pub(super) const FORMAT: Definition = Definition {
    name: "doccano",
    title: "doccano JSONL",
    extensions: &["jsonl", "json"],
    annotations: &[],
    recognise: text_records::as_doccano,
    read: text_records::read,
    write: Some(write::write),
    says_unread: true,
    keeps_details: true,
    advice: "each record needs a \"text\"",
};

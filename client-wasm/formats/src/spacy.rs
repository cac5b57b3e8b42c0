//! spaCy's JSON lines: `{"text": …, "entities": [[start, end, label]]}`, as `Example.from_dict` takes them, and Prodigy's.

mod write;

use super::definition::Definition;
use super::text_records;

/// spaCy and Prodigy.
pub(super) const FORMAT: Definition = Definition {
    name: "spacy",
    title: "spaCy JSONL",
    extensions: &["jsonl", "json"],
    annotations: &[],
    recognise: text_records::as_spacy,
    read: text_records::read,
    write: Some(write::write),
    says_unread: true,
    keeps_details: true,
    advice: "each record needs a \"text\"",
};

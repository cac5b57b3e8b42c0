//! Notes to train and score on.

use fedner_core::{corpus::Note, labels::Span};
use serde::Deserialize;

use crate::{OffsetError, to_chars};

/// A corpus as the page has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "Corpus"))]
pub struct CorpusInput {
    /// The notes.
    pub documents: Vec<DocumentInput>,
    /// The label set to train on.
    pub labels: Vec<String>,
}

/// What has changed of a corpus; its label set has not.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "CorpusChange"))]
pub struct CorpusChangeInput {
    /// The notes that are new or have changed.
    pub documents: Vec<DocumentInput>,
    /// The ids of all notes, in their order.
    pub order: Vec<String>,
}

/// A note as the page has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "CorpusDocument"))]
pub struct DocumentInput {
    id: String,
    text: String,
    entities: Vec<Span>,
    /// Whether it is kept out of training, to score the model.
    held_out: bool,
}

/// Bytes of all texts together.
pub fn text_bytes(documents: &[DocumentInput]) -> usize {
    documents.iter().map(|document| document.text.len()).sum()
}

/// The notes, with character offsets.
///
/// # Errors
/// When an entity's offsets don't lie between characters of its text.
pub fn notes(documents: Vec<DocumentInput>) -> Result<Vec<Note>, OffsetError> {
    documents.into_iter().map(DocumentInput::into_note).collect()
}

impl DocumentInput {
    fn into_note(self) -> Result<Note, OffsetError> {
        let spans = to_chars(&self.id, &self.text, self.entities)?;
        Ok(Note { id: self.id, text: self.text, spans, held_out: self.held_out })
    }
}

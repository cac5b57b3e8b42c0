//! Notes to train and score on.

use fedner_core::{corpus::Note, labels::Span};
use serde::Deserialize;

use super::to_chars;
use crate::errors::EngineError;

/// A corpus as the page has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorpusInput {
    documents: Vec<DocumentInput>,
    /// The label set to train on.
    pub labels: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentInput {
    id: String,
    text: String,
    entities: Vec<Span>,
    held_out: bool,
}

impl CorpusInput {
    /// Bytes of all texts together.
    pub fn text_bytes(&self) -> usize {
        self.documents.iter().map(|document| document.text.len()).sum()
    }

    /// The notes, with character offsets.
    ///
    /// # Errors
    /// When an entity's offsets don't lie between characters of its text.
    pub fn notes(&mut self) -> Result<Vec<Note>, EngineError> {
        let documents = std::mem::take(&mut self.documents);
        documents.into_iter().map(DocumentInput::into_note).collect()
    }
}

impl DocumentInput {
    fn into_note(self) -> Result<Note, EngineError> {
        let spans = to_chars(&self.id, &self.text, self.entities)?;
        Ok(Note { id: self.id, text: self.text, spans, held_out: self.held_out })
    }
}

//! The plain objects that cross to JavaScript. Offsets there are UTF-16 code units, inside they are
//! characters; this file is the only place where one becomes the other.

use fedner_core::{
    corpus::Note,
    formats::{Format, Imported},
    labels::Span,
    observer::Participation,
    text::Utf16Offsets,
    training::Prediction,
};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

use crate::errors::{EngineError, ErrorCode};

/// Serialises as JSON would: objects for maps, numbers for integers, null for nothing.
pub fn to_js(value: &impl Serialize) -> Result<JsValue, serde_wasm_bindgen::Error> {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible())
}

/// An imported file.
#[derive(Serialize)]
pub struct ImportReport {
    format: Format,
    documents: Vec<ImportedNote>,
    labels: Vec<String>,
    problems: Vec<ProblemReport>,
}

#[derive(Serialize)]
struct ProblemReport {
    line: Option<usize>,
    message: String,
}

#[derive(Serialize)]
struct ImportedNote {
    name: String,
    text: String,
    entities: Vec<Span>,
}

impl From<Imported> for ImportReport {
    fn from(imported: Imported) -> Self {
        let documents = imported.documents.into_iter().map(|document| {
            let offsets = Utf16Offsets::new(&document.text);
            let entities = document.spans.into_iter().map(|span| to_utf16(span, &offsets)).collect();
            ImportedNote { name: document.name, text: document.text, entities }
        });
        let documents = documents.collect();
        let problems = imported.problems.into_iter().map(|p| ProblemReport { line: p.line, message: p.message });
        let format = imported.files.first().map_or(Format::Text, |file| file.format);
        Self { format, documents, labels: imported.labels, problems: problems.collect() }
    }
}

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
        let offsets = Utf16Offsets::new(&self.text);
        let spans = self.entities.into_iter().map(|span| {
            let Span { start, end, label } = span;
            match (offsets.to_chars(start), offsets.to_chars(end)) {
                (Some(from), Some(to)) if from < to => Ok(Span { start: from, end: to, label }),
                _ => {
                    let message = format!("document {:?}: entity {start}–{end} is not inside its text", self.id);
                    Err(EngineError::new(ErrorCode::Internal, message, "This is a fault of the page."))
                }
            }
        });
        let spans = spans.collect::<Result<_, _>>()?;
        Ok(Note { id: self.id, text: self.text, spans, held_out: self.held_out })
    }
}

/// What to train locally.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainInput {
    /// Passes over the notes.
    pub epochs: u64,
    /// Seed of a new model, of batches and dropout.
    pub seed: u64,
}

/// Which federation to take part in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParticipateInput {
    /// Origin of the server.
    pub server: String,
    /// The federation.
    pub federation: String,
    /// An invitation's secret, where one is needed.
    #[serde(default)]
    pub invitation: Option<String>,
    /// What an earlier `enrolled` event held.
    #[serde(default)]
    pub participation: Option<Participation>,
    /// Seed of a new model's private module.
    pub seed: u64,
}

/// Entities found in a text.
#[derive(Serialize)]
pub struct PredictionReport {
    entities: Vec<Prediction>,
    tokens: usize,
}

impl PredictionReport {
    /// The model's findings, with UTF-16 offsets.
    pub fn new(text: &str, found: Vec<Prediction>) -> Self {
        let offsets = Utf16Offsets::new(text);
        let entities = found.into_iter().map(|p| Prediction { span: to_utf16(p.span, &offsets), ..p });
        let tokens = fedner_core::text::sentences(text).iter().map(|s| s.tokens.len()).sum();
        Self { entities: entities.collect(), tokens }
    }
}

/// Where a restored model stands.
#[derive(Serialize)]
pub struct RestoreReport {
    /// Its label set.
    pub labels: Vec<String>,
    /// Version of its shared module.
    pub version: u32,
    /// Rounds it took part in.
    pub rounds: u32,
    /// Optimiser steps it has taken.
    pub steps: u64,
}

fn to_utf16(span: Span, offsets: &Utf16Offsets) -> Span {
    Span { start: offsets.to_utf16(span.start), end: offsets.to_utf16(span.end), label: span.label }
}

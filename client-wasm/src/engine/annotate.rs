//! What people who annotate need: the tokens and the fate of entities, the model's suggestions and doubt, agreement.

use std::collections::BTreeSet;

use fedner_core::{
    agreement::{Annotated, agreement},
    labels::{Span, flatten},
    text::sentences,
    training::{assess, predict},
};
use wasm_bindgen::prelude::*;

use super::Engine;
use crate::{
    abort::Stop,
    errors::{EngineError, ErrorCode},
    objects::{
        AgreementReport, AnnotatedInput, AssessmentReport, PredictionReport, TextInput, examined, from_js, to_chars,
        to_js,
    },
};

/// Longest text that is tagged in one go, in bytes.
const TEXT_BYTES_MAX: usize = 4 << 20;

#[wasm_bindgen]
impl Engine {
    /// A text's tokens, and which of its entities a flat tagger trains on.
    pub fn examine(&self, text: &str, entities: JsValue) -> Result<JsValue, JsValue> {
        let entities: Vec<Span> = from_js(entities)?;
        let spans = to_chars("this text", text, entities)?;
        let labels: BTreeSet<&str> = spans.iter().map(|span| span.label.as_str()).collect();
        let labels: Vec<&str> = labels.into_iter().collect();
        let sentences = sentences(text);
        let flat = flatten(&sentences, &spans, |label| labels.binary_search(&label).ok());
        Ok(examined(text, &sentences, &spans, &flat)?)
    }

    /// Finds entities in a text; also while the model is trained.
    pub async fn predict(&self, text: String) -> Result<JsValue, JsValue> {
        if text.len() > TEXT_BYTES_MAX {
            let message = format!("The text has {} bytes; at most {TEXT_BYTES_MAX} are tagged at once.", text.len());
            return Err(EngineError::new(ErrorCode::Import, message, "Use a shorter text.").into());
        }
        let model = self.any_model()?;
        let found = predict(&model, &text).await.map_err(|e| self.explain(e.into()))?;
        Ok(to_js(&PredictionReport::new(&text, found))?)
    }

    /// Finds entities in many texts and says how unsure the model is of each; also while the model is trained. One such
    /// operation is under way at a time: a new one ends the one before, which answers with the texts it has done.
    pub async fn assess(&self, documents: JsValue) -> Result<JsValue, JsValue> {
        let mut documents: Vec<TextInput> = from_js(documents)?;
        // The model as it is now, for all of them: figures of different models can't be compared.
        let model = self.any_model()?;
        let stop = Stop::new()?;
        self.stop_assessing.replace(stop.clone()).stop();
        let assessed = assess(&model, &documents, &mut self.reporter(&stop)?).await;
        let assessed = assessed.map_err(|e| self.explain(e.into()))?;
        documents.truncate(assessed.len());
        let reports = documents.into_iter().zip(assessed).map(|(input, found)| AssessmentReport::new(input, found));
        Ok(to_js(&reports.collect::<Vec<_>>())?)
    }

    /// How far two annotation sets agree; documents are matched by their ids.
    pub async fn agreement(&self, a: JsValue, b: JsValue) -> Result<JsValue, JsValue> {
        let [a, b] = [annotated(a)?, annotated(b)?];
        // Quick enough that nobody cancels it; but others get their turn meanwhile.
        let agreement = agreement(&a, &b, &mut self.reporter(&Stop::new()?)?).await;
        let cancelled = || EngineError::new(ErrorCode::Internal, "the comparison was ended", "Compare again.");
        Ok(to_js(&AgreementReport::new(&a, agreement.ok_or_else(cancelled)?))?)
    }
}

fn annotated(documents: JsValue) -> Result<Vec<Annotated>, EngineError> {
    let documents: Vec<AnnotatedInput> = from_js(documents)?;
    documents.into_iter().map(AnnotatedInput::into_annotated).collect()
}

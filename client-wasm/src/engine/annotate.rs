//! What annotating needs: tokens, which entities are trained on, the model's suggestions and uncertainty, agreement.

use std::collections::BTreeSet;

use fedner_core::{
    agreement::{Annotated, agreement},
    labels::{Span, flatten},
    observer::NoopObserver,
    tagging::assess,
    text::sentences,
};
use fedner_interface::{
    AgreementReport, AnnotatedInput, AssessmentReport, ExaminedEntities, PredictionReport, TextInput, to_chars,
    token_offsets,
};
use fedner_js::{set, to_js};
use js_sys::Uint32Array;
use wasm_bindgen::prelude::*;

use super::{Engine, vectors::read_texts};
use crate::{
    abort::Stop,
    errors::{EngineError, ErrorCode, argument},
};

/// Longest text that is tagged in one go, in bytes.
const TEXT_BYTES_MAX: usize = 4 << 20;

#[wasm_bindgen]
impl Engine {
    /// A text's tokens, and which of its entities a flat tagger trains on.
    pub fn examine(&self, text: &str, entities: JsValue) -> Result<JsValue, JsValue> {
        let entities: Vec<Span> = argument(entities)?;
        let spans = to_chars("this text", text, entities).map_err(EngineError::from)?;
        let labels: BTreeSet<&str> = spans.iter().map(|span| span.label.as_str()).collect();
        let labels: Vec<&str> = labels.into_iter().collect();
        let sentences = sentences(text);
        let flat = flatten(&sentences, &spans, |label| labels.binary_search(&label).ok());
        let examined = to_js(&ExaminedEntities::new(&spans, &flat))?;
        set(&examined, "tokens", &Uint32Array::from(token_offsets(text, &sentences).as_slice()));
        Ok(examined)
    }

    /// Finds entities in a text; also while the model is trained. For a model with a pretrained encoder, `read` is what that
    /// made of the text, as [`assess`](Engine::assess) takes it.
    pub async fn predict(&self, text: String, read: JsValue) -> Result<JsValue, JsValue> {
        if text.len() > TEXT_BYTES_MAX {
            let message = format!("The text has {} bytes; at most {TEXT_BYTES_MAX} are tagged at once.", text.len());
            return Err(EngineError::new(ErrorCode::Import, message, "Use a shorter text.").into());
        }
        let model = self.any_model()?;
        let texts = read_texts(&model, &[TextInput { id: "the text".to_owned(), text: text.clone() }], &read)?;
        let found = assess(&model, &texts, &mut NoopObserver).await.map_err(|e| self.explain(e.into()))?;
        let found = found.into_iter().next().unwrap_or_default();
        Ok(to_js(&PredictionReport::new(&text, found))?)
    }

    /// Finds entities in many texts and says how unsure the model is of each; also while the model is trained. One such
    /// operation is under way at a time: a new one ends the one before, which answers with the texts it has done.
    ///
    /// For a model with a pretrained encoder, `read` has the `encoder` and, for each text, its words' `vectors`.
    pub async fn assess(&self, documents: JsValue, read: JsValue) -> Result<JsValue, JsValue> {
        let mut documents: Vec<TextInput> = argument(documents)?;
        // The model as it is now, for all of them: figures of different models can't be compared.
        let model = self.any_model()?;
        let texts = read_texts(&model, &documents, &read)?;
        let stop = Stop::new()?;
        self.stop_assessing.replace(stop.clone()).stop();
        let assessed = assess(&model, &texts, &mut self.reporter(&stop)?).await;
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
    let documents: Vec<AnnotatedInput> = argument(documents)?;
    Ok(documents.into_iter().map(AnnotatedInput::into_annotated).collect::<Result<_, _>>()?)
}

//! The model in hand: scoring it, saving it, taking one in.

use fedner_core::training::{Session, evaluate};
use wasm_bindgen::prelude::*;

use super::{Engine, no_model};
use crate::{
    errors::EngineError,
    objects::{RestoreReport, to_js},
};

#[wasm_bindgen]
impl Engine {
    /// Whether there is a model to predict with.
    #[wasm_bindgen(js_name = hasModel)]
    pub fn has_model(&self) -> bool {
        self.published.borrow().is_some()
    }

    /// Scores the model on the held-out notes; null without any.
    pub async fn evaluate(&self) -> Result<JsValue, JsValue> {
        let (corpus, _busy) = (self.any_corpus()?, self.begin()?);
        let model = self.any_model()?;
        if model.layout().labels() != corpus.labels() {
            return Ok(JsValue::NULL);
        }
        let held_out = corpus.held_out(model.layout().spec());
        if held_out.is_empty() {
            return Ok(JsValue::NULL);
        }
        let scores = evaluate(&model, &held_out, &mut self.reporter(&self.stop)?).await;
        Ok(to_js(&scores.map_err(|e| self.explain(e.into()))?)?)
    }

    /// The model, its optimiser and label set as one file.
    pub async fn save(&self) -> Result<Vec<u8>, JsValue> {
        let _busy = self.begin()?;
        let session = self.session.borrow().clone();
        let session = session.ok_or_else(no_model)?;
        Ok(session.save().await.map_err(|e| self.explain(e.into()))?)
    }

    /// Takes a saved model in.
    pub fn restore(&self, bytes: &[u8]) -> Result<JsValue, JsValue> {
        let _busy = self.begin()?;
        let session = Session::restore(bytes, &self.chosen.device).map_err(EngineError::from)?;
        let report = RestoreReport::from(&session);
        self.put_back(session);
        Ok(to_js(&report)?)
    }
}

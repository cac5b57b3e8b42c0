//! The model in hand: scoring it, saving it, taking one in.

use fedner_core::{
    batch::Example,
    export::checkpoint_in,
    model::Model,
    observer::Observer,
    scores::Scores,
    session::{CheckpointError, Choice, Session, SiteModels},
    tagging::evaluate,
};
use fedner_interface::{ExportModelInput, RestoreReport, WrittenFile};
use fedner_js::{set_bytes, to_js};
use fedner_protocol::{ModelSpec, is_model};
use wasm_bindgen::prelude::*;

use super::{Engine, no_model};
use crate::errors::{EngineError, ErrorCode, argument};

#[wasm_bindgen]
impl Engine {
    /// Whether there is a model to predict with.
    #[wasm_bindgen(js_name = hasModel)]
    pub fn has_model(&self) -> bool {
        self.published.borrow().is_some()
    }

    /// Scores the model on the held-out notes; null without any. They choose the temperature of its confidences, too: a
    /// loaded model may have none, or one for other notes.
    pub async fn evaluate(&self) -> Result<JsValue, JsValue> {
        let (_, _busy) = (self.any_corpus()?, self.begin()?);
        let session = self.session.borrow().clone();
        let session = session.ok_or_else(no_model)?;
        // Models beside the session were scored when they were made.
        let is_alone = matches!(session.models, SiteModels::Session { .. });
        let mut session = session.in_use(self.choice.get()).into_owned();
        let (before, mut reporter) = (session.model.temperature(), self.reporter(&self.stop)?);
        let held_out = self.held_out(&session.model)?;
        let scores = session.score(&held_out, &mut reporter).await.map_err(|e| self.explain(e.into()))?;
        if is_alone && session.model.temperature() != before {
            reporter.checkpoint(session.save().await.map_err(|e| self.explain(e.into()))?);
            self.put_back(session);
        }
        Ok(to_js(&scores)?)
    }

    /// The model in use, its optimiser and label set as one file.
    pub async fn save(&self) -> Result<Vec<u8>, JsValue> {
        let _busy = self.begin()?;
        let session = self.session_in_use()?;
        Ok(session.save().await.map_err(|e| self.explain(e.into()))?)
    }

    /// The session with all models beside it as one file, to go on from.
    pub async fn checkpoint(&self) -> Result<Vec<u8>, JsValue> {
        let _busy = self.begin()?;
        let session = self.session.borrow().clone();
        let session = session.ok_or_else(no_model)?;
        Ok(session.save().await.map_err(|e| self.explain(e.into()))?)
    }

    /// Which model is used from now on; also while the site takes part in a federation.
    #[wasm_bindgen(js_name = useModel)]
    pub fn use_model(&self, choice: JsValue) -> Result<(), JsValue> {
        let choice: Choice = argument(choice)?;
        self.choice.set(choice);
        // While a run is under way, the federation's models are the run's: it publishes the better one when it scores
        // the next.
        if (choice == Choice::Own || !self.busy.get())
            && let Some(session) = &*self.session.borrow()
            && let Some(model) = session.model_in_use(choice)
        {
            *self.published.borrow_mut() = Some(model.clone());
        }
        Ok(())
    }

    /// The model with its card and what is needed to use it outside, as one archive. It is scored on the held-out notes
    /// for the card, where there are some.
    #[wasm_bindgen(js_name = exportModel)]
    pub async fn export_model(&self, about: JsValue) -> Result<JsValue, JsValue> {
        let about: ExportModelInput = argument(about)?;
        let _busy = self.begin()?;
        let session = self.session_in_use()?;
        let scores = self.held_out_scores(&session.model).await?;
        let bytes = session.export(&about.about(), scores.as_ref()).await.map_err(|e| self.explain(e.into()))?;
        let written = to_js(&WrittenFile::new(&about.file_name(), "application/zip"))?;
        set_bytes(&written, "bytes", &bytes);
        Ok(written)
    }

    /// Takes a saved model in: a bare checkpoint, an exported archive, or a shared module alone, which becomes a model for
    /// the labels of the notes.
    pub fn load(&self, bytes: &[u8]) -> Result<JsValue, JsValue> {
        let _busy = self.begin()?;
        let mut session = self.read(bytes)?;
        session.set_loaded();
        self.take_in(session)
    }

    /// Goes on from a checkpoint.
    pub fn restore(&self, bytes: &[u8]) -> Result<JsValue, JsValue> {
        let _busy = self.begin()?;
        self.take_in(self.read(bytes)?)
    }
}

impl Engine {
    fn read(&self, bytes: &[u8]) -> Result<Session, JsValue> {
        let checkpoint = checkpoint_in(bytes).map_err(EngineError::from)?;
        match Session::restore(&checkpoint, &self.chosen.device) {
            Err(error @ CheckpointError::NotACheckpoint(_)) => Ok(self.begun_with(&checkpoint, error)?),
            outcome => Ok(outcome.map_err(EngineError::from)?),
        }
    }

    fn take_in(&self, session: Session) -> Result<JsValue, JsValue> {
        let report = RestoreReport::from(&session);
        self.put_back(session);
        Ok(to_js(&report)?)
    }

    fn session_in_use(&self) -> Result<Session, EngineError> {
        let session = self.session.borrow();
        Ok(session.as_ref().ok_or_else(no_model)?.in_use(self.choice.get()).into_owned())
    }

    /// A new model around a shared module, or why the bytes are neither that nor a checkpoint.
    fn begun_with(&self, bytes: &[u8], otherwise: CheckpointError) -> Result<Session, EngineError> {
        if !is_model(bytes) {
            return Err(otherwise.into());
        }
        let corpus = self.corpus.borrow().clone().ok_or_else(|| {
            let hint = "Mark or import notes first: a shared module comes without labels.";
            EngineError::new(ErrorCode::NoTrainingNotes, "There are no labels for this shared module to find.", hint)
        })?;
        let published = self.published.borrow();
        let spec = published.as_ref().map_or_else(ModelSpec::default, |model| model.layout().spec().clone());
        Ok(Session::from_shared(bytes, &spec, corpus.labels(), &self.chosen.device)?)
    }

    /// The held-out sentences; none where they have other labels than the model.
    fn held_out(&self, model: &Model) -> Result<Vec<Example>, EngineError> {
        let (corpus, layout) = (self.corpus.borrow(), model.layout());
        let Some(corpus) = corpus.as_ref().filter(|corpus| corpus.labels() == layout.labels()) else {
            return Ok(Vec::new());
        };
        corpus.is_read_for(layout.spec())?;
        Ok(corpus.held_out(layout.spec()))
    }

    /// Scores a model on the held-out notes; nothing without any, for other labels, or when it was cancelled.
    async fn held_out_scores(&self, model: &Model) -> Result<Option<Scores>, JsValue> {
        let held_out = self.held_out(model)?;
        if held_out.is_empty() {
            return Ok(None);
        }
        let scores = evaluate(model, &held_out, &mut self.reporter(&self.stop)?).await;
        let scores = scores.map_err(|e| self.explain(e.into()))?;
        Ok((!self.stop.is_stopped()).then_some(scores))
    }
}

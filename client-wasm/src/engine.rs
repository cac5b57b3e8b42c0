//! The one handle JavaScript holds: device, notes, model and participation behind plain calls.

use std::{cell::RefCell, rc::Rc};

use fedner_core::{
    corpus::Corpus,
    formats::{self, InputFile},
    labels::LabelSet,
    model::Model,
    participant::{Entropy, Invitation, participate},
    self_check,
    training::{LocalTraining, Session, evaluate, predict},
};
use fedner_protocol::{FederationId, ModelSpec, TrainingPolicy};
use js_sys::Function;
use wasm_bindgen::prelude::*;

use crate::{
    abort::Stop,
    device::{Choice, Chosen, choose, reference},
    errors::{EngineError, ErrorCode},
    events::Reporter,
    ledger::Ledger,
    objects::{CorpusInput, ImportReport, ParticipateInput, PredictionReport, RestoreReport, TrainInput, to_js},
    transport::HttpTransport,
};

/// Most passes over the notes in one call.
const EPOCHS_MAX: u64 = 1000;
/// Most text to train on, in bytes: about two million words, whose features take 256 MiB.
const CORPUS_BYTES_MAX: usize = 12 << 20;
/// Longest text that is tagged at once, in bytes.
const TEXT_BYTES_MAX: usize = 4 << 20;

/// A participant in a browser tab.
#[wasm_bindgen]
pub struct Engine {
    chosen: Chosen,
    on_event: Function,
    ledger: Rc<Ledger>,
    stop: Stop,
    corpus: RefCell<Option<Rc<Corpus>>>,
    /// The session after the last operation that trained one.
    session: RefCell<Option<Session>>,
    /// The newest model that predictions may use, also while another is trained.
    published: Rc<RefCell<Option<Model>>>,
    busy: RefCell<bool>,
}

/// Puts the engine back to rest, however an operation ends.
struct Busy<'a>(&'a RefCell<bool>);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        *self.0.borrow_mut() = false;
    }
}

#[wasm_bindgen]
impl Engine {
    /// Chooses a device (`auto`, `webgpu` or `cpu`) and makes an engine that tells `on_event` what happens.
    pub async fn create(choice: String, on_event: Function) -> Result<Engine, JsValue> {
        let choice = Choice::parse(&choice).ok_or_else(|| {
            let hint = "Use auto, webgpu or cpu.";
            EngineError::new(ErrorCode::Internal, format!("{choice:?} is no device"), hint)
        })?;
        Ok(Engine {
            chosen: choose(choice).await,
            ledger: Rc::new(Ledger::new(on_event.clone())),
            on_event,
            stop: Stop::new()?,
            corpus: RefCell::default(),
            session: RefCell::default(),
            published: Rc::default(),
            busy: RefCell::new(false),
        })
    }

    /// The device, its name, and why it was chosen.
    pub fn device(&self) -> Result<JsValue, JsValue> {
        Ok(to_js(&self.chosen.report)?)
    }

    /// One training step on the CPU and on this engine's device, compared.
    #[wasm_bindgen(js_name = selfCheck)]
    pub async fn self_check(&self) -> Result<JsValue, JsValue> {
        let _busy = self.begin()?;
        let check = self_check::compare(&reference(), &self.chosen.device).await;
        Ok(to_js(&check.map_err(|e| self.explain(e.into()))?)?)
    }

    /// Reads a file of notes.
    #[wasm_bindgen(js_name = importNotes)]
    pub fn import_notes(&self, file_name: &str, bytes: &[u8]) -> Result<JsValue, JsValue> {
        let imported = formats::read(&[InputFile { name: file_name, bytes }], None).map_err(EngineError::from)?;
        Ok(to_js(&ImportReport::from(imported))?)
    }

    /// Takes the notes and label set to train and score on.
    #[wasm_bindgen(js_name = loadCorpus)]
    pub fn load_corpus(&self, input: JsValue) -> Result<JsValue, JsValue> {
        let mut input: CorpusInput = serde_wasm_bindgen::from_value(input).map_err(EngineError::from)?;
        let bytes = input.text_bytes();
        if bytes > CORPUS_BYTES_MAX {
            let message =
                format!("The notes have {bytes} bytes; at most {CORPUS_BYTES_MAX} can be trained on in a tab.");
            return Err(EngineError::new(ErrorCode::NoTrainingNotes, message, "Remove some notes.").into());
        }
        let notes = input.notes()?;
        let labels = LabelSet::new(input.labels).map_err(EngineError::from)?;
        let corpus = Corpus::new(&notes, labels);
        let report = to_js(corpus.report())?;
        *self.corpus.borrow_mut() = Some(Rc::new(corpus));
        Ok(report)
    }

    /// Trains both modules on this site's notes alone.
    pub async fn train(&self, input: JsValue) -> Result<JsValue, JsValue> {
        let input: TrainInput = serde_wasm_bindgen::from_value(input).map_err(EngineError::from)?;
        let (corpus, _busy) = (self.ready_corpus()?, self.begin()?);
        let mut reporter = self.reporter()?;
        let mut session = self.local_session(&corpus, input.seed).await?;
        let task = LocalTraining { epochs: input.epochs.clamp(1, EPOCHS_MAX), policy: TrainingPolicy::default() };
        let result = session.train(&corpus, &task, &mut reporter).await;
        self.put_back(session);
        Ok(to_js(&result.map_err(|e| self.explain(e.into()))?)?)
    }

    /// Takes part in a federation until it is finished or cancelled.
    pub async fn participate(&self, input: JsValue) -> Result<JsValue, JsValue> {
        let input: ParticipateInput = serde_wasm_bindgen::from_value(input).map_err(EngineError::from)?;
        let federation: FederationId = input.federation.parse().map_err(|e| {
            EngineError::new(ErrorCode::Refused, e, "Check the federation's name with the person who invited you.")
        })?;
        let (corpus, _busy) = (self.ready_corpus()?, self.begin()?);
        let mut reporter = self.reporter()?;
        let mut transport = HttpTransport::new(input.server, self.ledger.clone(), self.stop.clone());
        let invitation =
            Invitation { federation, secret: input.invitation, participation: input.participation, seed: input.seed };
        let mut session = self.session.borrow().clone();
        let outside = (&mut transport, &mut BrowserEntropy, &mut reporter);
        let result = participate(&mut session, &self.chosen.device, &corpus, invitation, outside).await;
        if let Some(session) = session {
            self.put_back(session);
        }
        Ok(to_js(&result.map_err(|e| self.explain(e.into()))?)?)
    }

    /// Ends training or participation after the step under way.
    pub fn cancel(&self) {
        self.stop.stop();
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
        let scores = evaluate(&model, &held_out, &mut self.reporter()?).await;
        Ok(to_js(&scores.map_err(|e| self.explain(e.into()))?)?)
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

    /// Whether there is a model to predict with.
    #[wasm_bindgen(js_name = hasModel)]
    pub fn has_model(&self) -> bool {
        self.published.borrow().is_some()
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
        let report = RestoreReport {
            labels: session.model.layout().labels().types().to_vec(),
            version: session.standing.version,
            rounds: session.standing.rounds,
            steps: session.optimiser.steps(),
        };
        self.put_back(session);
        Ok(to_js(&report)?)
    }
}

impl Engine {
    fn begin(&self) -> Result<Busy<'_>, JsValue> {
        if std::mem::replace(&mut *self.busy.borrow_mut(), true) {
            return Err(EngineError::busy().into());
        }
        let busy = Busy(&self.busy);
        self.stop.reset()?;
        Ok(busy)
    }

    fn reporter(&self) -> Result<Reporter, JsValue> {
        Reporter::new(self.on_event.clone(), self.stop.clone(), self.published.clone())
    }

    fn any_corpus(&self) -> Result<Rc<Corpus>, EngineError> {
        self.corpus.borrow().clone().ok_or_else(|| {
            EngineError::new(ErrorCode::NoTrainingNotes, "There are no notes.", "Choose, paste or load sample notes.")
        })
    }

    fn ready_corpus(&self) -> Result<Rc<Corpus>, EngineError> {
        let corpus = self.any_corpus()?;
        if corpus.report().training.entities == 0 {
            let message = "No note to train on has an entity of the chosen labels.";
            let hint = "Add notes with entities, choose more labels, or hold fewer notes out.";
            return Err(EngineError::new(ErrorCode::NoTrainingNotes, message, hint));
        }
        Ok(corpus)
    }

    fn any_model(&self) -> Result<Model, EngineError> {
        self.published.borrow().clone().ok_or_else(no_model)
    }

    /// The session to train locally; a new label set gets a new private module.
    async fn local_session(&self, corpus: &Corpus, seed: u64) -> Result<Session, JsValue> {
        let session = self.session.borrow().clone();
        let Some(session) = session else {
            return Ok(Session::new(&ModelSpec::default(), corpus.labels(), seed, &self.chosen.device));
        };
        let changed = session.with_labels(corpus.labels(), &mut self.reporter()?).await;
        Ok(changed.map_err(|e| self.explain(e.into()))?)
    }

    fn put_back(&self, session: Session) {
        *self.published.borrow_mut() = Some(session.model.clone());
        *self.session.borrow_mut() = Some(session);
    }

    /// Says that the GPU was lost where that is why something failed.
    fn explain(&self, error: EngineError) -> EngineError {
        match self.chosen.lost.lock().ok().and_then(|why| why.clone()) {
            None => error,
            Some(why) => {
                let hint = "Nothing is lost: restart the engine; it goes on from the last checkpoint. \
                            If it happens again, choose the CPU.";
                EngineError::new(ErrorCode::DeviceLost, format!("The GPU was lost ({why})."), hint)
            }
        }
    }
}

fn no_model() -> EngineError {
    EngineError::new(ErrorCode::NotReady, "There is no model yet.", "Train here, join a federation or load a model.")
}

/// The browser's own generator.
struct BrowserEntropy;

impl Entropy for BrowserEntropy {
    fn bytes(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        // Without randomness no id is safe to choose; browsers have had it for a decade.
        getrandom::fill(&mut bytes).unwrap_or_else(|e| panic!("the browser has no random generator: {e}"));
        bytes
    }
}

//! Training: alone, in the background, and in a federation.

use fedner_core::{
    corpus::Corpus,
    labels::LabelSet,
    leak::leak_test,
    observer::{Event, Observer},
    participant::{Entropy, Host, Invitation, NoMasking, enrol, participate},
    session::Session,
    training::{LocalTraining, TrainingLength},
};
use fedner_interface::{
    CorpusChangeInput, CorpusInput, EnrolInput, LearnInput, ParticipateInput, TrainInput, notes, text_bytes,
};
use fedner_js::to_js;
use fedner_protocol::{FederationId, ModelSpec, PretrainedEncoder, TrainingPolicy};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

use super::{Engine, no_notes};
use crate::{
    errors::{EngineError, ErrorCode, argument},
    masking::WorkerMasking,
    transport::HttpTransport,
};

/// Most passes over the notes in one call.
const EPOCHS_MAX: u64 = 1000;
/// Most text to train on, in bytes: about two million words, whose features take 256 MiB.
const CORPUS_BYTES_MAX: usize = 12 << 20;

#[wasm_bindgen]
impl Engine {
    /// Takes the notes and label set to train and score on.
    #[wasm_bindgen(js_name = loadCorpus)]
    pub fn load_corpus(&self, input: JsValue) -> Result<JsValue, JsValue> {
        let input: CorpusInput = argument(input)?;
        within_limit(text_bytes(&input.documents))?;
        let notes = notes(input.documents).map_err(EngineError::from)?;
        let labels = LabelSet::new(input.labels).map_err(EngineError::from)?;
        let corpus = Corpus::new(&notes, labels);
        let report = to_js(corpus.report())?;
        *self.corpus.borrow_mut() = Some(Rc::new(corpus));
        Ok(report)
    }

    /// Takes in what has changed of the notes since they were loaded; the label set stays.
    #[wasm_bindgen(js_name = updateCorpus)]
    pub fn update_corpus(&self, input: JsValue) -> Result<JsValue, JsValue> {
        let input: CorpusChangeInput = argument(input)?;
        within_limit(text_bytes(&input.documents))?;
        let notes = notes(input.documents).map_err(EngineError::from)?;
        // Out of its place, so that what fails leaves no corpus that is not the page's.
        let mut corpus = self.corpus.take().ok_or_else(no_notes)?;
        let own = Rc::make_mut(&mut corpus);
        own.update(&notes, &input.order)
            .map_err(|e| EngineError::new(ErrorCode::NotReady, e, "Load the notes anew."))?;
        within_limit(own.text_bytes())?;
        let report = to_js(own.report())?;
        *self.corpus.borrow_mut() = Some(corpus);
        Ok(report)
    }

    /// Trains both modules on this site's notes alone.
    pub async fn train(&self, input: JsValue) -> Result<JsValue, JsValue> {
        let input: TrainInput = argument(input)?;
        let (corpus, _busy) = (self.ready_corpus()?, self.begin()?);
        let mut reporter = self.reporter(&self.stop)?;
        let mut session = self.session_to_train(&corpus, input.seed, input.encoder).await?;
        let length = match input.epochs {
            Some(epochs) => TrainingLength::Epochs(epochs.clamp(1, EPOCHS_MAX)),
            None => TrainingLength::UntilNoBetter,
        };
        let task = LocalTraining { length, policy: TrainingPolicy::default() };
        let result = session.train(&corpus, &task, &mut reporter).await;
        self.put_back(session);
        Ok(to_js(&result.map_err(|e| self.explain(e.into()))?)?)
    }

    /// Trains the present model on in the background: a short run over the notes.
    pub async fn learn(&self, input: JsValue) -> Result<JsValue, JsValue> {
        let input: LearnInput = argument(input)?;
        let (corpus, _busy) = (self.ready_corpus()?, self.begin()?);
        let mut reporter = self.reporter(&self.stop)?;
        let mut session = self.local_session(&corpus, self.session_alone(), input.seed, input.encoder).await?;
        let result = session.learn(&corpus, &TrainingPolicy::default(), &mut reporter).await;
        self.put_back(session);
        Ok(to_js(&result.map_err(|e| self.explain(e.into()))?)?)
    }

    /// Enrols in a federation without taking part: an invitation can be accepted before there are notes.
    pub async fn enrol(&self, input: JsValue) -> Result<JsValue, JsValue> {
        let input: EnrolInput = argument(input)?;
        let federation = federation_id(&input.federation)?;
        let _busy = self.begin()?;
        let mut reporter = self.reporter(&self.stop)?;
        let mut transport = HttpTransport::new(input.server, self.ledger.clone(), self.stop.clone());
        let (secret, identity) = (input.invitation, input.identity);
        let invitation =
            Invitation { federation, secret, identity, enrolment: None, seed: 0, baseline: false, masked_only: false };
        let host = Host {
            transport: &mut transport,
            entropy: &mut BrowserEntropy,
            enrolments: &mut self.enrolment_reporter(),
            observer: &mut reporter,
            masking: &mut NoMasking,
        };
        let enrolment = enrol(&invitation, host).await.map_err(EngineError::from)?;
        Ok(to_js(&enrolment)?)
    }

    /// Which words of the notes to train on the newest update gives away that was sent since this engine started; null
    /// where none was sent.
    #[wasm_bindgen(js_name = leakTest)]
    pub fn leak_test(&self) -> Result<JsValue, JsValue> {
        let Some(sent) = &*self.sent.borrow() else { return Ok(JsValue::NULL) };
        let words = self.any_corpus()?.training_words();
        Ok(to_js(&leak_test(sent, &words).map_err(EngineError::of_the_page)?)?)
    }

    /// Takes part in a federation until it is finished or cancelled. `masking` does secure aggregation's cryptography.
    pub async fn participate(&self, input: JsValue, masking: JsValue) -> Result<JsValue, JsValue> {
        let input: ParticipateInput = argument(input)?;
        let federation = federation_id(&input.federation)?;
        let (corpus, _busy) = (self.ready_corpus()?, self.begin()?);
        let mut reporter = self.reporter(&self.stop)?;
        let mut transport = HttpTransport::new(input.server, self.ledger.clone(), self.stop.clone());
        let invitation = Invitation {
            federation,
            secret: input.invitation,
            identity: input.identity,
            enrolment: input.enrolment,
            seed: random_seed(),
            baseline: input.baseline,
            masked_only: input.masked_only,
        };
        let mut session = self.session.borrow().clone();
        let host = Host {
            transport: &mut transport,
            entropy: &mut BrowserEntropy,
            enrolments: &mut self.enrolment_reporter(),
            observer: &mut reporter,
            masking: &mut WorkerMasking::new(masking),
        };
        let result = participate(&mut session, &self.chosen.device, &corpus, invitation, host).await;
        if let Some(session) = session {
            self.put_back(session);
        }
        Ok(to_js(&result.map_err(|e| self.explain(e.into()))?)?)
    }
}

fn within_limit(bytes: usize) -> Result<(), EngineError> {
    if bytes <= CORPUS_BYTES_MAX {
        return Ok(());
    }
    let message = format!("The notes have {bytes} bytes; at most {CORPUS_BYTES_MAX} can be trained on in a tab.");
    Err(EngineError::new(ErrorCode::NoTrainingNotes, message, "Remove some notes."))
}

fn federation_id(text: &str) -> Result<FederationId, EngineError> {
    text.parse().map_err(|e| {
        EngineError::new(ErrorCode::Refused, e, "Check the federation's name with the person who invited you.")
    })
}

impl Engine {
    fn ready_corpus(&self) -> Result<Rc<Corpus>, EngineError> {
        let corpus = self.any_corpus()?;
        if corpus.report().training.entities == 0 {
            let message = "No note to train on has an entity of the chosen labels.";
            let hint = "Add notes with entities, choose more labels, or hold fewer notes out.";
            return Err(EngineError::new(ErrorCode::NoTrainingNotes, message, hint));
        }
        Ok(corpus)
    }

    /// The model in use, to train it without a federation.
    fn session_alone(&self) -> Option<Session> {
        self.session.borrow().as_ref().map(|session| session.to_train_alone(self.choice.get()))
    }

    /// The session to train locally, with the encoder that is asked for: a new one where the model in use has another.
    async fn session_to_train(
        &self,
        corpus: &Corpus,
        seed: u64,
        encoder: Option<PretrainedEncoder>,
    ) -> Result<Session, JsValue> {
        let in_use = self.session_alone();
        let fits = |session: &Session| session.model.layout().spec().pretrained == encoder;
        let is_replaced = in_use.as_ref().is_some_and(|session| !fits(session));
        let session = self.local_session(corpus, in_use.filter(fits), seed, encoder).await?;
        if is_replaced {
            let reason = "you chose another kind of model, so a new one is trained; the one before is kept".to_owned();
            self.reporter(&self.stop)?.event(Event::Replaced { reason });
        }
        Ok(session)
    }

    /// `session`, or a new one where there is none; another label set keeps what is known of the labels in both.
    async fn local_session(
        &self,
        corpus: &Corpus,
        session: Option<Session>,
        seed: u64,
        encoder: Option<PretrainedEncoder>,
    ) -> Result<Session, JsValue> {
        let new = || encoder.map_or_else(ModelSpec::default, ModelSpec::with_encoder);
        let spec = session.as_ref().map_or_else(new, |session| session.model.layout().spec().clone());
        corpus.is_read_for(&spec).map_err(EngineError::from)?;
        let mut reporter = self.reporter(&self.stop)?;
        let session = match session {
            None => Session::new(&spec, corpus.labels(), seed, &self.chosen.device),
            Some(session) => {
                let changed = session.with_labels(corpus.labels(), &mut reporter).await;
                changed.map_err(|e| self.explain(e.into()))?
            }
        };
        reporter.event(Event::Models { report: session.models_report() });
        Ok(session)
    }
}

/// Seed of a site's private module, batches, dropout and rounding: nobody else may know it.
fn random_seed() -> u64 {
    u128::from_le_bytes(BrowserEntropy.bytes()) as u64
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

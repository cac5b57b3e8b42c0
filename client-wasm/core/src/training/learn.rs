//! Learning in the background: a short run that trains the present model on, while somebody annotates.

use fedner_protocol::TrainingPolicy;

use super::{
    Session, TrainError,
    session::{Plan, steps_per_epoch},
};
use crate::{
    corpus::Corpus,
    model::Model,
    observer::{Event, Observer, When},
    scores::Scores,
};

/// Passes over all labelled sentences in one run.
const PASSES: u64 = 4;
/// Fewest steps of a run: with a handful of sentences, a few passes would teach nothing.
const STEPS_MIN: u64 = 40;
/// Most steps of a run, so that the next one, with newer labels, can begin soon.
const STEPS_MAX: u64 = 200;

/// What a run in the background did.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct LearnReport {
    /// Steps taken.
    pub steps: u64,
    /// Sentences it learnt from.
    pub sentences: usize,
    /// Entities in them.
    pub entities: usize,
    /// Whether it was cancelled; what was learnt until then is kept.
    pub cancelled: bool,
    /// Scores on the held-out notes, if there are any and it was not cancelled.
    pub scores: Option<Scores>,
}

impl Session {
    /// Trains on from the present model and optimiser, over all sentences of the corpus; tells [`Event::Learning`] and
    /// at the end [`Event::Learned`], and publishes the model then.
    ///
    /// # Errors
    /// When the device failed or there is nothing to train on. The session is then at its last good step.
    pub async fn learn(
        &mut self,
        corpus: &Corpus,
        policy: &TrainingPolicy,
        observer: &mut impl Observer,
    ) -> Result<LearnReport, TrainError> {
        let spec = self.model.layout().spec().clone();
        let (examples, held_out) = (corpus.training(&spec), corpus.held_out(&spec));
        let planned = (PASSES * steps_per_epoch(&examples, policy)).clamp(STEPS_MIN, STEPS_MAX);
        let plan = Plan { policy, examples: &examples, first: 0, steps: planned, horizon: planned, round: 0 };
        self.standing.trained_on = Some(corpus.training_counts());
        let steps = self.run(&plan, &mut Quiet(observer)).await?;
        let scores = self.report(&held_out, When::End, 0, &mut Quiet(observer)).await?;
        self.save_to(observer).await?;
        observer.publish(&self.model);
        let size = corpus.report().training;
        let (sentences, entities, cancelled) = (size.sentences, size.entities, steps < planned);
        let report = LearnReport { steps, sentences, entities, cancelled, scores };
        observer.event(Event::Learned { report: report.clone() });
        Ok(report)
    }
}

/// Tells of steps as background learning, and keeps the model and its scores back until it is done.
struct Quiet<'o, O>(&'o mut O);

impl<O: Observer> Observer for Quiet<'_, O> {
    fn event(&mut self, event: Event) {
        match event {
            Event::Step { step, steps, .. } => self.0.event(Event::Learning { step, steps }),
            Event::Scores { .. } => {}
            other => self.0.event(other),
        }
    }

    fn publish(&mut self, _: &Model) {}

    fn checkpoint(&mut self, bytes: Vec<u8>) {
        self.0.checkpoint(bytes);
    }

    fn checkpoint_is_due(&self, steps: u64) -> bool {
        self.0.checkpoint_is_due(steps)
    }

    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    async fn breathe(&mut self) {
        self.0.breathe().await;
    }
}

//! Learning in the background: a short training of the present model while somebody annotates.

use fedner_protocol::TrainingPolicy;

use super::{
    TrainError,
    schedule::{Schedule, epoch_steps},
};
use crate::{
    corpus::Corpus,
    model::Model,
    observer::{Event, LearnReport, Observer, When},
    session::{Origin, Session, SiteModels},
};

/// Passes over all labelled sentences in one run.
const PASSES: u64 = 4;
/// Fewest steps of a run: with a handful of sentences, a few passes would teach nothing.
const STEPS_MIN: u64 = 40;
/// Most steps of a run, so that the next one, with newer labels, can begin soon.
const STEPS_MAX: u64 = 200;

impl Session {
    /// Trains on from the present model and optimiser, over all sentences of the corpus. Reports [`Event::Learning`] after
    /// steps; at the end it publishes the model and reports [`Event::Learned`].
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
        corpus.is_read_for(&spec)?;
        let (examples, held_out) = (corpus.training(&spec), corpus.held_out(&spec));
        let planned = (PASSES * epoch_steps(&examples, policy)).clamp(STEPS_MIN, STEPS_MAX);
        let schedule = Schedule::of_steps(policy, &examples, planned);
        self.state.trained_on = Some(corpus.training_counts());
        self.models = SiteModels::Session { origin: Origin::Alone };
        let steps = self.take_steps(&schedule, 0..planned, 0, &mut BackgroundObserver(observer)).await?;
        let scores = self.report_scores(&held_out, When::End, 0, &mut BackgroundObserver(observer)).await?;
        self.report_checkpoint(observer).await?;
        observer.publish(&self.model);
        let size = corpus.report().training;
        let (sentences, entities, cancelled) = (size.sentences, size.entities, steps < planned);
        let report = LearnReport { steps, sentences, entities, cancelled, scores };
        observer.event(Event::Learned { report: report.clone() });
        Ok(report)
    }
}

/// Reports steps as background learning, and no model and no scores before it is done.
struct BackgroundObserver<'o, O>(&'o mut O);

impl<O: Observer> Observer for BackgroundObserver<'_, O> {
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

    async fn yield_now(&mut self) {
        self.0.yield_now().await;
    }
}

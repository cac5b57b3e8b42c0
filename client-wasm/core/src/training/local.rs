//! Training without a federation, as *Train here* does.

use fedner_protocol::TrainingPolicy;
use serde::Serialize;

use super::{TrainError, best_checkpoint::BestCheckpoint, schedule::Schedule};
use crate::{
    corpus::Corpus,
    observer::{Observer, When},
    scores::Scores,
    session::{Origin, Session, SiteModels},
};

/// What to do when training without a federation.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalTraining {
    /// Passes over the training sentences.
    pub epochs: u64,
    /// Learning rate, batch size and so on.
    pub policy: TrainingPolicy,
}

/// What local training did.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "Trained"))]
pub struct TrainReport {
    /// Steps taken.
    pub steps: u64,
    /// Epochs finished.
    pub epochs: u64,
    /// Whether it was cancelled.
    pub cancelled: bool,
    /// Scores on the held-out notes at the end, if there are any.
    pub scores: Option<Scores>,
}

impl Session {
    /// Trains both modules on the site's own notes. Of the models after each epoch, the best on the held-out notes is
    /// kept; without such notes, or when it is cancelled, the last one is.
    ///
    /// # Errors
    /// When the device failed or there is nothing to train on. The session is then at its last good step.
    pub async fn train(
        &mut self,
        corpus: &Corpus,
        task: &LocalTraining,
        observer: &mut impl Observer,
    ) -> Result<TrainReport, TrainError> {
        let spec = self.model.layout().spec().clone();
        let (examples, held_out) = (corpus.training(&spec), corpus.held_out(&spec));
        let schedule = Schedule::of_epochs(&task.policy, &examples, task.epochs);
        self.state.trained_on = Some(corpus.training_counts());
        self.models = SiteModels::Session { origin: Origin::Alone };
        let (mut steps, mut epochs) = (0, 0);
        let mut best = BestCheckpoint::default();
        let mut scores = self.report_scores(&held_out, When::Start, 0, observer).await?;
        while epochs < task.epochs && !observer.is_cancelled() {
            let epoch = schedule.epoch(epochs);
            let end = epoch.end;
            steps += self.take_steps(&schedule, epoch, 0, observer).await?;
            if steps == end {
                epochs += 1;
            }
            let newest = self.report_scores(&held_out, When::Epoch, epochs, observer).await?;
            best.offer(newest.as_ref(), &self.model);
            scores = newest.or(scores);
        }
        let cancelled = epochs < task.epochs;
        if !cancelled {
            scores = best.restore(self, epochs, observer).or(scores);
        }
        self.report_checkpoint(observer).await?;
        Ok(TrainReport { steps, epochs, cancelled, scores })
    }
}

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
    /// How long to train.
    pub length: TrainingLength,
    /// Learning rate, batch size and so on.
    pub policy: TrainingPolicy,
}

/// How long a training alone goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrainingLength {
    /// So many passes over the training sentences.
    Epochs(u64),
    /// Until it stops getting better on the held-out notes, with a limit: ten passes, more where there are few sentences.
    UntilNoBetter,
}

/// What local training did.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "Trained"))]
pub struct TrainReport {
    /// Steps taken.
    pub steps: u64,
    /// Epochs finished.
    pub epochs: u64,
    /// Whether it ended before its limit, because it had stopped getting better.
    pub stopped_early: bool,
    /// Whether it was cancelled.
    pub cancelled: bool,
    /// Scores on the held-out notes at the end, if there are any.
    pub scores: Option<Scores>,
}

impl Session {
    /// Trains both modules on the site's own notes. Of the models after each epoch that is scored, the best on the held-out notes is
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
        corpus.is_read_for(&spec)?;
        let (examples, held_out) = (corpus.training(&spec), corpus.held_out(&spec));
        let schedule = match task.length {
            TrainingLength::Epochs(epochs) => Schedule::of_epochs(&task.policy, &examples, epochs),
            TrainingLength::UntilNoBetter => Schedule::alone(&task.policy, &examples),
        };
        self.state.trained_on = Some(corpus.training_counts());
        self.models = SiteModels::Session { origin: Origin::Alone };
        let (mut steps, mut epochs, mut stopped_early) = (0, 0, false);
        let mut best = BestCheckpoint::default();
        let mut scores = self.report_scores(&held_out, When::Start, 0, observer).await?;
        while epochs < schedule.epochs() && !stopped_early && !observer.is_cancelled() {
            let epoch = schedule.epoch(epochs);
            let end = epoch.end;
            steps += self.take_steps(&schedule, epoch, 0, observer).await?;
            if steps == end {
                epochs += 1;
            }
            if steps < end || schedule.is_scored_after(epochs) {
                let newest = self.report_scores(&held_out, When::Epoch, epochs, observer).await?;
                best.offer(newest.as_ref(), &self.model);
                scores = newest.or(scores);
                stopped_early = task.length == TrainingLength::UntilNoBetter && best.is_stale();
            }
        }
        let cancelled = epochs < schedule.epochs() && !stopped_early;
        if !cancelled {
            scores = best.restore(self, epochs, observer).or(scores);
        }
        self.report_checkpoint(observer).await?;
        Ok(TrainReport { steps, epochs, stopped_early, cancelled, scores })
    }
}

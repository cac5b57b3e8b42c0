//! Training in a federation: the steps of each round, then some passes over the site's notes alone.

use super::{TrainError, best_checkpoint::BestCheckpoint, schedule::FederatedSchedule};
use crate::{
    batch::Example,
    observer::{Observer, When},
    scores::Scores,
    session::{Origin, Session},
};

/// How the passes alone ended.
#[derive(Debug, Clone, PartialEq)]
pub enum FinishOutcome {
    /// All are taken; with the scores of the model that was kept, if there are held-out sentences.
    Done(Option<Scores>),
    /// The person stopped it.
    Cancelled,
}

impl Session {
    /// Takes the steps of one round, counted from 1; returns whether it took all of them or was cancelled before.
    ///
    /// # Errors
    /// When the device failed or there is nothing to train on. The session is then at its last good step.
    pub async fn train_round(
        &mut self,
        schedule: &FederatedSchedule<'_>,
        round: u32,
        observer: &mut impl Observer,
    ) -> Result<bool, TrainError> {
        let steps = schedule.round(round);
        let wanted = steps.end - steps.start;
        Ok(self.take_steps(&schedule.schedule, steps, round, observer).await? == wanted)
    }

    /// Takes the passes alone that follow the last round and were not taken yet. Of the models before them and after
    /// each (or some, where they are many and short), the best on held-out sentences is kept; without such sentences the last one is. Passes that were finished
    /// before it was cancelled are not taken again.
    ///
    /// # Errors
    /// When the device failed or there is nothing to train on. The session is then at its last good step.
    pub async fn finish(
        &mut self,
        schedule: &FederatedSchedule<'_>,
        held_out: &[Example],
        observer: &mut impl Observer,
    ) -> Result<FinishOutcome, TrainError> {
        let mut best = BestCheckpoint::default();
        let scores = self.report_scores(held_out, When::End, 0, observer).await?;
        best.offer(scores.as_ref(), &self.model);
        while self.state.finish_passes < schedule.finish_passes() {
            let steps = schedule.finish_pass(self.state.finish_passes);
            let wanted = steps.end - steps.start;
            let taken = self.take_steps(&schedule.schedule, steps, self.state.version, observer).await?;
            if taken < wanted {
                self.report_checkpoint(observer).await?;
                return Ok(FinishOutcome::Cancelled);
            }
            self.state.finish_passes += 1;
            if schedule.is_scored_after(self.state.finish_passes) {
                let pass = u64::from(self.state.finish_passes);
                let scores = self.report_scores(held_out, When::Epoch, pass, observer).await?;
                best.offer(scores.as_ref(), &self.model);
            }
        }
        let passes = u64::from(self.state.finish_passes);
        let scores = best.restore(self, passes, observer);
        if let (true, Some(federation)) = (held_out.is_empty(), self.state.federation.clone()) {
            let passes = self.state.finish_passes;
            self.offer(None, Origin::Finish { federation, passes }, observer);
        }
        self.report_checkpoint(observer).await?;
        Ok(FinishOutcome::Done(scores))
    }
}

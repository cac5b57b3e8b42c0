//! Takes the steps of a schedule.

use std::ops::Range;

use super::{
    LossQueue, TrainError,
    schedule::{Schedule, TakenStep},
    step,
};
use crate::{batch::Batch, corpus::NotRead, features::FeatureHasher, observer::Observer, session::Session};

impl Session {
    /// Takes some steps of a schedule; returns how many it took before they ended or it was cancelled.
    ///
    /// # Errors
    /// When the device failed or there is nothing to train on. The session is then at its last good step.
    pub(super) async fn take_steps(
        &mut self,
        schedule: &Schedule<'_>,
        steps: Range<u64>,
        round: u32,
        observer: &mut impl Observer,
    ) -> Result<u64, TrainError> {
        if schedule.examples.is_empty() {
            return Err(TrainError::NoSentences);
        }
        let spec = self.model.layout().spec();
        if let Some(encoder) = &spec.pretrained
            && schedule.examples.iter().any(|example| example.vectors.len() != example.tags.len() * encoder.width)
        {
            return Err(NotRead(encoder.clone()).into());
        }
        let rows_per_token = FeatureHasher::new(self.model.layout().spec()).rows_per_token();
        let (epoch_steps, seed) = (schedule.epoch_steps(), self.state.seed);
        let (mut epoch, mut batches) = (u64::MAX, Vec::new());
        let (mut losses, mut taken) = (LossQueue::default(), 0);
        for number in steps {
            if observer.is_cancelled() {
                break;
            }
            if epoch != number / epoch_steps {
                epoch = number / epoch_steps;
                batches = schedule.batches(epoch, seed);
            }
            let chosen: &Vec<usize> = &batches[(number % epoch_steps) as usize];
            let batch = Batch::new(chosen.iter().map(|example| &schedule.examples[*example]), rows_per_token);
            let words = batch.tokens();
            let rate = schedule.learning_rate(number, self.optimiser.steps());
            let loss = step(&mut self.model, &mut self.optimiser, batch, rate, schedule.policy, seed).await?;
            losses.push(TakenStep { step: number, round, words }, loss);
            while let Some((step, loss)) = losses.due().await? {
                observer.event(schedule.event(step, loss));
            }
            taken += 1;
            self.unsaved_steps += 1;
            if observer.checkpoint_is_due(self.unsaved_steps) {
                self.report_checkpoint(observer).await?;
            }
            observer.yield_now().await;
        }
        while let Some((step, loss)) = losses.next().await? {
            observer.event(schedule.event(step, loss));
        }
        Ok(taken)
    }
}

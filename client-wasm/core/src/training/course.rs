//! All that a site trains in a federation: its part of every round, then some passes alone.

use fedner_protocol::{RoundPolicy, TrainingPolicy};

use super::{
    Session, TrainError,
    best::Best,
    session::{Plan, steps_per_epoch},
};
use crate::{
    batch::Example,
    observer::{Observer, When},
    scores::Scores,
};

/// A site's steps in a federation, from the first round to the last pass alone. The learning rate falls over them all.
#[derive(Debug, Clone, Copy)]
pub struct Course<'a> {
    rounds: &'a RoundPolicy,
    policy: &'a TrainingPolicy,
    examples: &'a [Example],
    /// Steps of one pass over the examples.
    pass: u64,
}

impl<'a> Course<'a> {
    /// The course of a site with these sentences to train on.
    pub fn new(rounds: &'a RoundPolicy, policy: &'a TrainingPolicy, examples: &'a [Example]) -> Self {
        Self { rounds, policy, examples, pass: steps_per_epoch(examples, policy) }
    }

    /// Steps of all rounds.
    fn steps_of_rounds(&self) -> u64 {
        self.rounds.local_steps.of_round(self.rounds.rounds, self.pass).end
    }

    fn plan(&self, first: u64, steps: u64, round: u32) -> Plan<'a> {
        let horizon = self.steps_of_rounds() + u64::from(self.policy.finish_passes) * self.pass;
        Plan { policy: self.policy, examples: self.examples, first, steps, horizon, round }
    }
}

impl Session {
    /// Takes the steps of one round, counted from 1; says whether it took them all, or was cancelled before.
    ///
    /// # Errors
    /// When the device failed or there is nothing to train on. The session is then at its last good step.
    pub async fn train_round(
        &mut self,
        course: &Course<'_>,
        round: u32,
        observer: &mut impl Observer,
    ) -> Result<bool, TrainError> {
        let places = course.rounds.local_steps.of_round(round, course.pass);
        let steps = places.end - places.start;
        Ok(self.run(&course.plan(places.start, steps, round), observer).await? == steps)
    }

    /// Takes the passes alone that follow the last round and are not taken yet. Of the models after each and of that
    /// before, the best on held-out sentences stays; without such sentences the last one does. Returns its scores, or
    /// says that it was cancelled: the passes that were finished are then not taken again.
    ///
    /// # Errors
    /// When the device failed or there is nothing to train on. The session is then at its last good step.
    pub async fn finish(
        &mut self,
        course: &Course<'_>,
        held_out: &[Example],
        observer: &mut impl Observer,
    ) -> Result<Finish, TrainError> {
        let mut best = Best::default();
        let scores = self.report(held_out, When::End, 0, observer).await?;
        best.offer(scores.as_ref(), &self.model);
        while self.standing.finish_passes < course.policy.finish_passes {
            let first = course.steps_of_rounds() + u64::from(self.standing.finish_passes) * course.pass;
            let taken = self.run(&course.plan(first, course.pass, self.standing.version), observer).await?;
            if taken < course.pass {
                self.save_to(observer).await?;
                return Ok(Finish::Cancelled);
            }
            self.standing.finish_passes += 1;
            let pass = u64::from(self.standing.finish_passes);
            let scores = self.report(held_out, When::Epoch, pass, observer).await?;
            best.offer(scores.as_ref(), &self.model);
        }
        let passes = u64::from(self.standing.finish_passes);
        let scores = best.settle(self, passes, observer);
        self.save_to(observer).await?;
        Ok(Finish::Done(scores))
    }
}

/// How the passes alone ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Finish {
    /// All are taken; with the scores of the model that stayed, if there are held-out sentences.
    Done(Option<Scores>),
    /// The person stopped it.
    Cancelled,
}

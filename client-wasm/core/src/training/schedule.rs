//! Which steps a training takes: how many, over which sentences, and at which learning rate.

use std::ops::Range;

use fedner_protocol::{RoundPolicy, TrainingPolicy};

use crate::{
    batch::{Example, epoch_order},
    observer::Event,
};

/// The learning rate never falls below this share of its peak.
const RATE_FLOOR: f32 = 0.05;

/// All steps of one training, counted from 0. Each epoch takes every sentence once, in batches drawn anew; the learning
/// rate falls over all steps together.
#[derive(Debug, Clone, Copy)]
pub struct Schedule<'a> {
    /// Batch size, learning rate and so on.
    pub(super) policy: &'a TrainingPolicy,
    /// The sentences to train on.
    pub(super) examples: &'a [Example],
    steps: u64,
}

impl<'a> Schedule<'a> {
    /// This many steps.
    pub(super) fn of_steps(policy: &'a TrainingPolicy, examples: &'a [Example], steps: u64) -> Self {
        Self { policy, examples, steps }
    }

    /// This many passes over the sentences.
    pub(super) fn of_epochs(policy: &'a TrainingPolicy, examples: &'a [Example], epochs: u64) -> Self {
        Self::of_steps(policy, examples, epochs * epoch_steps(examples, policy))
    }

    /// Steps of an epoch.
    pub(super) fn epoch_steps(&self) -> u64 {
        epoch_steps(self.examples, self.policy)
    }

    /// The steps of an epoch, counted from 0.
    pub(super) fn epoch(&self, epoch: u64) -> Range<u64> {
        epoch * self.epoch_steps()..(epoch + 1) * self.epoch_steps()
    }

    /// The batches of an epoch, as indices into the sentences.
    pub(super) fn batches(&self, epoch: u64, seed: u64) -> Vec<Vec<usize>> {
        let lengths: Vec<usize> = self.examples.iter().map(|example| example.tags.len()).collect();
        let seed = seed.wrapping_add(epoch.wrapping_mul(0x9e37_79b9));
        epoch_order(&lengths, self.policy.batch_size as usize, seed)
    }

    /// Rises over the optimiser's first steps, then falls in a line until the last step.
    pub(super) fn learning_rate(&self, step: u64, optimiser_steps: u64) -> f32 {
        let warm_up = match self.policy.warmup_steps {
            0 => 1.0,
            steps => ((optimiser_steps + 1) as f32 / steps as f32).min(1.0),
        };
        let left = 1.0 - step as f32 / self.steps.max(1) as f32;
        self.policy.learning_rate * warm_up * left.max(RATE_FLOOR)
    }

    /// What an observer learns of a step that was taken.
    pub(super) fn event(&self, step: TakenStep, loss: f64) -> Event {
        let epoch_steps = self.epoch_steps();
        Event::Step {
            step: step.step + 1,
            steps: self.steps,
            epoch: step.step / epoch_steps + 1,
            epochs: self.steps.div_ceil(epoch_steps),
            round: step.round,
            loss,
            words: step.words,
        }
    }
}

/// A step whose loss may still be computed.
#[derive(Debug, Clone, Copy)]
pub(super) struct TakenStep {
    /// Its number in the schedule.
    pub step: u64,
    /// The round, or 0 outside of a federation.
    pub round: u32,
    /// Words in its batch.
    pub words: usize,
}

/// A site's steps in a federation: those of every round, then some passes over its notes alone.
#[derive(Debug, Clone, Copy)]
pub struct FederatedSchedule<'a> {
    pub(super) schedule: Schedule<'a>,
    rounds: &'a RoundPolicy,
}

impl<'a> FederatedSchedule<'a> {
    /// The schedule of a site with these sentences to train on.
    pub fn new(rounds: &'a RoundPolicy, policy: &'a TrainingPolicy, examples: &'a [Example]) -> Self {
        let epoch_steps = epoch_steps(examples, policy);
        let steps = steps_of_rounds(rounds, epoch_steps) + u64::from(policy.finish_passes) * epoch_steps;
        Self { schedule: Schedule::of_steps(policy, examples, steps), rounds }
    }

    /// The steps of a round, counted from 1.
    pub(super) fn round(&self, round: u32) -> Range<u64> {
        self.rounds.local_steps.of_round(round, self.schedule.epoch_steps())
    }

    /// Number of passes alone after the last round.
    pub(super) fn finish_passes(&self) -> u32 {
        self.schedule.policy.finish_passes
    }

    /// The steps of a pass alone, counted from 0.
    pub(super) fn finish_pass(&self, pass: u32) -> Range<u64> {
        let epoch_steps = self.schedule.epoch_steps();
        let first = steps_of_rounds(self.rounds, epoch_steps) + u64::from(pass) * epoch_steps;
        first..first + epoch_steps
    }
}

fn steps_of_rounds(rounds: &RoundPolicy, epoch_steps: u64) -> u64 {
    rounds.local_steps.of_round(rounds.rounds, epoch_steps).end
}

/// Steps that take every sentence once.
pub(super) fn epoch_steps(examples: &[Example], policy: &TrainingPolicy) -> u64 {
    (examples.len() as u64).div_ceil(u64::from(policy.batch_size)).max(1)
}

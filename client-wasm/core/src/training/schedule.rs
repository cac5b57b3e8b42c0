//! Which steps a training takes: how many, over which sentences, and at which learning rate.

use std::ops::Range;

use fedner_protocol::{RoundPolicy, TrainingPolicy};

use crate::{
    batch::{Example, epoch_order},
    observer::Event,
};

/// Passes of a training alone, where it is not a person who says how many.
const ALONE_PASSES: u64 = 10;
/// Least steps of such a training: with few notes ten passes teach too little. As many as in a federation with the default
/// policy, so that the two can be compared.
const ALONE_STEPS_MIN: u64 = 280;
/// Most passes of such a training, for a handful of sentences.
const ALONE_PASSES_MAX: u64 = 100;
/// Times that a model is scored on held-out sentences during a training of many short passes.
const SCORINGS: u64 = 10;

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

    /// Passes over the sentences until the model is as good as it gets: more where there are few of them.
    pub(super) fn alone(policy: &'a TrainingPolicy, examples: &'a [Example]) -> Self {
        let least = ALONE_STEPS_MIN.div_ceil(epoch_steps(examples, policy));
        Self::of_epochs(policy, examples, least.clamp(ALONE_PASSES, ALONE_PASSES_MAX))
    }

    /// This many passes over the sentences.
    pub(super) fn of_epochs(policy: &'a TrainingPolicy, examples: &'a [Example], epochs: u64) -> Self {
        Self::of_steps(policy, examples, epochs * epoch_steps(examples, policy))
    }

    /// Steps of an epoch.
    pub(super) fn epoch_steps(&self) -> u64 {
        epoch_steps(self.examples, self.policy)
    }

    /// Passes over the sentences.
    pub(super) fn epochs(&self) -> u64 {
        self.steps.div_ceil(self.epoch_steps())
    }

    /// Whether the model is scored after an epoch, counted from 1: after each of a few, after some of many short ones.
    pub(super) fn is_scored_after(&self, epoch: u64) -> bool {
        is_scored_after(epoch, self.epochs())
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
        let steps = steps_of_rounds(rounds, epoch_steps) + policy.finish_passes_of(epoch_steps) * epoch_steps;
        Self { schedule: Schedule::of_steps(policy, examples, steps), rounds }
    }

    /// The steps of a round, counted from 1.
    pub(super) fn round(&self, round: u32) -> Range<u64> {
        self.rounds.local_steps.of_round(round, self.schedule.epoch_steps())
    }

    /// Number of passes alone after the last round.
    pub fn finish_passes(&self) -> u32 {
        u32::try_from(self.schedule.policy.finish_passes_of(self.schedule.epoch_steps())).unwrap_or(u32::MAX)
    }

    /// Whether the model is scored after a pass alone, counted from 1.
    pub(super) fn is_scored_after(&self, pass: u32) -> bool {
        is_scored_after(u64::from(pass), u64::from(self.finish_passes()))
    }

    /// The steps of a pass alone, counted from 0.
    pub(super) fn finish_pass(&self, pass: u32) -> Range<u64> {
        let epoch_steps = self.schedule.epoch_steps();
        let first = steps_of_rounds(self.rounds, epoch_steps) + u64::from(pass) * epoch_steps;
        first..first + epoch_steps
    }
}

fn is_scored_after(pass: u64, passes: u64) -> bool {
    pass == passes || pass.is_multiple_of(passes.div_ceil(SCORINGS).max(1))
}

fn steps_of_rounds(rounds: &RoundPolicy, epoch_steps: u64) -> u64 {
    rounds.local_steps.of_round(rounds.rounds, epoch_steps).end
}

/// Steps that take every sentence once.
pub(super) fn epoch_steps(examples: &[Example], policy: &TrainingPolicy) -> u64 {
    (examples.len() as u64).div_ceil(u64::from(policy.batch_size)).max(1)
}

#[cfg(test)]
mod tests {
    use fedner_protocol::ModelSpec;

    use super::*;
    use crate::training::tests::corpus;

    #[test]
    fn few_sentences_are_gone_through_more_often() {
        let all = corpus().training(&ModelSpec::small());
        let (policy, rounds) = (TrainingPolicy::default(), RoundPolicy::default());
        // Sentences, steps of a pass, passes alone, steps of a round, passes alone after the last round.
        let expected = [(1, 1, 100, 28, 112), (30, 2, 100, 28, 56), (400, 25, 12, 28, 5), (1600, 100, 10, 100, 4)];
        for (sentences, pass, alone, round, finish) in expected {
            let examples: Vec<_> = all.iter().cycle().take(sentences).cloned().collect();
            let schedule = Schedule::alone(&policy, &examples);
            assert_eq!((schedule.epoch_steps(), schedule.epochs()), (pass, alone), "{sentences}");
            let scored = (1..=alone).filter(|epoch| schedule.is_scored_after(*epoch)).count() as u64;
            assert!((alone.min(SCORINGS) / 2..=SCORINGS + 1).contains(&scored) && schedule.is_scored_after(alone));
            let federated = FederatedSchedule::new(&rounds, &policy, &examples);
            let first = federated.round(1);
            assert_eq!((first.end - first.start, federated.finish_passes()), (round, finish), "{sentences}");
            // The rounds and then the passes alone, without a gap.
            assert_eq!(federated.round(rounds.rounds).end, federated.finish_pass(0).start);
        }
        let none = TrainingPolicy { finish_passes: 0, ..policy };
        assert_eq!(FederatedSchedule::new(&rounds, &none, &all).finish_passes(), 0);
    }
}

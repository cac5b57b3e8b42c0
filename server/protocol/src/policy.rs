//! What an operator decides about a federation.

mod aggregation;
mod local_steps;
mod secure_aggregation;

use serde::{Deserialize, Serialize};

use crate::TopKUpdate;

pub use self::aggregation::{Aggregation, UpdateBounds, Weighting};
pub use self::local_steps::LocalSteps;
pub use self::secure_aggregation::SecureAggregation;

/// Longest a round may stay open, in seconds: one week.
const DEADLINE_S_MAX: u32 = 7 * 24 * 3600;
/// Most rounds of one federation.
const ROUNDS_MAX: u32 = 100_000;
/// Most sites of one federation.
const SITES_MAX: u32 = 10_000;
/// Most passes alone after the last round.
const FINISH_PASSES_MAX: u32 = 1000;
/// Most of the steps that a site takes alone at least.
const FINISH_STEPS_MIN_MAX: u32 = 100_000;
/// Least steps of a round by default, and of what follows the last round: a site with few notes goes through them more
/// often than one with many. `tests/experiment` compares them with others.
const ROUND_STEPS_MIN: u32 = 28;
const FINISH_STEPS_MIN: u32 = 112;
/// Most steps of a round by default, about a minute in a tab.
const ROUND_STEPS_MAX: u32 = 1000;

/// When rounds open and close.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RoundPolicy {
    /// Sites that must be present for a round to open.
    pub min_sites: u32,
    /// Updates with which a round may close at its deadline, or when nobody else is present.
    pub quorum: u32,
    /// How long a round waits for updates, in seconds.
    pub deadline_s: u32,
    /// Rounds until the federation is finished.
    pub rounds: u32,
    /// How far a site trains in one round.
    pub local_steps: LocalSteps,
}

impl Default for RoundPolicy {
    fn default() -> Self {
        let (steps_min, steps_max) = (Some(ROUND_STEPS_MIN), Some(ROUND_STEPS_MAX));
        let local_steps = LocalSteps::Pass { rounds_per_pass: 1, steps_min, steps_max };
        Self { min_sites: 3, quorum: 3, deadline_s: 600, rounds: 6, local_steps }
    }
}

/// How an update's values are written on their way to the server, which reads both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UpdateCodec {
    /// As they are, four bytes each.
    F32,
    /// A byte each and a scale a row; what rounding leaves out is added to the site's next update.
    #[default]
    Int8,
    /// Those that changed most, with their places; what is left out is added to the site's next update.
    TopK {
        /// Share of all values that is sent.
        percent: u32,
    },
}

impl UpdateCodec {
    fn validate(self) -> Result<(), PolicyError> {
        let Self::TopK { percent } = self else { return Ok(()) };
        let good = (1..=TopKUpdate::PERCENT_MAX).contains(&percent);
        ensure(good, "update_codec.top-k.percent", percent, "use 1 to 50")
    }
}

/// How every site trains, so that their updates can be averaged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainingPolicy {
    /// Peak learning rate of the local AdamW optimiser.
    pub learning_rate: f32,
    /// Decoupled weight decay.
    pub weight_decay: f32,
    /// Sentences a step.
    pub batch_size: u32,
    /// Largest global norm of a step's gradient.
    pub clip_norm: f32,
    /// Share of encoder channels dropped, one mask a sentence.
    pub dropout: f32,
    /// Share of tokens whose word form is hidden.
    pub word_dropout: f32,
    /// Steps over which the learning rate rises.
    pub warmup_steps: u32,
    /// Passes over its own sentences that a site takes alone after the last round; the learning rate goes on falling
    /// over them. Of the models after each of them and of that before, the best on held-out notes is kept.
    pub finish_passes: u32,
    /// Least steps of these passes together: a site with few notes takes more passes, unless it is to take none.
    pub finish_steps_min: u32,
    /// How a site writes its updates.
    pub update_codec: UpdateCodec,
}

impl Default for TrainingPolicy {
    fn default() -> Self {
        Self {
            learning_rate: 2e-3,
            weight_decay: 0.01,
            batch_size: 16,
            clip_norm: 5.0,
            dropout: 0.25,
            word_dropout: 0.1,
            warmup_steps: 20,
            finish_passes: 4,
            finish_steps_min: FINISH_STEPS_MIN,
            update_codec: UpdateCodec::default(),
        }
    }
}

/// The step the server takes with the merged pseudo-gradient (Reddi et al. 2021).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ServerOptimiser {
    /// `w − learning_rate · g`; with 1.0 this is federated averaging.
    Sgd {
        /// Step size.
        learning_rate: f32,
    },
    /// SGD with a velocity.
    Momentum {
        /// Step size.
        learning_rate: f32,
        /// Share of the velocity kept, below 1.
        momentum: f32,
    },
    /// Adam (Kingma and Ba 2015).
    Adam {
        /// Step size.
        learning_rate: f32,
        /// Decay of the first moment.
        beta_1: f32,
        /// Decay of the second moment.
        beta_2: f32,
        /// Added to the root of the second moment.
        epsilon: f32,
    },
}

impl ServerOptimiser {
    /// Federated averaging: the next version is the mean of what the sites have (McMahan et al. 2017).
    pub const AVERAGING: Self = Self::Sgd { learning_rate: 1.0 };
}

impl Default for ServerOptimiser {
    /// Twice the sites' mean: sites with different labels train different parts of the shared module, so their mean moves
    /// each part too little. Chosen on held-out notes.
    fn default() -> Self {
        Self::Sgd { learning_rate: 2.0 }
    }
}

/// A policy field that is out of bounds.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{field} is {value}: {rule}")]
pub struct PolicyError {
    field: &'static str,
    value: String,
    rule: &'static str,
}

fn ensure(good: bool, field: &'static str, value: impl ToString, rule: &'static str) -> Result<(), PolicyError> {
    if good { Ok(()) } else { Err(PolicyError { field, value: value.to_string(), rule }) }
}

impl RoundPolicy {
    /// Checks every field.
    ///
    /// # Errors
    /// Names the first field that can't work.
    pub fn validate(&self) -> Result<(), PolicyError> {
        let sites = 1..=SITES_MAX;
        ensure(sites.contains(&self.min_sites), "min_sites", self.min_sites, "use 1 to 10000")?;
        ensure(sites.contains(&self.quorum), "quorum", self.quorum, "use 1 to 10000")?;
        ensure(self.quorum <= self.min_sites, "quorum", self.quorum, "it can't exceed min_sites")?;
        ensure((1..=DEADLINE_S_MAX).contains(&self.deadline_s), "deadline_s", self.deadline_s, "use 1 to 604800")?;
        ensure((1..=ROUNDS_MAX).contains(&self.rounds), "rounds", self.rounds, "use 1 to 100000")?;
        self.local_steps.validate()
    }
}

impl TrainingPolicy {
    /// Passes that a site takes alone after the last round, where `pass` steps are one pass over its sentences.
    pub fn finish_passes_of(&self, pass: u64) -> u64 {
        match u64::from(self.finish_passes) {
            0 => 0,
            passes => passes.max(u64::from(self.finish_steps_min).div_ceil(pass.max(1))),
        }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// Names the first field that can't work.
    pub fn validate(&self) -> Result<(), PolicyError> {
        let positive = |v: f32| v.is_finite() && v > 0.0;
        let share = |v: f32| (0.0..1.0).contains(&v);
        ensure(positive(self.learning_rate), "learning_rate", self.learning_rate, "it must be above 0")?;
        ensure(share(self.weight_decay), "weight_decay", self.weight_decay, "use 0 to below 1")?;
        ensure((1..=1024).contains(&self.batch_size), "batch_size", self.batch_size, "use 1 to 1024")?;
        ensure(positive(self.clip_norm), "clip_norm", self.clip_norm, "it must be above 0")?;
        ensure(share(self.dropout), "dropout", self.dropout, "use 0 to below 1")?;
        ensure(share(self.word_dropout), "word_dropout", self.word_dropout, "use 0 to below 1")?;
        self.update_codec.validate()?;
        ensure(self.finish_passes <= FINISH_PASSES_MAX, "finish_passes", self.finish_passes, "use 0 to 1000")?;
        let least = self.finish_steps_min;
        ensure(least <= FINISH_STEPS_MIN_MAX, "finish_steps_min", least, "use 0 to 100000")
    }
}

impl ServerOptimiser {
    /// Checks every field.
    ///
    /// # Errors
    /// Names the first field that can't work.
    pub fn validate(&self) -> Result<(), PolicyError> {
        let positive = |v: f32| v.is_finite() && v > 0.0;
        let share = |v: f32| (0.0..1.0).contains(&v);
        let rate = match *self {
            Self::Sgd { learning_rate } => learning_rate,
            Self::Momentum { learning_rate, momentum } => {
                ensure(share(momentum), "optimiser.momentum", momentum, "use 0 to below 1")?;
                learning_rate
            }
            Self::Adam { learning_rate, beta_1, beta_2, epsilon } => {
                ensure(share(beta_1), "optimiser.beta_1", beta_1, "use 0 to below 1")?;
                ensure(share(beta_2), "optimiser.beta_2", beta_2, "use 0 to below 1")?;
                ensure(positive(epsilon), "optimiser.epsilon", epsilon, "it must be above 0")?;
                learning_rate
            }
        };
        ensure(positive(rate), "optimiser.learning_rate", rate, "it must be above 0")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_and_mistakes_are_named() {
        RoundPolicy::default().validate().unwrap();
        TrainingPolicy::default().validate().unwrap();
        ServerOptimiser::default().validate().unwrap();
        let policy = RoundPolicy { quorum: 4, ..RoundPolicy::default() };
        assert_eq!(policy.validate().unwrap_err().to_string(), "quorum is 4: it can't exceed min_sites");
        let training = TrainingPolicy { update_codec: UpdateCodec::TopK { percent: 51 }, ..TrainingPolicy::default() };
        assert!(training.validate().unwrap_err().to_string().starts_with("update_codec.top-k.percent is 51"));
        let training = TrainingPolicy { dropout: 1.0, ..TrainingPolicy::default() };
        assert!(training.validate().unwrap_err().to_string().starts_with("dropout"));
        let optimiser = ServerOptimiser::Momentum { learning_rate: 1.0, momentum: f32::NAN };
        assert!(optimiser.validate().is_err());
        let endless = TrainingPolicy { finish_passes: 1001, ..TrainingPolicy::default() };
        assert_eq!(endless.validate().unwrap_err().to_string(), "finish_passes is 1001: use 0 to 1000");
    }
}

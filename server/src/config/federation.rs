//! One federation's part of the configuration.

use std::path::PathBuf;

use fedner_protocol::{
    Aggregation, FederationId, LocalSteps, ModelSpec, RoundPolicy, SecureAggregation, ServerOptimiser, TrainingPolicy,
    UpdateBounds, is_plain_name,
};
use serde::{Deserialize, Serialize};

use super::ConfigError;

/// Who may take part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Enrolment {
    /// Whoever can reach the server. For demonstrations and closed networks.
    Open,
    /// Whoever has an invitation that can still be used.
    #[default]
    Invitation,
    /// Nobody new, invited or not; sites that are enrolled go on.
    Closed,
}

/// A federation. Model, seed and initial model are fixed once it has started; all else may change with a restart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FederationConfig {
    /// Its name in URLs: 1 to 64 of a-z, 0-9 and '-'.
    pub id: FederationId,
    /// Its name for people.
    pub name: String,
    /// Who may take part.
    #[serde(default)]
    pub enrolment: Enrolment,
    /// Most sites that can enrol.
    #[serde(default = "sites_max_default")]
    pub sites_max: u32,
    /// Seed from which version 0 of the global shared module is drawn. Fixed once started.
    #[serde(default = "seed_default")]
    pub seed: u64,
    /// File with a shared module to start from instead, read when the federation is started for the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_model: Option<PathBuf>,
    /// Allows a quorum below 3. Of two updates, each site learns the other's: the difference of two versions less its own.
    #[serde(default)]
    pub sites_may_learn_each_others_updates: bool,
    /// How long a site without an open event stream counts as present after its last request, in seconds.
    #[serde(default = "presence_timeout_s_default")]
    pub presence_timeout_s: u32,
    /// Newest versions of the global shared module that are kept.
    #[serde(default = "models_kept_default")]
    pub models_kept: u32,
    /// Newest rounds whose updates are remembered, without their tensors, so that one sent again gets the same answer.
    #[serde(default = "rounds_kept_default")]
    pub rounds_kept: u32,
    /// Sizes of the model. Fixed once started.
    #[serde(default)]
    pub model: ModelSpec,
    /// When rounds open and close.
    #[serde(default)]
    pub rounds: RoundPolicy,
    /// How sites train.
    #[serde(default)]
    pub training: TrainingPolicy,
    /// How a round's updates become one.
    #[serde(default)]
    pub aggregation: Aggregation,
    /// How updates are masked, so that this server learns only their sum; without it they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secure_aggregation: Option<SecureAggregation>,
    /// What a single update may be.
    #[serde(default)]
    pub bounds: UpdateBounds,
    /// The server's own step.
    #[serde(default)]
    pub optimiser: ServerOptimiser,
}

const fn sites_max_default() -> u32 {
    1000
}

const fn seed_default() -> u64 {
    2020
}

const fn presence_timeout_s_default() -> u32 {
    30
}

const fn models_kept_default() -> u32 {
    20
}

const fn rounds_kept_default() -> u32 {
    100
}

/// Fewest updates of which a site can't compute another's from two versions and its own.
const QUORUM_MIN: u32 = 3;
/// Longest name for people, in characters.
const NAME_CHARS_MAX: usize = 200;
/// Most sites a federation can be configured for.
const SITES_MAX: u32 = 100_000;
/// Longest presence after a last request, in seconds.
const PRESENCE_TIMEOUT_S_MAX: u32 = 3600;
/// Most versions kept.
const MODELS_KEPT_MAX: u32 = 100_000;
/// Most rounds whose updates are remembered.
const ROUNDS_KEPT_MAX: u32 = 1_000_000;
/// TOML's integers have 63 bits.
const SEED_MAX: u64 = i64::MAX as u64;

impl FederationConfig {
    /// A federation with a name and defaults for the rest.
    pub fn new(id: FederationId, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            enrolment: Enrolment::default(),
            sites_max: sites_max_default(),
            seed: seed_default(),
            initial_model: None,
            sites_may_learn_each_others_updates: false,
            presence_timeout_s: presence_timeout_s_default(),
            models_kept: models_kept_default(),
            rounds_kept: rounds_kept_default(),
            model: ModelSpec::default(),
            rounds: RoundPolicy::default(),
            training: TrainingPolicy::default(),
            aggregation: Aggregation::default(),
            secure_aggregation: None,
            bounds: UpdateBounds::default(),
            optimiser: ServerOptimiser::default(),
        }
    }

    /// The federation of `--demo`: open for joining by link, small and quick.
    ///
    /// # Panics
    /// Never: its id is a valid one.
    pub fn demo() -> Self {
        let id = "demo".parse().unwrap_or_else(|_| unreachable!("\"demo\" is a federation id"));
        Self {
            enrolment: Enrolment::Open,
            sites_may_learn_each_others_updates: true,
            rounds: RoundPolicy {
                min_sites: 2,
                quorum: 2,
                deadline_s: 120,
                rounds: 40,
                local_steps: LocalSteps::Fixed(10),
            },
            ..Self::new(id, "Demo federation")
        }
    }

    pub(super) fn validate(&self, index: usize) -> Result<(), ConfigError> {
        let field = |name: &str| format!("federations[{index}].{name}");
        let within = |name: &str, value: u64, max: u64| {
            let rule = || format!("it is {value}, use 1 to {max}");
            if (1..=max).contains(&value) { Ok(()) } else { Err(ConfigError::field(&field(name), rule())) }
        };
        let name_is_good = !self.name.trim().is_empty() && is_plain_name(&self.name);
        if !name_is_good || self.name.chars().count() > NAME_CHARS_MAX {
            let rule = format!("use 1 to {NAME_CHARS_MAX} characters in one line, none of them invisible");
            return Err(ConfigError::field(&field("name"), rule));
        }
        if self.seed > SEED_MAX {
            return Err(ConfigError::field(&field("seed"), format!("it must be at most {SEED_MAX}")));
        }
        within("sites_max", u64::from(self.sites_max), u64::from(SITES_MAX))?;
        within("presence_timeout_s", u64::from(self.presence_timeout_s), u64::from(PRESENCE_TIMEOUT_S_MAX))?;
        within("models_kept", u64::from(self.models_kept), u64::from(MODELS_KEPT_MAX))?;
        within("rounds_kept", u64::from(self.rounds_kept), u64::from(ROUNDS_KEPT_MAX))?;
        self.model.validate().map_err(|e| ConfigError::field(&field("model"), e))?;
        self.rounds.validate().map_err(|e| ConfigError::field(&field("rounds"), e))?;
        if self.rounds.quorum < QUORUM_MIN && !self.sites_may_learn_each_others_updates {
            let rule = format!(
                "it is {}: of fewer than {QUORUM_MIN} updates, a site can compute the others' from two versions and its own. \
                 Use at least {QUORUM_MIN}, or set sites_may_learn_each_others_updates = true for this federation",
                self.rounds.quorum
            );
            return Err(ConfigError::field(&field("rounds.quorum"), rule));
        }
        self.training.validate().map_err(|e| ConfigError::field(&field("training"), e))?;
        self.aggregation.validate(self.rounds.quorum).map_err(|e| ConfigError::field(&field("aggregation"), e))?;
        if let Some(secure) = &self.secure_aggregation {
            let (sites, quorum) = (self.rounds.min_sites, self.rounds.quorum);
            let checked = secure.validate(self.aggregation, sites, quorum);
            checked.map_err(|e| ConfigError::field(&field("secure_aggregation"), e))?;
            if self.bounds.norm_clip.is_some() {
                let rule = "secure_aggregation hides each update, so none can be scaled by its norm; leave it out";
                return Err(ConfigError::field(&field("bounds.norm_clip"), rule));
            }
        }
        self.bounds.validate().map_err(|e| ConfigError::field(&field("bounds"), e))?;
        self.optimiser.validate().map_err(|e| ConfigError::field(&field("optimiser"), e))
    }
}

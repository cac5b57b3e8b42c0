//! Objects for training, for taking part in a federation, and for models.

use fedner_core::{
    enrolment::Enrolment,
    export::About,
    session::{ModelsReport, Session},
};
use fedner_protocol::{Identity, PretrainedEncoder};
use serde::{Deserialize, Serialize};

/// What to train locally.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TrainInput {
    /// Passes over the notes; null: until it stops getting better.
    #[serde(default)]
    pub epochs: Option<u64>,
    /// Seed of a new model, of batches and dropout.
    pub seed: u64,
    /// The pretrained encoder that reads the notes first; null: none. A model with another one is replaced by a new one.
    #[serde(default)]
    pub encoder: Option<PretrainedEncoder>,
}

/// How to learn in the background.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct LearnInput {
    /// Seed of a new model, of batches and dropout.
    pub seed: u64,
    /// The pretrained encoder of a new model; null: none. A model that is there stays as it is.
    #[serde(default)]
    pub encoder: Option<PretrainedEncoder>,
}

/// Which federation to enrol in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct EnrolInput {
    /// Origin of the server.
    pub server: String,
    /// The federation.
    pub federation: String,
    /// An invitation's secret, where one is needed.
    #[serde(default)]
    pub invitation: Option<String>,
    /// The site's identity key, with its proof for this federation and invitation.
    #[serde(default)]
    pub identity: Option<Identity>,
}

/// What an exported model's file says about it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ExportModelInput {
    /// The model's name, and part of the file's.
    name: String,
    /// The day, as it should stand in the card.
    date: String,
}

impl ExportModelInput {
    /// For the card.
    pub fn about(&self) -> About {
        About { name: self.name.clone(), date: self.date.clone() }
    }

    /// A name that every file system takes.
    pub fn file_name(&self) -> String {
        let safe = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '-' };
        let name: String = self.name.trim().chars().take(FILE_NAME_CHARS_MAX).map(safe).collect();
        format!("fedner-{}.zip", if name.is_empty() { "model" } else { &name })
    }
}

/// Longest part of a model's name that its file's name takes.
const FILE_NAME_CHARS_MAX: usize = 60;

/// Which federation to take part in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ParticipateInput {
    /// Origin of the server.
    pub server: String,
    /// The federation.
    pub federation: String,
    /// An invitation's secret, where one is needed.
    #[serde(default)]
    pub invitation: Option<String>,
    /// The site's identity key, with its proof for this federation and invitation.
    #[serde(default)]
    pub identity: Option<Identity>,
    /// What an earlier `enrolled` event held.
    #[serde(default, rename = "participation")]
    pub enrolment: Option<Enrolment>,
    /// Whether a site without a model of its own trains one alone at the end, to compare.
    #[serde(default)]
    pub baseline: bool,
    /// Whether the person has agreed to masked updates only (secure aggregation).
    #[serde(default)]
    pub masked_only: bool,
}

/// What a restored model was trained on so far.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "Restored"))]
pub struct RestoreReport {
    /// Its label set.
    pub labels: Vec<String>,
    /// Version of its shared module.
    pub version: u32,
    /// Rounds it took part in.
    pub rounds: u32,
    /// Optimiser steps it has taken.
    pub steps: u64,
    /// The site's own model and the federation's.
    pub models: ModelsReport,
}

impl From<&Session> for RestoreReport {
    fn from(session: &Session) -> Self {
        Self {
            labels: session.model.layout().labels().types().to_vec(),
            version: session.state.version,
            rounds: session.state.rounds,
            steps: session.optimiser.steps(),
            models: session.models_report(),
        }
    }
}

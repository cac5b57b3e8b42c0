//! What training and models are asked and tell.

use fedner_core::{observer::Participation, training::Session};
use fedner_protocol::Identity;
use serde::{Deserialize, Serialize};

/// What to train locally.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainInput {
    /// Passes over the notes.
    pub epochs: u64,
    /// Seed of a new model, of batches and dropout.
    pub seed: u64,
}

/// How to learn in the background.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearnInput {
    /// Seed of a new model, of batches and dropout.
    pub seed: u64,
}

/// Which federation to enrol in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
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

/// Which federation to take part in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
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
    #[serde(default)]
    pub participation: Option<Participation>,
    /// Seed of a new model's private module.
    pub seed: u64,
}

/// Where a restored model stands.
#[derive(Serialize)]
pub struct RestoreReport {
    /// Its label set.
    pub labels: Vec<String>,
    /// Version of its shared module.
    pub version: u32,
    /// Rounds it took part in.
    pub rounds: u32,
    /// Optimiser steps it has taken.
    pub steps: u64,
}

impl From<&Session> for RestoreReport {
    fn from(session: &Session) -> Self {
        Self {
            labels: session.model.layout().labels().types().to_vec(),
            version: session.standing.version,
            rounds: session.standing.rounds,
            steps: session.optimiser.steps(),
        }
    }
}

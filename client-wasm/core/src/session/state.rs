//! What a session knows of its past.

use fedner_protocol::FederationId;
use serde::{Deserialize, Serialize};

use crate::corpus::TrainingCounts;

/// What a model was trained on so far; part of its checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionState {
    /// The federation whose shared module it has, if any.
    pub federation: Option<FederationId>,
    /// Version of that shared module.
    pub version: u32,
    /// Rounds that this site has sent an update in.
    pub rounds: u32,
    /// Seed of batches and dropout.
    pub seed: u64,
    /// Passes over the site's own notes since that version, which was the federation's last.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub finish_passes: u32,
    /// What its last training was on, if it was trained here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained_on: Option<TrainingCounts>,
}

fn is_zero(passes: &u32) -> bool {
    *passes == 0
}

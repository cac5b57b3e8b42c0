//! Events of long operations.

use serde::Serialize;

use crate::{scores::Scores, session::ModelsReport};

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "CoreEvent"))]
#[allow(clippy::large_enum_variant, reason = "events are handed on one by one, not kept in large numbers")]
pub enum Event {
    /// A training step was taken.
    Step {
        /// Steps taken, this one included.
        step: u64,
        /// Steps of the whole operation.
        steps: u64,
        /// The epoch, from 1.
        epoch: u64,
        /// Epochs of the whole operation.
        epochs: u64,
        /// The round, or 0 when training locally.
        round: u32,
        /// Mean negative log likelihood of a sentence.
        loss: f64,
        /// Words in the step.
        words: usize,
    },
    /// The model was scored on the held-out notes.
    Scores {
        /// Why now.
        when: When,
        /// The epoch, from 1; 0 before the first.
        epoch: u64,
        /// The round, or 0.
        round: u32,
        /// Steps taken so far.
        step: u64,
        /// The scores.
        scores: Scores,
    },
    /// The state of the federation, or of this site in it, has changed.
    Round(RoundProgress),
    /// The site has other models to choose from, or other scores of them.
    Models {
        /// What they are.
        #[serde(flatten)]
        report: ModelsReport,
    },
    /// A new model is about to replace the present one: other sizes, or another private part for other labels. The last
    /// checkpoint of the present one is worth keeping.
    Replaced {
        /// Why, in words.
        reason: String,
    },
    /// A step of learning in the background was taken.
    Learning {
        /// Steps taken, this one included.
        step: u64,
        /// Steps of the whole run.
        steps: u64,
    },
    /// The model has learnt in the background; predictions are those of the new model from now on.
    Learned {
        /// What it learnt from, and its scores.
        #[serde(flatten)]
        report: LearnReport,
    },
    /// Documents were assessed.
    Assessed {
        /// Number of documents that were assessed so far.
        done: usize,
        /// Number of all documents.
        total: usize,
    },
    /// Something a person should know.
    Notice {
        /// In words.
        message: String,
    },
}

/// When a model was scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "ScoresWhen"))]
pub enum When {
    /// Before the first step.
    Start,
    /// After an epoch.
    Epoch,
    /// After the training of a round, before its merge.
    Trained,
    /// After a merged shared module was put into the model.
    Round,
    /// At the end.
    End,
}

/// The state of a participant in its federation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RoundProgress {
    /// What it is doing.
    pub phase: RoundPhase,
    /// The round.
    pub round: u32,
    /// Version of the shared module it has.
    pub version: u32,
    /// Sites that are present.
    pub present: u32,
    /// Rounds of the whole federation; 0 before they are known.
    pub rounds: u32,
    /// Sites needed to open a round.
    pub min_sites: u32,
    /// Updates the round has.
    pub received: u32,
    /// Milliseconds until the round's deadline, when the server said so.
    pub deadline_in_ms: u64,
}

/// What a participant is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum RoundPhase {
    /// Asking to take part.
    Enrolling,
    /// Waiting for more sites.
    Waiting,
    /// The operator has paused the federation.
    Paused,
    /// Fetching the global shared module.
    Downloading,
    /// Training locally.
    Training,
    /// Posting its update.
    Uploading,
    /// Its update is acknowledged; others still train.
    WaitingForMerge,
    /// The merged shared module was put into the model.
    Merged,
    /// All rounds are done; it takes the last passes over its notes alone.
    Finishing,
    /// It trains a model on its notes alone, to compare the federation's with.
    Comparing,
    /// All is done.
    Finished,
}

/// What background learning did.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "Learned"))]
pub struct LearnReport {
    /// Steps taken.
    pub steps: u64,
    /// Sentences it learnt from.
    pub sentences: usize,
    /// Entities in them.
    pub entities: usize,
    /// Whether it was cancelled; what was learnt until then is kept.
    pub cancelled: bool,
    /// Scores on the held-out notes, if there are any and it was not cancelled.
    pub scores: Option<Scores>,
}

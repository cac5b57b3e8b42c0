//! How a long operation tells what it does, and is told to stop.

use fedner_protocol::{FederationId, SiteId};
use serde::{Deserialize, Serialize};

use crate::{model::Model, scores::Scores, training::LearnReport};

/// Steps from one checkpoint of a training to the next, where the host does not say otherwise.
const CHECKPOINT_STEPS: u64 = 100;

/// Watches training and participation. A host that has an event loop gets its turn in
/// [`Observer::breathe`]; nothing else here may take long.
#[allow(async_fn_in_trait, reason = "both hosts drive these futures on one thread, so no Send bound is missed")]
pub trait Observer {
    /// Something happened.
    fn event(&mut self, event: Event);

    /// The model as it is now: what predictions should use from here on.
    fn publish(&mut self, model: &Model);

    /// A checkpoint to keep, so that nothing is lost when the page goes away.
    fn checkpoint(&mut self, bytes: Vec<u8>);

    /// Whether a checkpoint is to be made amid a training, so many steps after the last one. A host
    /// with a clock goes by that: steps take milliseconds on one device and seconds on another.
    fn checkpoint_is_due(&self, steps: u64) -> bool {
        steps >= CHECKPOINT_STEPS
    }

    /// Whether to stop after the step under way.
    fn is_cancelled(&self) -> bool;

    /// Lets the host handle its own messages; called between steps.
    async fn breathe(&mut self);
}

/// For what nobody watches or stops.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Observer for Unwatched {
    fn event(&mut self, _: Event) {}

    fn publish(&mut self, _: &Model) {}

    fn checkpoint(&mut self, _: Vec<u8>) {}

    fn is_cancelled(&self) -> bool {
        false
    }

    async fn breathe(&mut self) {}
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
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
    /// The federation moved on.
    Round(RoundProgress),
    /// The server enrolled this site; to be kept for the next time.
    Enrolled {
        /// What to keep.
        participation: Participation,
    },
    /// A new model takes the place of the one there was, whose last checkpoint is worth keeping aside.
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
    /// The model has learnt in the background.
    Learned {
        /// From what, and how good it is now.
        #[serde(flatten)]
        report: LearnReport,
    },
    /// Files were read.
    Imported {
        /// So many.
        done: usize,
        /// Of so many.
        total: usize,
    },
    /// Documents were assessed.
    Assessed {
        /// So many.
        done: usize,
        /// Of so many.
        total: usize,
    },
    /// Something a person should know.
    Notice {
        /// In words.
        message: String,
    },
}

/// When scores were taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// Before the first step.
    Start,
    /// After an epoch.
    Epoch,
    /// After a merged shared module was taken in.
    Round,
    /// When all is done.
    End,
}

/// Where a participant stands in its federation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RoundProgress {
    /// What it is doing.
    pub phase: RoundPhase,
    /// The round.
    pub round: u32,
    /// Version of the shared module it has.
    pub version: u32,
    /// Sites that are present.
    pub present: u32,
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
    /// The merged shared module was taken in.
    Merged,
    /// All rounds are done; it takes the last passes over its notes alone.
    Finishing,
    /// All is done.
    Finished,
}

/// A site's enrolment. Holds its credential: to be kept on the device and shown nowhere.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Participation {
    /// Origin of the server.
    pub server: String,
    /// The federation.
    pub federation: FederationId,
    /// The site.
    pub site: SiteId,
    /// Sent with every request.
    pub credential: String,
}

impl std::fmt::Debug for Participation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Participation")
            .field("server", &self.server)
            .field("federation", &self.federation)
            .field("site", &self.site)
            .finish_non_exhaustive()
    }
}

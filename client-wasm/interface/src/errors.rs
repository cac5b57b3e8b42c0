//! What JavaScript gets when a call fails.

use serde::Serialize;

/// What kind of failure it is; the page chooses by it what to offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum ErrorCode {
    /// A file can't be imported.
    Import,
    /// Something can't be written.
    Export,
    /// No label set is chosen.
    NoLabels,
    /// There are no notes to train on.
    NoTrainingNotes,
    /// The server said no.
    Refused,
    /// The server can't be reached or understood.
    Network,
    /// The GPU went away or computes wrong values.
    DeviceLost,
    /// A file is not a model, or is damaged.
    BadCheckpoint,
    /// The person ended it.
    Cancelled,
    /// Something else is under way.
    Busy,
    /// A step before this one is missing.
    NotReady,
    /// A fault of the program.
    Internal,
}

/// A failure: a code to act on, a message, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct EngineFailure {
    /// What kind of failure it is.
    pub code: ErrorCode,
    /// What is wrong.
    pub message: String,
    /// What the person can do.
    pub hint: String,
}

//! What JavaScript gets when a call fails.

#[cfg(feature = "engine")]
use fedner_protocol::PretrainedEncoder;
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
    /// A pretrained encoder must read the texts first; the failure says which.
    EncoderNeeded,
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
    /// The encoder that must read the texts first, where that is what is missing.
    #[cfg(feature = "engine")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub encoder: Option<PretrainedEncoder>,
}

impl EngineFailure {
    /// A failure in words, and what to do.
    pub fn new(code: ErrorCode, message: impl ToString, hint: &str) -> Self {
        Self {
            code,
            message: message.to_string(),
            hint: hint.to_owned(),
            #[cfg(feature = "engine")]
            encoder: None,
        }
    }
}

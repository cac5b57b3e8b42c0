//! Why a command failed, and the exit status that says so to a script.

use std::process::ExitCode;

use fedner_core::participant::{ParticipantError, TransportError};
use fedner_core::training::TrainError;

/// Why a command failed. What was learnt until then is in the state folder.
#[derive(Debug)]
pub enum Failure {
    /// The disk, the device, or something else here.
    Other(String),
    /// The command line asks for something that can't be; clap's own status.
    Usage(String),
    /// The notes can't be read or used.
    Notes(String),
    /// The model's file can't be read or used.
    Model(String),
    /// The server refused, or broke the protocol. Asking again gives the same answer.
    Refused(String),
    /// The server can't be reached. Later it may be.
    Unreachable(String),
    /// This site does not take part under the federation's policy, or secure aggregation found something wrong.
    Policy(String),
    /// Stopped by a signal; the same command goes on.
    Stopped,
}

impl Failure {
    /// The exit status; the README lists them.
    pub fn status(&self) -> u8 {
        match self {
            Self::Other(_) => 1,
            Self::Usage(_) => 2,
            Self::Notes(_) => 3,
            Self::Model(_) => 4,
            Self::Refused(_) => 5,
            Self::Unreachable(_) => 6,
            Self::Policy(_) => 7,
            Self::Stopped => 130,
        }
    }

    /// As a process ends with.
    pub fn exit_code(&self) -> ExitCode {
        self.status().into()
    }

    /// In words.
    pub fn message(&self) -> &str {
        match self {
            Self::Other(why)
            | Self::Usage(why)
            | Self::Notes(why)
            | Self::Model(why)
            | Self::Refused(why)
            | Self::Unreachable(why)
            | Self::Policy(why) => why,
            Self::Stopped => "stopped; what was learnt is in the state folder, and the same command goes on from there",
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(format!("{error:#}"))
    }
}

impl From<TrainError> for Failure {
    fn from(error: TrainError) -> Self {
        Self::Other(error.to_string())
    }
}

impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        let message = error.to_string();
        match error {
            TransportError::Refused(problem) if problem.code.is_transient() => Self::Unreachable(message),
            TransportError::Refused(_) | TransportError::Malformed(_) => Self::Refused(message),
            TransportError::Lost(_) => Self::Unreachable(message),
            TransportError::Cancelled => Self::Stopped,
        }
    }
}

impl From<ParticipantError> for Failure {
    fn from(error: ParticipantError) -> Self {
        match error {
            ParticipantError::Transport(error) => error.into(),
            ParticipantError::Train(error) => error.into(),
            ParticipantError::Policy(_) | ParticipantError::Masking(_) => Self::Policy(error.to_string()),
            ParticipantError::Server(_) => Self::Refused(error.to_string()),
            ParticipantError::Update(_) => Self::Other(error.to_string()),
        }
    }
}

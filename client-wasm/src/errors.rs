//! What JavaScript gets when something fails: a code to act on, a message, and what to do next.

use fedner_core::{
    corpus::{NotRead, VectorsError},
    export::ExportError,
    labels::LabelError,
    model::{DeviceError, LayoutError},
    participant::{ParticipantError, TransportError},
    session::{CheckpointError, SaveError},
    training::TrainError,
};
use fedner_formats::archive::ArchiveError;
use fedner_interface::{EngineFailure, OffsetError};
use fedner_js::{fault_of_the_page, thrown};
use fedner_protocol::CodecError;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

pub use fedner_interface::ErrorCode;

/// A failure, on its way to JavaScript.
#[derive(Debug, Clone)]
pub struct EngineError(EngineFailure);

impl EngineError {
    /// A failure in words, and what to do.
    pub fn new(code: ErrorCode, message: impl ToString, hint: &str) -> Self {
        Self(EngineFailure::new(code, message, hint))
    }

    /// The page has called the engine wrongly.
    pub fn of_the_page(message: impl ToString) -> Self {
        Self(fault_of_the_page(message))
    }

    /// Something else is under way.
    pub fn busy() -> Self {
        Self::new(ErrorCode::Busy, "The model is being trained.", "Wait until it is done, or press Cancel first.")
    }
}

/// Reads an argument of a call.
///
/// # Errors
/// When the page gave something else.
pub fn argument<T: DeserializeOwned>(value: JsValue) -> Result<T, EngineError> {
    Ok(fedner_js::argument(value)?)
}

impl From<EngineError> for JsValue {
    fn from(error: EngineError) -> Self {
        thrown(&error.0)
    }
}

impl From<EngineFailure> for EngineError {
    fn from(failure: EngineFailure) -> Self {
        Self(failure)
    }
}

impl From<DeviceError> for EngineError {
    fn from(error: DeviceError) -> Self {
        let hint = "Nothing is lost: restart the engine; it goes on from the last checkpoint. \
                    If it happens again, choose the CPU.";
        Self::new(ErrorCode::DeviceLost, error, hint)
    }
}

/// What to do after a fault of the program that ended a training.
const FAULT_WHILE_TRAINING: &str = "The last checkpoint is kept. This is a fault of the program.";

impl From<SaveError> for EngineError {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Device(error) => error.into(),
            SaveError::Encoding(_) => {
                Self::new(ErrorCode::Export, error, "The model in use is unchanged. This is a fault of the program.")
            }
        }
    }
}

impl From<LayoutError> for EngineError {
    fn from(error: LayoutError) -> Self {
        Self::new(ErrorCode::Internal, error, "The model in use is unchanged. This is a fault of the program.")
    }
}

impl From<NotRead> for EngineError {
    fn from(NotRead(encoder): NotRead) -> Self {
        let message = format!("The model needs the pretrained encoder {}, which has not read the notes.", encoder.pack);
        let mut error = Self::new(ErrorCode::EncoderNeeded, message, "Fetch the encoder, or use a model without one.");
        error.0.encoder = Some(encoder);
        error
    }
}

impl From<VectorsError> for EngineError {
    fn from(error: VectorsError) -> Self {
        Self::of_the_page(error)
    }
}

impl From<TrainError> for EngineError {
    fn from(error: TrainError) -> Self {
        match error {
            TrainError::Device(error) => error.into(),
            TrainError::Layout(error) => error.into(),
            TrainError::Encoding(_) => Self::new(ErrorCode::Internal, error, FAULT_WHILE_TRAINING),
            TrainError::NotRead(error) => error.into(),
            TrainError::NoSentences => {
                let hint = "Add notes with entities of the chosen labels that are not held out.";
                Self::new(ErrorCode::NoTrainingNotes, "There is no sentence to train on.", hint)
            }
            TrainError::NotFinite { .. } => {
                let hint = "That step has not changed the model. Choose the CPU and train again.";
                Self::new(ErrorCode::DeviceLost, error, hint)
            }
        }
    }
}

impl From<ParticipantError> for EngineError {
    fn from(error: ParticipantError) -> Self {
        match error {
            ParticipantError::Train(error) => error.into(),
            ParticipantError::Update(CodecError::NotFinite { .. }) => {
                let hint = "Nothing was sent. Choose the CPU and join again.";
                Self::new(ErrorCode::DeviceLost, error, hint)
            }
            ParticipantError::Update(_) => Self::new(ErrorCode::Internal, error, FAULT_WHILE_TRAINING),
            ParticipantError::Transport(TransportError::Refused(problem)) => {
                let hint = "What was learned so far is kept. Ask the federation's operator if you don't know why.";
                Self::new(ErrorCode::Refused, format!("{}: {}", problem.title, problem.detail), hint)
            }
            ParticipantError::Transport(error) => {
                let hint = "What was learned so far is kept. Join again when the server can be reached.";
                Self::new(ErrorCode::Network, error, hint)
            }
            ParticipantError::Policy(_) => {
                let hint = "Nothing was sent. Ask the federation's operator to change its policy.";
                Self::new(ErrorCode::Refused, error, hint)
            }
            ParticipantError::Masking(_) => {
                let hint = "Nothing that could tell this site's update was sent. Tell the federation's operator and its sites.";
                Self::new(ErrorCode::Refused, error, hint)
            }
            ParticipantError::Server(_) => {
                let hint = "What was learned so far is kept. Tell the federation's operator.";
                Self::new(ErrorCode::Network, error, hint)
            }
        }
    }
}

impl From<CheckpointError> for EngineError {
    fn from(error: CheckpointError) -> Self {
        let hint = "The model in use is unchanged. Choose a file that was saved by this page.";
        Self::new(ErrorCode::BadCheckpoint, error, hint)
    }
}

impl From<ExportError> for EngineError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Save(error) => error.into(),
            ExportError::Archive(error) => error.into(),
        }
    }
}

impl From<ArchiveError> for EngineError {
    fn from(error: ArchiveError) -> Self {
        Self::new(ErrorCode::Export, error, "Nothing was changed. Export fewer documents at once.")
    }
}

impl From<LabelError> for EngineError {
    fn from(error: LabelError) -> Self {
        Self::new(ErrorCode::NoLabels, error, "Choose at least one entity type to train on.")
    }
}

impl From<OffsetError> for EngineError {
    fn from(error: OffsetError) -> Self {
        Self::of_the_page(error)
    }
}

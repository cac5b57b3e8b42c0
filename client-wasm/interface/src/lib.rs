//! The plain objects that cross between the page and its wasm modules. Offsets there are UTF-16 code units, in the modules
//! they are characters; this crate is the only place where one becomes the other.
//!
//! No type here knows a JavaScript engine. The page's TypeScript declarations are made from these types (feature
//! `typescript`), and a test fails when the declarations in the repository are others.

#[cfg(feature = "engine")]
mod annotation;
#[cfg(feature = "engine")]
mod corpus;
#[cfg(feature = "engine")]
mod device;
mod errors;
#[cfg(feature = "engine")]
mod events;
#[cfg(feature = "files")]
mod files;
mod offsets;
#[cfg(feature = "engine")]
mod runs;
#[cfg(feature = "typescript")]
mod typescript;
mod written_file;

#[cfg(feature = "engine")]
pub use annotation::{
    AgreementReport, AnnotatedInput, AssessmentReport, ExaminedEntities, PredictionReport, TextInput, token_offsets,
};
#[cfg(feature = "engine")]
pub use corpus::{CorpusChangeInput, CorpusInput, DocumentInput, notes, text_bytes};
#[cfg(feature = "engine")]
pub use device::{DeviceReport, DeviceRequest, StepTimes};
pub use errors::{EngineFailure, ErrorCode};
#[cfg(feature = "engine")]
pub use events::{EnrolledEvent, LedgerEvent};
#[cfg(feature = "files")]
pub use files::{ExportInput, FileReport, FormatInfo, ImportReport, TableColumnsInput};
pub use offsets::{OffsetError, to_chars, to_utf16};
#[cfg(feature = "engine")]
pub use runs::{EnrolInput, ExportModelInput, LearnInput, ParticipateInput, RestoreReport, TrainInput};
#[cfg(feature = "typescript")]
pub use typescript::{declarations, formats};
pub use written_file::WrittenFile;

//! The plain objects that cross between the page and the engine. Offsets there are UTF-16 code units, in `fedner-core` they
//! are characters; this crate is the only place where one becomes the other.
//!
//! No type here knows a JavaScript engine. The page's TypeScript declarations are made from these types (feature
//! `typescript`), and a test fails when the declarations in the repository are others.

mod annotation;
mod corpus;
mod device;
mod errors;
mod events;
mod files;
mod offsets;
mod runs;
#[cfg(feature = "typescript")]
mod typescript;

pub use annotation::{
    AgreementReport, AnnotatedInput, AssessmentReport, ExaminedEntities, PredictionReport, TextInput, token_offsets,
};
pub use corpus::{CorpusChangeInput, CorpusInput, DocumentInput, notes, text_bytes};
pub use device::{DeviceReport, DeviceRequest, StepTimes};
pub use errors::{EngineFailure, ErrorCode};
pub use events::{EnrolledEvent, LedgerEvent};
pub use files::{ExportInput, FileReport, FormatInfo, ImportReport, TableColumnsInput, WrittenFile};
pub use offsets::{OffsetError, to_chars, to_utf16};
pub use runs::{EnrolInput, ExportModelInput, LearnInput, ParticipateInput, RestoreReport, TrainInput};
#[cfg(feature = "typescript")]
pub use typescript::declarations;

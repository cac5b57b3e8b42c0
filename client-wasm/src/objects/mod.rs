//! The plain objects that cross to JavaScript. Offsets there are UTF-16 code units, inside they are
//! characters; this folder is the only place where one becomes the other.

mod annotate;
mod corpus;
mod files;
mod run;

pub use annotate::{AgreementReport, AnnotatedInput, AssessmentReport, PredictionReport, TextInput, examined};
pub use corpus::{CorpusChangeInput, CorpusInput, notes, text_bytes};
pub use files::{ExportInput, FormatInfo, ImportReport, exported, input_files};
pub use run::{EnrolInput, ExportModelInput, LearnInput, ParticipateInput, RestoreReport, TrainInput};

use fedner_core::{labels::Span, text::Utf16Offsets};
use js_sys::{Reflect, Uint8Array};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::JsValue;

use crate::errors::{EngineError, ErrorCode};

/// Serialises as JSON would: objects for maps, numbers for integers, null for nothing.
pub fn to_js(value: &(impl Serialize + ?Sized)) -> Result<JsValue, serde_wasm_bindgen::Error> {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible())
}

/// Reads an argument.
///
/// # Errors
/// When the page gave something else.
pub fn from_js<T: DeserializeOwned>(value: JsValue) -> Result<T, EngineError> {
    Ok(serde_wasm_bindgen::from_value(value)?)
}

/// Adds a field that is no JSON.
fn set(object: &JsValue, name: &str, value: &JsValue) {
    // Only objects made here are set, and they take every field.
    let _ = Reflect::set(object, &name.into(), value);
}

/// Adds bytes as a `Uint8Array`.
fn set_bytes(object: &JsValue, name: &str, bytes: &[u8]) {
    set(object, name, &Uint8Array::from(bytes));
}

fn to_utf16(span: Span, offsets: &Utf16Offsets) -> Span {
    Span { start: offsets.to_utf16(span.start), end: offsets.to_utf16(span.end), label: span.label }
}

/// Entities by characters.
///
/// # Errors
/// When one's offsets don't lie between characters of the text; `document` names it then.
pub fn to_chars(document: &str, text: &str, entities: Vec<Span>) -> Result<Vec<Span>, EngineError> {
    let offsets = Utf16Offsets::new(text);
    let spans =
        entities.into_iter().map(|Span { start, end, label }| match (offsets.to_chars(start), offsets.to_chars(end)) {
            (Some(from), Some(to)) if from < to => Ok(Span { start: from, end: to, label }),
            _ => {
                let message = format!("document {document:?}: entity {start}–{end} is not inside its text");
                Err(EngineError::new(ErrorCode::Internal, message, "This is a fault of the page."))
            }
        });
    spans.collect()
}

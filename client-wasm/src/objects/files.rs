//! Files of notes, in and out, and files of models.

use fedner_core::{
    formats::{Document, Format, Imported, WriteProblem},
    labels::Span,
    text::Utf16Offsets,
};
use js_sys::{Array, Reflect, Uint8Array};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};

use super::{set_bytes, to_chars, to_js, to_utf16};
use crate::errors::{EngineError, ErrorCode};

/// A format, for people to choose.
#[derive(Serialize)]
pub struct FormatInfo {
    name: &'static str,
    title: &'static str,
    extensions: Vec<String>,
}

impl From<Format> for FormatInfo {
    fn from(format: Format) -> Self {
        let extensions = format.extensions().iter().map(|extension| format!(".{extension}")).collect();
        Self { name: format.name(), title: format.title(), extensions }
    }
}

/// Names and bytes of files that the page has read.
///
/// # Errors
/// When the page gave something else.
pub fn input_files(files: &JsValue) -> Result<Vec<(String, Vec<u8>)>, EngineError> {
    let wrong = || EngineError::new(ErrorCode::Internal, "a file can't be read", "This is a fault of the page.");
    let files: &Array = files.dyn_ref().ok_or_else(wrong)?;
    let file = |file: JsValue| {
        let name = Reflect::get(&file, &"name".into()).ok().and_then(|name| name.as_string()).ok_or_else(wrong)?;
        let bytes = Reflect::get(&file, &"bytes".into()).ok().and_then(|bytes| bytes.dyn_into::<Uint8Array>().ok());
        Ok((name, bytes.ok_or_else(wrong)?.to_vec()))
    };
    files.iter().map(file).collect()
}

/// Imported files.
#[derive(Serialize)]
pub struct ImportReport {
    files: Vec<FileReport>,
    documents: Vec<ImportedNote>,
    labels: Vec<String>,
    problems: Vec<ProblemReport>,
}

#[derive(Serialize)]
struct FileReport {
    name: String,
    format: &'static str,
    detail: Option<String>,
    documents: usize,
    spans: usize,
}

#[derive(Serialize)]
struct ProblemReport {
    file: String,
    line: Option<usize>,
    message: String,
}

#[derive(Serialize)]
struct ImportedNote {
    name: String,
    file: String,
    text: String,
    entities: Vec<Span>,
    labelled: bool,
}

impl From<Imported> for ImportReport {
    fn from(imported: Imported) -> Self {
        let files = imported.files.into_iter().map(|file| FileReport {
            name: file.name.to_string(),
            format: file.format.name(),
            detail: file.detail,
            documents: file.documents,
            spans: file.spans,
        });
        let problems = imported.problems.into_iter().map(|problem| ProblemReport {
            file: problem.file.to_string(),
            line: problem.line,
            message: problem.message,
        });
        let (files, problems) = (files.collect(), problems.collect());
        let documents = imported.documents.into_iter().map(ImportedNote::from).collect();
        Self { files, documents, labels: imported.labels, problems }
    }
}

impl From<Document> for ImportedNote {
    fn from(document: Document) -> Self {
        let offsets = Utf16Offsets::new(&document.text);
        let entities = document.spans.into_iter().map(|span| to_utf16(span, &offsets)).collect();
        let Document { name, file, text, labelled, .. } = document;
        Self { name, file: file.to_string(), text, entities, labelled }
    }
}

/// A document to write.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportInput {
    name: String,
    text: String,
    entities: Vec<Span>,
}

impl ExportInput {
    /// The document, with character offsets.
    ///
    /// # Errors
    /// When an entity's offsets don't lie between characters of its text.
    pub fn into_document(self) -> Result<Document, EngineError> {
        let spans = to_chars(&self.name, &self.text, self.entities)?;
        Ok(Document { name: self.name, file: "".into(), text: self.text, spans, labelled: true })
    }
}

#[derive(Serialize)]
struct FileObject<'a> {
    name: &'a str,
    media_type: &'a str,
    problems: Vec<WriteProblemReport>,
}

#[derive(Serialize)]
struct WriteProblemReport {
    document: String,
    message: String,
}

/// A written file, and what its format couldn't hold.
pub fn exported(
    name: &str,
    media_type: &str,
    bytes: &[u8],
    problems: Vec<WriteProblem>,
) -> Result<JsValue, EngineError> {
    let problems =
        problems.into_iter().map(|WriteProblem { document, message }| WriteProblemReport { document, message });
    let object = to_js(&FileObject { name, media_type, problems: problems.collect() })?;
    set_bytes(&object, "bytes", bytes);
    Ok(object)
}

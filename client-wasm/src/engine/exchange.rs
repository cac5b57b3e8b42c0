//! Files of notes, in and out.

use fedner_core::formats::{self, Bundle, Document, Format, InputFile};
use wasm_bindgen::prelude::*;

use super::Engine;
use crate::{
    errors::{EngineError, ErrorCode},
    objects::{ExportInput, FormatInfo, ImportReport, exported, from_js, input_files, to_js},
};

#[wasm_bindgen]
impl Engine {
    /// The formats that can be read and written.
    pub fn formats(&self) -> Result<JsValue, JsValue> {
        let formats: Vec<FormatInfo> = Format::ALL.iter().copied().map(FormatInfo::from).collect();
        Ok(to_js(&formats)?)
    }

    /// Reads files that belong together; without a format, each in the one that it shows.
    #[wasm_bindgen(js_name = importFiles)]
    pub async fn import_files(&self, files: JsValue, format: Option<String>) -> Result<JsValue, JsValue> {
        let format = format.map(|name| format_named(&name)).transpose()?;
        let files = input_files(&files)?;
        let files: Vec<InputFile<'_>> = files.iter().map(|(name, bytes)| InputFile { name, bytes }).collect();
        let imported = formats::read(&files, format).map_err(EngineError::from)?;
        Ok(to_js(&ImportReport::from(imported))?)
    }

    /// Writes documents as one file.
    #[wasm_bindgen(js_name = exportNotes)]
    pub fn export_notes(&self, format: &str, documents: JsValue) -> Result<JsValue, JsValue> {
        let format = format_named(format)?;
        let documents: Vec<ExportInput> = from_js(documents)?;
        let documents = documents.into_iter().map(ExportInput::into_document).collect::<Result<Vec<Document>, _>>()?;
        if documents.is_empty() {
            let hint = "Choose at least one document.";
            return Err(EngineError::new(ErrorCode::Export, "There is nothing to write.", hint).into());
        }
        let mut written = formats::write(format, &documents);
        let problems = std::mem::take(&mut written.problems);
        let Bundle { file, media_type } = formats::bundle(format, written).map_err(EngineError::from)?;
        Ok(exported(&file.name, media_type, &file.bytes, problems)?)
    }
}

fn format_named(name: &str) -> Result<Format, EngineError> {
    name.parse().map_err(|e| EngineError::new(ErrorCode::Import, e, "Choose one of the formats offered."))
}

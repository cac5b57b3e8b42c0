//! Files of notes, in and out.

use fedner_core::{
    formats::{self, Bundle, Document, Format, InputFile, ReadOptions, Reading, TableColumns},
    observer::{Event, Observer},
};
use fedner_interface::{ExportInput, FormatInfo, ImportReport, TableColumnsInput, WrittenFile};
use wasm_bindgen::prelude::*;

use super::Engine;
use crate::{
    abort::Stop,
    errors::{EngineError, ErrorCode, argument},
    js::{input_files, set_bytes, to_js},
};

/// Read between two turns of the event loop: some tens of milliseconds.
const SLICE_BYTES: usize = 512 << 10;
/// What a file costs beside its bytes.
const FILE_COST_BYTES: usize = 1 << 10;

#[wasm_bindgen]
impl Engine {
    /// The formats that can be read and written.
    pub fn formats(&self) -> Result<JsValue, JsValue> {
        let formats: Vec<FormatInfo> = Format::ALL.iter().copied().map(FormatInfo::from).collect();
        Ok(to_js(&formats)?)
    }

    /// Reads files that belong together; without a format, each in the one that it shows. Between files others get their
    /// turn, and progress is reported. One import runs at a time: a new one cancels the one before.
    ///
    /// `columns` names the columns of a table; nothing where they are found by their names.
    #[wasm_bindgen(js_name = importFiles)]
    pub async fn import_files(
        &self,
        files: JsValue,
        format: Option<String>,
        columns: JsValue,
    ) -> Result<JsValue, JsValue> {
        let format = format.map(|name| format_named(&name)).transpose()?;
        let columns = match columns.is_falsy() {
            true => TableColumns::default(),
            false => argument::<TableColumnsInput>(columns)?.into(),
        };
        let options = ReadOptions { format, columns };
        let files = input_files(&files).ok_or_else(|| EngineError::of_the_page("a file can't be read"))?;
        let files: Vec<InputFile<'_>> = files.iter().map(|(name, bytes)| InputFile { name, bytes }).collect();
        let stop = Stop::new()?;
        self.stop_importing.replace(stop.clone()).stop();
        let mut reporter = self.reporter(&stop)?;
        let (mut reading, mut unheard) = (Reading::new(&files, &options), 0);
        while reading.next_file() {
            let (done, total) = (reading.done(), files.len());
            unheard += files[done - 1].bytes.len() + FILE_COST_BYTES;
            if unheard < SLICE_BYTES {
                continue;
            }
            unheard = 0;
            reporter.event(Event::Imported { done, total });
            reporter.yield_now().await;
            if reporter.is_cancelled() {
                return Err(EngineError::new(
                    ErrorCode::Cancelled,
                    "The import was cancelled.",
                    "Nothing was taken in.",
                )
                .into());
            }
        }
        let imported = reading.finish().map_err(EngineError::from)?;
        Ok(to_js(&ImportReport::from(imported))?)
    }

    /// Writes documents as one file.
    #[wasm_bindgen(js_name = exportNotes)]
    pub fn export_notes(&self, format: &str, documents: JsValue) -> Result<JsValue, JsValue> {
        let format = format_named(format)?;
        let documents: Vec<ExportInput> = argument(documents)?;
        let documents = documents.into_iter().map(ExportInput::into_document).collect::<Result<Vec<Document>, _>>();
        let documents = documents.map_err(EngineError::from)?;
        if documents.is_empty() {
            let hint = "Choose at least one document.";
            return Err(EngineError::new(ErrorCode::Export, "There is nothing to write.", hint).into());
        }
        let mut written = formats::write(format, &documents);
        let problems = std::mem::take(&mut written.problems);
        let Bundle { file, media_type } = formats::bundle(format, written).map_err(EngineError::from)?;
        let written = to_js(&WrittenFile::new(&file.name, media_type, problems))?;
        set_bytes(&written, "bytes", &file.bytes);
        Ok(written)
    }
}

fn format_named(name: &str) -> Result<Format, EngineError> {
    name.parse().map_err(|e| EngineError::new(ErrorCode::Import, e, "Choose one of the formats offered."))
}

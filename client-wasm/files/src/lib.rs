//! The browser module of the file formats. A worker of its own loads it at the first import or export and ends after it, so
//! that the memory that reading takes is given back; whoever cancels ends the worker.

use fedner_formats::{
    Bundle, Document, Format, ImportError, InputFile, ReadOptions, Reading, TableColumns, archive::ArchiveError,
};
use fedner_interface::{
    EngineFailure, ErrorCode, ExportInput, ImportReport, OffsetError, TableColumnsInput, WrittenFile,
};
use fedner_js::{argument, fault_of_the_page, report_panics, set_bytes, thrown, to_js};
use js_sys::{Array, Function, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

/// Read between two reports of progress: some tens of milliseconds.
const SLICE_BYTES: usize = 512 << 10;
/// What a file costs beside its bytes.
const FILE_COST_BYTES: usize = 1 << 10;

/// Runs when the module is loaded.
#[wasm_bindgen(start)]
pub fn start() {
    report_panics("the reader of files");
}

/// Reads files that belong together; without a format, each in the one that it shows. `on_progress` hears how many of how
/// many files were read.
///
/// `columns` names the columns of a table; nothing where they are found by their names.
#[wasm_bindgen(js_name = importFiles)]
pub fn import_files(
    files: &JsValue,
    format: Option<String>,
    columns: JsValue,
    on_progress: &Function,
) -> Result<JsValue, JsValue> {
    let format = format.map(|name| format_named(&name)).transpose()?;
    let columns = match columns.is_falsy() {
        true => TableColumns::default(),
        false => argument::<TableColumnsInput>(columns).map_err(|fault| thrown(&fault))?.into(),
    };
    let options = ReadOptions { format, columns };
    let files = input_files(files).ok_or_else(|| thrown(&fault_of_the_page("a file can't be read")))?;
    let files: Vec<InputFile<'_>> = files.iter().map(|(name, bytes)| InputFile { name, bytes }).collect();
    let (mut reading, mut unreported) = (Reading::new(&files, &options), 0);
    while reading.next_file() {
        let done = reading.done();
        unreported += files[done - 1].bytes.len() + FILE_COST_BYTES;
        if unreported >= SLICE_BYTES {
            unreported = 0;
            on_progress.call2(&JsValue::NULL, &done.into(), &files.len().into())?;
        }
    }
    let imported = reading.finish().map_err(|error| import_failure(&error))?;
    Ok(to_js(&ImportReport::from(imported))?)
}

/// Writes documents as one file.
#[wasm_bindgen(js_name = exportNotes)]
pub fn export_notes(format: &str, documents: JsValue) -> Result<JsValue, JsValue> {
    let format = format_named(format)?;
    let documents: Vec<ExportInput> = argument(documents).map_err(|fault| thrown(&fault))?;
    let documents = documents.into_iter().map(ExportInput::into_document).collect::<Result<Vec<Document>, _>>();
    let documents = documents.map_err(|error: OffsetError| thrown(&fault_of_the_page(error)))?;
    if documents.is_empty() {
        return Err(failure(ErrorCode::Export, "There is nothing to write.", "Choose at least one document."));
    }
    let mut written = fedner_formats::write(format, &documents);
    let problems = std::mem::take(&mut written.problems);
    let Bundle { file, media_type } =
        fedner_formats::bundle(format, written).map_err(|error| export_failure(&error))?;
    let written = to_js(&WrittenFile::new(&file.name, media_type).with_problems(problems))?;
    set_bytes(&written, "bytes", &file.bytes);
    Ok(written)
}

fn format_named(name: &str) -> Result<Format, JsValue> {
    name.parse().map_err(|error| failure(ErrorCode::Import, error, "Choose one of the formats offered."))
}

fn import_failure(error: &ImportError) -> JsValue {
    failure(ErrorCode::Import, error, "Nothing was changed.")
}

fn export_failure(error: &ArchiveError) -> JsValue {
    failure(ErrorCode::Export, error, "Nothing was changed. Export fewer documents at once.")
}

fn failure(code: ErrorCode, message: impl ToString, hint: &str) -> JsValue {
    thrown(&EngineFailure::new(code, message, hint))
}

/// Names and bytes of files that the page has read; `None` when the page gave something else.
fn input_files(files: &JsValue) -> Option<Vec<(String, Vec<u8>)>> {
    let file = |file: JsValue| {
        let name = Reflect::get(&file, &"name".into()).ok()?.as_string()?;
        let bytes = Reflect::get(&file, &"bytes".into()).ok()?.dyn_into::<Uint8Array>().ok()?;
        Some((name, bytes.to_vec()))
    };
    files.dyn_ref::<Array>()?.iter().map(file).collect()
}

//! What was written as the one file that a person saves.

use super::archive::{self, ArchiveError};
use super::write::COLLECTION;
use super::{Format, OutputFile, Written};

/// One file to save.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The file: the only one written, or an archive of several.
    pub file: OutputFile,
    /// Its media type.
    pub media_type: &'static str,
}

/// The only file as it is; several as a zip archive.
pub fn bundle(format: Format, written: Written) -> Result<Bundle, ArchiveError> {
    let mut files = written.files;
    if files.len() == 1
        && let Some(file) = files.pop()
    {
        let media_type = media_type(&file.name);
        return Ok(Bundle { file, media_type });
    }
    let bytes = archive::pack(&files)?;
    Ok(Bundle { file: OutputFile { name: format!("{COLLECTION}-{format}.zip"), bytes }, media_type: "application/zip" })
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("json") => "application/json",
        Some("jsonl") => "application/jsonl",
        Some("xml") => "application/xml",
        _ => "text/plain;charset=utf-8",
    }
}

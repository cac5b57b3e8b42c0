//! Several files as one: zip archives, opened within limits and written without a clock.

use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::limits::{ARCHIVE_BYTES_FREE, ARCHIVE_BYTES_MAX, ARCHIVE_RATIO_MAX, FILES_MAX};
use super::lines::base;
use super::{OutputFile, FileError};

/// What an archive gave.
pub struct Unpacked {
    /// Its files, in its order.
    pub files: Vec<OutputFile>,
    /// What was left out.
    pub problems: Vec<String>,
}

/// Whether the bytes are a zip archive, by how they begin.
pub fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// Opens an archive. No size that it names is believed: what comes out is counted, and the limits are
/// [`ARCHIVE_BYTES_MAX`], [`ARCHIVE_RATIO_MAX`] and [`FILES_MAX`].
pub fn unpack(bytes: &[u8]) -> Result<Unpacked, FileError> {
    let damaged = |error: zip::result::ZipError| FileError::Archive { message: error.to_string() };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let mut unpacked = Unpacked { files: Vec::new(), problems: Vec::new() };
    let mut left = ARCHIVE_BYTES_MAX.min(bytes.len().saturating_mul(ARCHIVE_RATIO_MAX).max(ARCHIVE_BYTES_FREE));
    for at in 0..archive.len() {
        if unpacked.files.len() >= FILES_MAX {
            unpacked.problems.push(format!("the archive has more than {FILES_MAX} files; the rest was left out"));
            break;
        }
        let mut entry = match archive.by_index(at) {
            Ok(entry) => entry,
            Err(error) => {
                unpacked.problems.push(format!("file {} of the archive can't be opened: {error}", at + 1));
                continue;
            }
        };
        let name = match entry.name() {
            Ok(name) => name.into_owned(),
            Err(_) => format!("file {}", at + 1),
        };
        if entry.is_dir() || is_hidden(&name) {
            continue;
        }
        let mut content = Vec::new();
        let read = entry.by_ref().take(left as u64 + 1).read_to_end(&mut content);
        if content.len() > left {
            return Err(FileError::ArchiveTooLarge { bytes: bytes.len() });
        }
        left -= content.len();
        match read {
            Ok(_) => unpacked.files.push(OutputFile { name, bytes: content }),
            Err(error) => unpacked.problems.push(format!("{name:?} in the archive is damaged: {error}")),
        }
    }
    Ok(unpacked)
}

/// Files that systems add of their own, and none that people mean.
pub(super) fn is_hidden(name: &str) -> bool {
    base(name).starts_with('.') || name.split(['/', '\\']).any(|folder| folder == "__MACOSX")
}

/// Packs files into an archive; the same files always give the same bytes.
pub fn pack(files: &[OutputFile]) -> Result<Vec<u8>, ArchiveError> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for file in files {
        archive.start_file(file.name.as_str(), options)?;
        archive.write_all(&file.bytes).map_err(zip::result::ZipError::from)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// Why files can't be packed: more or larger ones than an archive holds.
#[derive(Debug, thiserror::Error)]
#[error("the files can't be packed into a zip archive: {0}")]
pub struct ArchiveError(#[from] zip::result::ZipError);

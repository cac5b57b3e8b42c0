//! Several files as one: zip and gzipped tar archives, opened within limits; zip archives written without a clock.

use std::io::{Cursor, Read, Write};

use flate2::read::GzDecoder;
use tar::Archive;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::OutputFile;
use super::foreign::is_hidden;
use super::limits::{ARCHIVE_BYTES_FREE, ARCHIVE_BYTES_MAX, ARCHIVE_RATIO_MAX, FILES_MAX};
use super::lines::{base, ends_with};

/// What an archive gave.
pub struct Unpacked {
    /// Its files, in its order.
    pub files: Vec<OutputFile>,
    /// What was left out.
    pub problems: Vec<String>,
}

/// Why an archive can't be opened; as a message it goes on after its name. It is no [`FileError`](super::FileError): the
/// engine opens archives with models, and needs no format of notes for that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnpackError {
    /// It is damaged.
    #[error("is an archive that can't be opened: {message}; pack it anew, or choose the files in it")]
    Damaged {
        /// What is wrong with it.
        message: String,
    },
    /// It unpacks to more than the limits.
    #[error(
        "is an archive of {bytes} bytes that holds more than {ARCHIVE_BYTES_MAX} bytes or {ARCHIVE_RATIO_MAX} times \
         its size; choose the files in it"
    )]
    TooLarge {
        /// Its size, packed.
        bytes: usize,
    },
}

/// Whether the bytes are a zip archive or gzip, by how they begin.
pub fn is_archive(bytes: &[u8]) -> bool {
    is_zip(bytes) || bytes.starts_with(b"\x1F\x8B\x08")
}

fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// Opens an archive. No size that it names is believed: what comes out is counted, and the limits are
/// [`ARCHIVE_BYTES_MAX`], [`ARCHIVE_RATIO_MAX`] and [`FILES_MAX`].
pub fn unpack(name: &str, bytes: &[u8]) -> Result<Unpacked, UnpackError> {
    let mut unpacking = Unpacking::new(bytes.len());
    if is_zip(bytes) {
        unpacking.zip(bytes)?;
    } else {
        unpacking.gzip(name, bytes)?;
    }
    Ok(unpacking.unpacked)
}

/// What has come out of an archive, and how much more may.
struct Unpacking {
    unpacked: Unpacked,
    packed: usize,
    left: usize,
}

impl Unpacking {
    fn new(packed: usize) -> Self {
        let left = ARCHIVE_BYTES_MAX.min(packed.saturating_mul(ARCHIVE_RATIO_MAX).max(ARCHIVE_BYTES_FREE));
        Self { unpacked: Unpacked { files: Vec::new(), problems: Vec::new() }, packed, left }
    }

    fn zip(&mut self, bytes: &[u8]) -> Result<(), UnpackError> {
        let damaged = |error: zip::result::ZipError| UnpackError::Damaged { message: error.to_string() };
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
        for at in 0..archive.len() {
            if self.is_full() {
                break;
            }
            let mut entry = match archive.by_index(at) {
                Ok(entry) => entry,
                Err(error) => {
                    let message = format!("file {} of the archive can't be opened: {error}", at + 1);
                    self.unpacked.problems.push(message);
                    continue;
                }
            };
            let name = match entry.name() {
                Ok(name) => name.into_owned(),
                Err(_) => format!("file {}", at + 1),
            };
            if !entry.is_dir() && !is_hidden(&name) {
                self.take(name, &mut entry)?;
            }
        }
        Ok(())
    }

    /// A tar archive in gzip, or a single file in it.
    fn gzip(&mut self, name: &str, bytes: &[u8]) -> Result<(), UnpackError> {
        let is_tar = ends_with(name, &["tgz"]) || {
            // A tar archive says what it is at byte 257 of its first header.
            let mut first = Vec::new();
            // What is damaged is found below.
            let _ = GzDecoder::new(bytes).take(512).read_to_end(&mut first);
            first.get(257..262) == Some(b"ustar") || name.to_lowercase().ends_with(".tar.gz")
        };
        if !is_tar {
            let inner = base(name).strip_suffix(".gz").unwrap_or("file").to_owned();
            return self.take(inner, &mut GzDecoder::new(bytes));
        }
        let mut archive = Archive::new(GzDecoder::new(bytes).take(self.left as u64 + 1));
        let damaged = |error: std::io::Error| UnpackError::Damaged { message: error.to_string() };
        for (at, entry) in archive.entries().map_err(damaged)?.enumerate() {
            if self.is_full() {
                break;
            }
            // What follows a damaged header can't be found.
            let mut entry = match entry {
                Ok(entry) => entry,
                Err(error) if at == 0 => return Err(damaged(error)),
                Err(error) => {
                    self.unpacked.problems.push(format!("the archive is damaged after {at} files: {error}"));
                    break;
                }
            };
            let name = String::from_utf8_lossy(&entry.path_bytes()).trim_start_matches("./").to_owned();
            if entry.header().entry_type().is_file() && !is_hidden(&name) {
                self.take(name, &mut entry)?;
            }
        }
        Ok(())
    }

    fn is_full(&mut self) -> bool {
        let full = self.unpacked.files.len() >= FILES_MAX;
        if full {
            let message = format!("the archive has more than {FILES_MAX} files; the rest was left out");
            self.unpacked.problems.push(message);
        }
        full
    }

    fn take(&mut self, name: String, entry: &mut dyn Read) -> Result<(), UnpackError> {
        let mut content = Vec::new();
        let read = entry.take(self.left as u64 + 1).read_to_end(&mut content);
        if content.len() > self.left {
            return Err(UnpackError::TooLarge { bytes: self.packed });
        }
        self.left -= content.len();
        match read {
            Ok(_) => self.unpacked.files.push(OutputFile { name, bytes: content }),
            Err(error) => self.unpacked.problems.push(format!("{name:?} in the archive is damaged: {error}")),
        }
        Ok(())
    }
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

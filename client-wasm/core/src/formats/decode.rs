//! From a file's bytes to its text.

use super::FileError;
use super::limits::FILE_BYTES_MAX;
use super::lines::lines;

/// The text without a byte order mark, or why there is none.
pub(super) fn decode(bytes: &[u8]) -> Result<&str, FileError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(FileError::TooLarge { bytes: bytes.len() });
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(FileError::Utf16);
    }
    let text = std::str::from_utf8(bytes).map_err(|error| first_bad_byte(bytes, error.valid_up_to()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() { Err(FileError::Empty) } else { Ok(text) }
}

fn first_bad_byte(bytes: &[u8], at: usize) -> FileError {
    let good = std::str::from_utf8(&bytes[..at]).unwrap_or_default();
    let (mut line, mut line_bytes) = lines(good).last().map_or((1, 0), |(number, text)| (number, text.len()));
    if good.ends_with(['\n', '\r']) {
        (line, line_bytes) = (line + 1, 0);
    }
    FileError::NotUtf8 { line, byte: line_bytes + 1, value: bytes.get(at).copied().unwrap_or_default() }
}

//! From a file's bytes to its text: UTF-8, UTF-16, and Latin-1 or Windows-1252 where the bytes can hardly be anything else.

use std::borrow::Cow;

use super::FileError;
use super::limits::FILE_BYTES_MAX;
use super::lines::lines;

/// How many ASCII letters a text needs before its other bytes say anything about its encoding.
const LETTERS_MIN: usize = 10;

/// Of so many letters and other bytes one at most may be beyond ASCII in a text of a Latin script.
const OTHERS_SHARE: usize = 4;

/// Characters of Windows-1252 from 0x80 to 0x9F, as WHATWG's Encoding Standard has them; the five undefined ones are '\0'.
const WINDOWS_1252: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘', '’', '“', '”', '•',
    '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

/// A file's text.
pub(super) struct Decoded<'f> {
    /// Without a byte order mark.
    pub(super) text: Cow<'f, str>,
    /// Whether it began with one.
    pub(super) had_byte_order_mark: bool,
    /// The encoding, where it isn't UTF-8.
    pub(super) encoding: Option<&'static str>,
}

/// The text, or why there is none.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded<'_>, FileError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(FileError::TooLarge { bytes: bytes.len() });
    }
    let decoded = match utf16(bytes) {
        Some(decoded) => decoded?,
        None => utf8(bytes).or_else(|error| windows_1252(bytes).ok_or(error))?,
    };
    if decoded.text.trim().is_empty() { Err(FileError::Empty) } else { Ok(decoded) }
}

fn utf8(bytes: &[u8]) -> Result<Decoded<'_>, FileError> {
    let text = std::str::from_utf8(bytes).map_err(|error| first_bad_byte(bytes, error.valid_up_to()))?;
    let without = text.strip_prefix('\u{feff}');
    Ok(Decoded { text: without.unwrap_or(text).into(), had_byte_order_mark: without.is_some(), encoding: None })
}

/// UTF-16 by its byte order mark, or by the zero bytes between its letters; none where it is something else.
fn utf16(bytes: &[u8]) -> Option<Result<Decoded<'_>, FileError>> {
    let (little, marked) = match bytes {
        [0xFF, 0xFE, ..] => (true, true),
        [0xFE, 0xFF, ..] => (false, true),
        _ => (zero_bytes_are_high(bytes)?, false),
    };
    let content = if marked { &bytes[2..] } else { bytes };
    let units = content.chunks(2).map(|pair| match *pair {
        [a, b] if little => u16::from_le_bytes([a, b]),
        [a, b] => u16::from_be_bytes([a, b]),
        // An odd byte at the end: half a character, which no text has.
        _ => 0xD800,
    });
    let text: Result<String, _> = char::decode_utf16(units).collect();
    let encoding = Some(if little { "UTF-16 (little-endian)" } else { "UTF-16 (big-endian)" });
    let decoded = text.map(|text| Decoded { text: text.into(), had_byte_order_mark: marked, encoding });
    Some(decoded.map_err(|_| FileError::Utf16))
}

/// Which bytes are zero in text without a byte order mark: the second of each pair (true) or the first, or neither.
fn zero_bytes_are_high(bytes: &[u8]) -> Option<bool> {
    const PAIRS_MIN: usize = 4;
    const LOOKED_AT: usize = 1 << 16;
    let looked_at = &bytes[..bytes.len().min(LOOKED_AT) & !1];
    let pairs = looked_at.len() / 2;
    let zeros = |at: usize| looked_at.iter().skip(at).step_by(2).filter(|byte| **byte == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    // Text of a Latin script has nearly nothing but zeros there, and none elsewhere.
    let enough = |high: usize, low: usize| pairs >= PAIRS_MIN && 2 * high >= pairs && 50 * low <= pairs;
    match (enough(second, first), enough(first, second)) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

/// Text of a Latin script with single bytes beyond ASCII between its letters.
fn windows_1252(bytes: &[u8]) -> Option<Decoded<'_>> {
    let letters = bytes.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let others = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    // A byte of ones stands in damaged and binary files, and its letter, ÿ, in hardly any text.
    let is_control = |byte: &u8| matches!(byte, 0..=8 | 0x0E..=0x1F | 0x7F | 0xFF);
    if letters < LETTERS_MIN || others * OTHERS_SHARE > letters + others || bytes.iter().any(is_control) {
        return None;
    }
    let char_of = |byte: &u8| match byte {
        0x80..=0x9F => Some(WINDOWS_1252[usize::from(byte - 0x80)]).filter(|c| *c != '\0'),
        byte => Some(char::from(*byte)),
    };
    let text: String = bytes.iter().map(char_of).collect::<Option<_>>()?;
    let is_latin1 = !bytes.iter().any(|byte| matches!(byte, 0x80..=0x9F));
    let encoding = Some(if is_latin1 { "Latin-1 (ISO 8859-1)" } else { "Windows-1252" });
    Some(Decoded { text: text.into(), had_byte_order_mark: false, encoding })
}

fn first_bad_byte(bytes: &[u8], at: usize) -> FileError {
    let good = std::str::from_utf8(&bytes[..at]).unwrap_or_default();
    let (mut line, mut line_bytes) = lines(good).last().map_or((1, 0), |(number, text)| (number, text.len()));
    if good.ends_with(['\n', '\r']) {
        (line, line_bytes) = (line + 1, 0);
    }
    FileError::NotUtf8 { line, byte: line_bytes + 1, value: bytes.get(at).copied().unwrap_or_default() }
}

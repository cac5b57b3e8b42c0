//! Tells a file's format by its name and what it holds.

use super::Format;
use super::conll;
use super::lines::ends_with;

/// The format of a file; plain text where nothing else fits.
pub(super) fn recognise(name: &str, text: &str) -> Format {
    if ends_with(name, Format::Conll.extensions()) || conll::looks_like(text) {
        return Format::Conll;
    }
    Format::Text
}

//! Offsets of entities: UTF-16 code units outside, characters inside.

use fedner_text::{Utf16Offsets, labels::Span};

/// An entity whose offsets are not inside its text, or between the two halves of a character.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("document {document:?}: entity {start}–{end} is not inside its text")]
pub struct OffsetError {
    /// The document's name or id.
    pub document: String,
    /// The entity's start, as it was given.
    pub start: usize,
    /// The entity's end, as it was given.
    pub end: usize,
}

/// Entities by characters, from those by UTF-16 code units.
///
/// # Errors
/// When an entity's offsets don't lie between characters of the text; `document` names it in the error.
pub fn to_chars(document: &str, text: &str, entities: Vec<Span>) -> Result<Vec<Span>, OffsetError> {
    let offsets = Utf16Offsets::new(text);
    let convert = |Span { start, end, label }: Span| match (offsets.to_chars(start), offsets.to_chars(end)) {
        (Some(from), Some(to)) if from < to => Ok(Span { start: from, end: to, label }),
        _ => Err(OffsetError { document: document.to_owned(), start, end }),
    };
    entities.into_iter().map(convert).collect()
}

/// An entity by UTF-16 code units, from one by characters.
pub fn to_utf16(span: Span, offsets: &Utf16Offsets) -> Span {
    Span { start: offsets.to_utf16(span.start), end: offsets.to_utf16(span.end), label: span.label }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "🩺 Aspirin";

    fn span(start: usize, end: usize) -> Span {
        Span { start, end, label: "Drug".into() }
    }

    #[test]
    fn offsets_become_characters_and_back() {
        let chars = to_chars("a", TEXT, vec![span(3, 10)]).unwrap();
        assert_eq!(chars, [span(2, 9)]);
        assert_eq!(to_utf16(span(2, 9), &Utf16Offsets::new(TEXT)), span(3, 10));
    }

    #[test]
    fn offsets_inside_a_character_or_outside_the_text_are_refused() {
        for (start, end) in [(1, 10), (3, 11), (5, 5), (6, 5)] {
            let error = to_chars("a", TEXT, vec![span(start, end)]).unwrap_err();
            assert_eq!(error, OffsetError { document: "a".into(), start, end });
        }
    }
}

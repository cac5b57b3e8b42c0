//! From a note's text to sentences of tokens, with exact offsets, between the two ways of counting characters, and the
//! entities that are marked in a text.
//!
//! Offsets are Unicode scalar values ("chars") unless a name says bytes or UTF-16. Nothing here changes the text: no
//! normalising, no folding of line ends; `&text[token.bytes]` is always what stands in the note.

mod bounds;
pub mod labels;
mod tokens;
mod utf16;

use std::ops::Range;

pub use bounds::{ABBREVIATION_BYTES_MAX, ABBREVIATIONS, NUMBERED};
pub use utf16::Utf16Offsets;

/// The most tokens a sentence may have; a longer one is cut, after punctuation where there is some.
pub const SENTENCE_TOKENS_MAX: usize = 128;

/// A run of characters that is labelled as one: a word, a number or a single punctuation mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where it stands in the text, in chars.
    pub chars: Range<usize>,
    /// Where it stands in the text, in UTF-8 bytes.
    pub bytes: Range<usize>,
}

impl Token {
    /// The token's own text.
    ///
    /// `text` must be the text that the token was found in; of another text this is "" where the offsets don't fit.
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.bytes.clone()).unwrap_or_default()
    }
}

/// What the model reads at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// In the order of the text; never empty, at most [`SENTENCE_TOKENS_MAX`].
    pub tokens: Vec<Token>,
}

/// Cuts a text into sentences of tokens, in time linear in its length.
///
/// * Every char that isn't white space is in exactly one token, and tokens come in the order of the text.
/// * A token is a word after UAX #29, with what that joins and clinical text needs apart taken apart again: dots
///   between letters, colons, semicolons and underscores stand alone ("b.i.d." is six tokens, "3.5" is one).
/// * A token never holds white space and never cuts a grapheme cluster (save one that itself begins with white space).
/// * A line break always ends a sentence. Within a line a sentence ends after a full stop, question or exclamation mark
///   that white space follows, unless what stands before is an abbreviation, an initial or a list number, or what
///   follows goes on (a small letter, a comma, a digit after a digit).
pub fn sentences(text: &str) -> Vec<Sentence> {
    let mut found = Vec::new();
    for line in tokens::lines(text) {
        bounds::cut(text, line, &mut found);
    }
    found
}

#[cfg(test)]
mod tests;

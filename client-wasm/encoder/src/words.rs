//! From a text's words to sequences of pieces, and from the pieces' hidden states back to the words.

use std::ops::Range;

use fedner_text::{Sentence, Token};

use crate::{Piece, Tokeniser};

/// A sequence of pieces that is read at once, with its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    pub ids: Vec<u32>,
    /// For each piece but the ends: the words it stands in, counted over the whole text.
    pub words: Vec<Range<usize>>,
}

/// The sequences of a sentence's words, the first of which is the text's word `first_word`. A sentence with too many pieces
/// becomes several.
pub fn sequences(
    text: &str,
    sentence: &Sentence,
    first_word: usize,
    tokeniser: &Tokeniser,
    positions: usize,
) -> Vec<Sequence> {
    let Some((first, last)) = sentence.tokens.first().zip(sentence.tokens.last()) else { return Vec::new() };
    let start = first.bytes.start;
    let pieces = tokeniser.pieces(text.get(start..last.bytes.end).unwrap_or_default());
    let [cls, sep] = tokeniser.ends();
    let sequence = |pieces: &[Piece]| {
        let ids = std::iter::once(cls).chain(pieces.iter().map(|piece| piece.id)).chain([sep]).collect();
        let words = pieces.iter().map(|piece| {
            let words = overlapping(&sentence.tokens, piece.bytes.start + start..piece.bytes.end + start);
            first_word + words.start..first_word + words.end
        });
        Sequence { ids, words: words.collect() }
    };
    pieces.chunks(positions - 2).map(sequence).collect()
}

/// The tokens that a range of bytes touches.
fn overlapping(tokens: &[Token], bytes: Range<usize>) -> Range<usize> {
    let first = tokens.partition_point(|token| token.bytes.end <= bytes.start);
    let end = tokens.partition_point(|token| token.bytes.start < bytes.end);
    first..end.max(first)
}

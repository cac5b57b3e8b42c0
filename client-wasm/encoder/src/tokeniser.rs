//! BERT's tokeniser: normalised words, then WordPiece (Wu et al. 2016, arXiv 1609.08144), with exact places in the text.

mod normalise;

use std::collections::HashMap;
use std::ops::Range;

use crate::{EncoderError, TokeniserConfig};
use normalise::{Letter, words};

/// A longer word is unknown as a whole.
const WORD_CHARS_MAX: usize = 100;
/// What a piece within a word begins with.
const CONTINUES: &str = "##";

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its number in the vocabulary.
    pub id: u32,
    /// Where it stands in the text, in bytes.
    pub bytes: Range<usize>,
}

/// A vocabulary, and how text is prepared for it.
#[derive(Debug, Clone)]
pub struct Tokeniser {
    pieces: HashMap<String, u32>,
    config: TokeniserConfig,
    unknown: u32,
    first: u32,
    last: u32,
}

impl Tokeniser {
    /// With the pieces of `vocab.txt`, one a line.
    ///
    /// # Errors
    /// When one of the pieces that every text needs is missing.
    pub fn new(vocabulary: &str, config: TokeniserConfig) -> Result<Self, EncoderError> {
        let lines = vocabulary.lines().enumerate();
        let mut pieces = HashMap::with_capacity(vocabulary.len() / 8);
        for (id, piece) in lines {
            pieces.entry(piece.to_owned()).or_insert(id as u32);
        }
        let find = |piece: &str| {
            pieces.get(piece).copied().ok_or_else(|| EncoderError(format!("the vocabulary has no piece {piece}")))
        };
        let (unknown, first, last) = (find("[UNK]")?, find("[CLS]")?, find("[SEP]")?);
        Ok(Self { pieces, config, unknown, first, last })
    }

    /// How text is prepared.
    pub fn config(&self) -> TokeniserConfig {
        self.config
    }

    /// The piece before every sequence, and the one behind it.
    pub fn ends(&self) -> [u32; 2] {
        [self.first, self.last]
    }

    /// The pieces of a text, in its order.
    pub fn pieces(&self, text: &str) -> Vec<Piece> {
        let mut found = Vec::new();
        for word in words(text, self.config) {
            self.cut(&word, &mut found);
        }
        found
    }

    /// The longest piece from the word's beginning, and so on; the whole word is unknown where one is missing.
    fn cut(&self, word: &[Letter], found: &mut Vec<Piece>) {
        let before = found.len();
        let (mut start, mut candidate) = (0, String::new());
        while start < word.len() && word.len() <= WORD_CHARS_MAX {
            candidate.clear();
            candidate.push_str(if start > 0 { CONTINUES } else { "" });
            let prefix = candidate.len();
            candidate.extend(word[start..].iter().map(|letter| letter.char));
            let mut end = word.len();
            let id = loop {
                if candidate.len() == prefix {
                    break None;
                }
                if let Some(id) = self.pieces.get(&candidate) {
                    break Some(*id);
                }
                candidate.pop();
                end -= 1;
            };
            let Some(id) = id else { break };
            found.push(Piece { id, bytes: place(&word[start..end]) });
            start = end;
        }
        if start < word.len() {
            found.truncate(before);
            found.push(Piece { id: self.unknown, bytes: place(word) });
        }
    }
}

fn place(letters: &[Letter]) -> Range<usize> {
    let start = letters.first().map_or(0, |letter| letter.bytes.start);
    start..letters.last().map_or(start, |letter| letter.bytes.end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VOCABULARY: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nno\nfe\n##ver\n##v\n.\ncafe\n中\n##s";

    fn tokeniser() -> Tokeniser {
        let config = TokeniserConfig { lowercase: true, strip_accents: true, split_cjk: true };
        Tokeniser::new(VOCABULARY, config).unwrap()
    }

    #[test]
    fn pieces_are_the_longest_and_know_their_places() {
        let of = |text: &str| tokeniser().pieces(text).into_iter().map(|p| (p.id, p.bytes)).collect::<Vec<_>>();
        assert_eq!(of("No fever."), [(4, 0..2), (5, 3..5), (6, 5..8), (8, 8..9)]);
        assert_eq!(of("cafe\u{301}s CAFÉ"), [(9, 0..4), (11, 6..7), (9, 8..13)]);
        assert_eq!(of("中中 fex"), [(10, 0..3), (10, 3..6), (1, 7..10)]);
        assert_eq!(of(&"no".repeat(51)), [(1, 0..102)]);
        assert!(Tokeniser::new("a\nb", tokeniser().config()).unwrap_err().to_string().contains("[UNK]"));
    }

    proptest! {
        #[test]
        fn places_are_in_order_and_on_characters(text in "\\PC{0,40}") {
            let mut end = 0;
            for piece in tokeniser().pieces(&text) {
                prop_assert!(piece.bytes.start >= end && !text[piece.bytes.clone()].is_empty());
                end = piece.bytes.end;
            }
        }
    }
}

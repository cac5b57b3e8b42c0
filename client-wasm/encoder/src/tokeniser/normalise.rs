//! BERT's normaliser and its cut into words: at white space, around punctuation, around each CJK character.

use std::ops::Range;

use unicode_normalization::char::decompose_canonical;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::TokeniserConfig;

/// A character as the vocabulary has it, and the character of the text that it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub char: char,
    /// Where it stands in the text, in bytes.
    pub bytes: Range<usize>,
}

/// The words of a text.
pub fn words(text: &str, config: TokeniserConfig) -> Vec<Vec<Letter>> {
    let mut words: Vec<Vec<Letter>> = Vec::new();
    // Whether the last word may grow.
    let mut open = false;
    for (start, char) in text.char_indices() {
        if char == '\0' || char == '\u{fffd}' || is_control(char) {
            continue;
        }
        if char.is_whitespace() {
            open = false;
            continue;
        }
        let bytes = start..start + char.len_utf8();
        let cjk = config.split_cjk && is_cjk(char);
        if cjk {
            open = false;
        }
        normalised(char, config, |char| {
            let alone = is_punctuation(char);
            match words.last_mut() {
                Some(word) if open && !alone => word.push(Letter { char, bytes: bytes.clone() }),
                _ => words.push(vec![Letter { char, bytes: bytes.clone() }]),
            }
            open = !alone;
        });
        if cjk {
            open = false;
        }
    }
    words
}

fn normalised(char: char, config: TokeniserConfig, mut push: impl FnMut(char)) {
    let mut lowered = |char: char| {
        if config.lowercase { char.to_lowercase().for_each(&mut push) } else { push(char) }
    };
    if config.strip_accents {
        decompose_canonical(char, |part| {
            if part.general_category() != GeneralCategory::NonspacingMark {
                lowered(part);
            }
        });
    } else {
        lowered(char);
    }
}

fn is_control(char: char) -> bool {
    let category = char.general_category();
    !matches!(char, '\t' | '\n' | '\r')
        && matches!(category, GeneralCategory::Control | GeneralCategory::Format | GeneralCategory::PrivateUse)
}

fn is_punctuation(char: char) -> bool {
    char.is_ascii_punctuation() || char.general_category_group() == GeneralCategoryGroup::Punctuation
}

/// The blocks that BERT counts among CJK characters.
fn is_cjk(char: char) -> bool {
    matches!(u32::from(char),
        0x4E00..=0x9FFF | 0x3400..=0x4DBF | 0x20000..=0x2A6DF | 0x2A700..=0x2B73F | 0x2B740..=0x2B81F
        | 0x2B920..=0x2CEAF | 0xF900..=0xFAFF | 0x2F800..=0x2FA1F)
}

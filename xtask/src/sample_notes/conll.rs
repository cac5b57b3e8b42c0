//! Sentences as CoNLL text: words, numbers and punctuation marks a line each, with IOB2 tags.

use std::ops::Range;

use super::document::Document;
use super::grammar::Sentence;

/// The documents as one file.
pub fn text(documents: &[Document]) -> String {
    let mut out = String::new();
    for document in documents {
        out.push_str(&format!("#doc {}\n", document.id));
        for sentence in &document.sentences {
            for (token, tag) in tagged(sentence) {
                out.push_str(&format!("{token}\t{tag}\n"));
            }
            out.push('\n');
        }
    }
    out
}

/// The sentence's tokens with their tags.
pub fn tagged(sentence: &Sentence) -> Vec<(&str, String)> {
    let tokens = tokens(&sentence.text);
    tokens.into_iter().map(|range| (&sentence.text[range.clone()], tag(sentence, &range))).collect()
}

fn tag(sentence: &Sentence, token: &Range<usize>) -> String {
    let inside = sentence.entities.iter().find(|(entity, _)| entity.start <= token.start && token.end <= entity.end);
    match inside {
        None => "O".to_owned(),
        Some((entity, label)) if entity.start == token.start => format!("B-{label}"),
        Some((_, label)) => format!("I-{label}"),
    }
}

/// Letters and digits stay together, with a point or comma between digits and an apostrophe between letters; every other
/// sign is a token.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let chars = text.char_indices().collect::<Vec<_>>();
    let mut tokens: Vec<Range<usize>> = Vec::new();
    let mut in_word = false;
    for (index, &(at, char)) in chars.iter().enumerate() {
        let end = at + char.len_utf8();
        let between = |inside: fn(&char) -> bool| {
            let before = index.checked_sub(1).and_then(|before| chars.get(before));
            [before, chars.get(index + 1)].iter().all(|side| side.is_some_and(|(_, char)| inside(char)))
        };
        let joins = match char {
            '.' | ',' => between(char::is_ascii_digit),
            '\'' => between(|char| char.is_alphabetic()),
            _ => char.is_alphanumeric(),
        };
        match tokens.last_mut() {
            Some(last) if joins && in_word => last.end = end,
            _ if !char.is_whitespace() => tokens.push(at..end),
            _ => {}
        }
        in_word = joins;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        tokens(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn words_numbers_and_signs_are_tokens() {
        assert_eq!(split("BP 138/82, on 2.5 mg."), ["BP", "138", "/", "82", ",", "on", "2.5", "mg", "."]);
        assert_eq!(split("Crohn's x-ray  (40mg)"), ["Crohn's", "x", "-", "ray", "(", "40mg", ")"]);
    }

    #[test]
    fn neighbouring_entities_each_begin() {
        let entities = vec![(0..6, "A".to_owned()), (7..8, "A".to_owned())];
        let sentence = Sentence { text: "ab, cd e f".to_owned(), entities };
        let tags = tagged(&sentence).into_iter().map(|(_, tag)| tag).collect::<Vec<_>>();
        assert_eq!(tags, ["B-A", "I-A", "I-A", "B-A", "O"]);
    }
}

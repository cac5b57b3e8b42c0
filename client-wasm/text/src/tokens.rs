//! Lines of tokens: UAX #29 words within UAX #29 grapheme clusters.

use unicode_segmentation::UnicodeSegmentation;

use super::Token;

/// The tokens of each line of the text, for lines that have some.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Vec<Token>> + '_ {
    let mut at = Place::default();
    // Every line break is a control character, so that no cluster and no word reaches over it.
    text.split_inclusive(is_line_break).filter_map(move |line| {
        let tokens = line_tokens(line, &mut at);
        (!tokens.is_empty()).then_some(tokens)
    })
}

/// LF, VT, FF, CR, next line, line separator, paragraph separator: the mandatory breaks of Unicode.
fn is_line_break(c: char) -> bool {
    matches!(c, '\n'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// How far the text is read.
#[derive(Clone, Copy, Default)]
struct Place {
    chars: usize,
    bytes: usize,
}

impl Place {
    fn pass(&mut self, part: &str) {
        self.chars += part.chars().count();
        self.bytes += part.len();
    }
}

fn line_tokens(line: &str, at: &mut Place) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut word_starts = line.split_word_bound_indices().map(|(start, _)| start).peekable();
    // The last char of the token that may still grow.
    let mut open: Option<char> = None;
    for (start, cluster) in line.grapheme_indices(true) {
        while word_starts.next_if(|word| *word < start).is_some() {}
        let joins = word_starts.peek() != Some(&start);
        if cluster.contains(char::is_whitespace) {
            // White space with a mark on it is one cluster; the mark is still a token of its own.
            for part in cluster.split_inclusive(char::is_whitespace) {
                let mark = part.trim_end_matches(char::is_whitespace);
                push(&mut tokens, mark, at);
                at.pass(&part[mark.len()..]);
            }
            open = None;
            continue;
        }
        let alone = stands_alone(cluster, open);
        match tokens.last_mut() {
            Some(token) if joins && !alone && open.is_some() => {
                at.pass(cluster);
                (token.chars.end, token.bytes.end) = (at.chars, at.bytes);
            }
            _ => push(&mut tokens, cluster, at),
        }
        open = if alone { None } else { cluster.chars().next_back() };
    }
    tokens
}

fn push(tokens: &mut Vec<Token>, part: &str, at: &mut Place) {
    let from = *at;
    at.pass(part);
    if !part.is_empty() {
        tokens.push(Token { chars: from.chars..at.chars, bytes: from.bytes..at.bytes });
    }
}

/// Whether a cluster that UAX #29 may join to its neighbours is a token of its own in clinical text.
fn stands_alone(cluster: &str, before: Option<char>) -> bool {
    match cluster.chars().next() {
        // "pain:none", "1;2", "name_of_field"
        Some(':' | ';' | '_') => true,
        // "3.5" stays whole; "i.v." and "pain.Patient" (a forgotten space) don't.
        Some('.') => !before.is_some_and(char::is_numeric),
        _ => false,
    }
}

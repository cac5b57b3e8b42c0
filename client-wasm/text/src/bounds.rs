//! Where a sentence ends within a line. Where it isn't clear, it doesn't: a sentence too long costs little, an entity cut in two is
//! lost to training.

use super::{SENTENCE_TOKENS_MAX, Sentence, Token};

/// Abbreviations that a full stop belongs to, in small letters. Those of single letters ("i.v.", "b.i.d.", initials)
/// need no list. Words that end sentences as often ("no", "in", "am") are left out.
pub const ABBREVIATIONS: &[&str] = &[
    "abd", "adm", "al", "amp", "ant", "appt", "approx", "apr", "art", "assoc", "asst", "aug", "avg", "bid", "bilat",
    "ca", "cap", "caps", "cc", "cf", "cm", "co", "cont", "corp", "dec", "dept", "dg", "diff", "dil", "dl", "dos", "dr",
    "drs", "dx", "ed", "eg", "eq", "esp", "est", "etc", "excl", "exp", "ext", "feb", "ff", "fri", "ft", "fx", "gen",
    "gm", "gtt", "hosp", "hr", "hrs", "ht", "hx", "ie", "im", "inc", "incl", "inf", "inj", "int", "invest", "iv",
    "jan", "jr", "jul", "jun", "kg", "lab", "labs", "lat", "lb", "lbs", "ltd", "mar", "max", "mcg", "med", "meds",
    "mg", "mgr", "min", "mins", "misc", "ml", "mm", "mo", "mon", "mos", "mr", "mrs", "ms", "msec", "neg", "nov", "oct",
    "oz", "ph", "po", "pos", "post", "postop", "pp", "prep", "preop", "prn", "prof", "prox", "pt", "pts", "qd", "qhs",
    "qid", "qod", "ref", "refs", "rep", "resp", "rev", "rt", "rx", "sat", "sc", "sec", "secs", "sep", "sept", "soln",
    "sp", "spp", "sr", "ss", "st", "subq", "subsp", "suppl", "surg", "susp", "sx", "syr", "tab", "tabs", "tbsp",
    "temp", "thu", "tid", "tsp", "tue", "tx", "univ", "viz", "vol", "vs", "wed", "wk", "wks", "wt", "yr", "yrs",
];

/// Words that a full stop belongs to when a number follows: "Fig. 2", "No. 7".
pub const NUMBERED: &[&str] =
    &["ch", "chap", "exp", "fig", "figs", "gr", "no", "nos", "nr", "p", "pp", "ref", "sect", "table", "tbl", "vol"];

/// The longest entry of the two lists, in bytes; a longer word isn't looked up.
pub const ABBREVIATION_BYTES_MAX: usize = 8;

/// Cuts one line's tokens into sentences.
pub(super) fn cut(text: &str, line: Vec<Token>, found: &mut Vec<Sentence>) {
    let (mut start, mut next, mut quoting) = (0, 0, false);
    while next < line.len() {
        let first = next;
        next += 1;
        let token = line[first].text(text);
        quoting ^= token == "\"";
        if !is_terminator(token) {
            continue;
        }
        while next < line.len() && goes_with_end(text, &line, next, quoting) {
            quoting ^= line[next].text(text) == "\"";
            next += 1;
        }
        if next < line.len() && ends(text, &line, start, first, next) {
            push_capped(text, &line[start..next], found);
            (start, quoting) = (next, false);
        }
    }
    push_capped(text, &line[start..], found);
}

/// Whether the sentence that begins at `start` ends with the terminators and closing marks `first..next`.
fn ends(text: &str, line: &[Token], start: usize, first: usize, next: usize) -> bool {
    if line[first..next].iter().any(|token| is_ideographic(token.text(text))) {
        return true;
    }
    let following = line[next].text(text);
    if attached(line, next) || goes_on(following) || first == start {
        return false;
    }
    if following.starts_with(char::is_numeric) && !attached(line, first) {
        // "take . 5 mg": a decimal point, where tokens stand apart.
        return false;
    }
    let before = line[first - 1].text(text);
    if !before.ends_with(|c: char| c.is_alphanumeric() || is_closing(c) || matches!(c, '"' | '\'' | '’' | '%' | '°'))
    {
        // "Impression: ? Pneumonia", "( ! )": a mark that ends nothing.
        return false;
    }
    let single_stop = line[first].text(text) == "." && !(first + 1 < next && is_terminator(line[first + 1].text(text)));
    !(single_stop && stop_belongs_to(before, following, first - 1 == start))
}

/// Whether a full stop after `before` is part of it: an initial, an abbreviation, a number.
fn stop_belongs_to(before: &str, following: &str, opens_sentence: bool) -> bool {
    let mut chars = before.chars();
    if let (Some(only), None) = (chars.next(), chars.next())
        && only.is_alphabetic()
    {
        return true;
    }
    let digit_follows = following.starts_with(char::is_numeric);
    if before.ends_with(char::is_numeric) && (digit_follows || opens_sentence) {
        return true;
    }
    if before.len() > ABBREVIATION_BYTES_MAX {
        return false;
    }
    let small = before.to_lowercase();
    ABBREVIATIONS.contains(&small.as_str()) || (digit_follows && NUMBERED.contains(&small.as_str()))
}

/// Whether no white space stands before a token of the line.
fn attached(line: &[Token], at: usize) -> bool {
    line[at - 1].bytes.end == line[at].bytes.start
}

fn is_terminator(token: &str) -> bool {
    matches!(token, "." | "!" | "?" | "‼" | "⁇" | "⁈" | "⁉" | "؟" | "۔" | "।" | "॥") || is_ideographic(token)
}

/// Terminators that no white space follows in their scripts.
fn is_ideographic(token: &str) -> bool {
    matches!(token, "。" | "！" | "？" | "｡" | "．")
}

fn is_closing(c: char) -> bool {
    matches!(c, ')' | ']' | '}' | '»' | '”' | '」' | '』' | '）' | '】')
}

/// Whether a token after a terminator belongs to the same end: more terminators, brackets, quotes that close.
/// `quoting` says whether a quote is open, where tokens stand apart as in CoNLL files.
fn goes_with_end(text: &str, line: &[Token], at: usize, quoting: bool) -> bool {
    let token = line[at].text(text);
    let closes = match token {
        "\"" => quoting || attached(line, at),
        "'" | "’" => attached(line, at),
        _ => token.chars().all(is_closing),
    };
    closes || is_terminator(token)
}

/// Whether a sentence can't begin with this token.
fn goes_on(token: &str) -> bool {
    token.starts_with(|c: char| c.is_lowercase() || matches!(c, ',' | ';' | ':' | '-' | '–' | '—' | '、' | '،'))
}

/// Adds the tokens as one sentence, or as several where they are more than a sentence may have.
fn push_capped(text: &str, mut tokens: &[Token], found: &mut Vec<Sentence>) {
    while tokens.len() > SENTENCE_TOKENS_MAX {
        let good = |at: &usize| {
            matches!(tokens[at - 1].text(text), "." | ";" | "," | ":" | "!" | "?")
                && !tokens[*at].text(text).starts_with(char::is_numeric)
        };
        let half = SENTENCE_TOKENS_MAX / 2;
        let cut = (half..=SENTENCE_TOKENS_MAX).rev().find(good).unwrap_or(SENTENCE_TOKENS_MAX);
        found.push(Sentence { tokens: tokens[..cut].to_vec() });
        tokens = &tokens[cut..];
    }
    if !tokens.is_empty() {
        found.push(Sentence { tokens: tokens.to_vec() });
    }
}

//! What one line of a CoNLL file says.

use crate::labels::LABEL_CHARS_MAX;

/// A line of a CoNLL file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'l> {
    /// Ends a sentence.
    Blank,
    /// Starts a document, which may have a name.
    Document(Option<&'l str>),
    /// Says nothing about the text.
    Comment,
    /// A token and its tag, or what is wrong with the tag.
    Token { token: &'l str, tag: Result<Tag<'l>, String> },
    /// Columns, but nothing in the first.
    NoToken,
}

/// An IOB2 tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag<'l> {
    Outside,
    Begin(&'l str),
    Inside(&'l str),
}

/// Reads a line. Columns are separated by tabs, in a line without tabs by white space.
pub(super) fn parse(line: &str) -> Line<'_> {
    if line.trim().is_empty() && !line.contains('\t') {
        return Line::Blank;
    }
    let (first, last) = columns(line);
    let tag = match last {
        Some(last) => parse_tag(last),
        None => Err("the line has no tag".to_owned()),
    };
    if first == "-DOCSTART-" {
        return Line::Document(None);
    }
    if let Some(name) = line.strip_prefix("#doc")
        && !line.contains('\t')
        && name.starts_with(char::is_whitespace)
    {
        return Line::Document(Some(name.trim()).filter(|name| !name.is_empty()));
    }
    if line.trim() == "#doc" {
        return Line::Document(None);
    }
    if line.starts_with("# ") && !line.contains('\t') && tag.is_err() {
        return Line::Comment;
    }
    if first.is_empty() {
        // A line of nothing but tabs is what spreadsheets make of a blank one.
        return if line.trim().is_empty() { Line::Blank } else { Line::NoToken };
    }
    Line::Token { token: first, tag }
}

/// The first column, and the last where there is more than one.
fn columns(line: &str) -> (&str, Option<&str>) {
    if let Some((first, rest)) = line.split_once('\t') {
        let last = rest.rsplit('\t').next().unwrap_or(rest);
        return (first.trim(), Some(last.trim()));
    }
    let mut parts = line.split_whitespace();
    let first = parts.next().unwrap_or_default();
    (first, parts.next_back())
}

fn parse_tag<'t>(tag: &'t str) -> Result<Tag<'t>, String> {
    if tag.is_empty() {
        return Err("the line has no tag".to_owned());
    }
    if tag == "O" {
        return Ok(Tag::Outside);
    }
    let (kind, label): (fn(&'t str) -> Tag<'t>, &str) = match (tag.strip_prefix("B-"), tag.strip_prefix("I-")) {
        (Some(label), _) => (Tag::Begin, label),
        (_, Some(label)) => (Tag::Inside, label),
        _ => return Err(format!("the tag {} isn't O, B-TYPE or I-TYPE", quoted(tag))),
    };
    let label = label.trim();
    if label.is_empty() {
        return Err(format!("the tag {} names no entity type", quoted(tag)));
    }
    if label.chars().nth(LABEL_CHARS_MAX).is_some() {
        return Err(format!("the entity type in {} has more than {LABEL_CHARS_MAX} characters", quoted(tag)));
    }
    Ok(kind(label))
}

/// A part of a file for a message: cut where it is long, control characters escaped.
pub(super) fn quoted(part: &str) -> String {
    const QUOTED_CHARS_MAX: usize = 40;
    match part.char_indices().nth(QUOTED_CHARS_MAX) {
        Some((end, _)) => format!("{:?}…", &part[..end]),
        None => format!("{part:?}"),
    }
}

//! What one line of a CoNLL file says.

use super::super::lines::quoted;

/// The type of an entity where tags name none, as in files of a single type.
pub(super) const UNNAMED: &str = "Entity";

/// A line of a CoNLL file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'l> {
    /// Ends a sentence.
    Blank,
    /// Starts a document, which may have a name.
    Document(Option<&'l str>),
    /// Says nothing about the text.
    Comment,
    /// A token and its tag, as it stands there, and what it says or what is wrong with it.
    Token { token: &'l str, raw: &'l str, tag: Result<Tag<'l>, String> },
    /// Columns, but nothing in the first.
    NoToken,
}

/// A tag of IOB1, IOB2, BIOES (BMES) or BILOU: O, or a position in an entity and its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag<'l> {
    Outside,
    In(TagPosition, &'l str),
}

/// Where in an entity a token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TagPosition {
    /// B-: the first.
    Begin,
    /// I- or M-: after the first; in IOB1 also the first.
    Inside,
    /// E- or L-: the last of several.
    End,
    /// S- or U-: the only one.
    Single,
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
        && (name.is_empty() || name.starts_with(char::is_whitespace))
    {
        return Line::Document(Some(name.trim()).filter(|name| !name.is_empty()));
    }
    if line.starts_with("# ") && !line.contains('\t') && tag.is_err() {
        return Line::Comment;
    }
    if first.is_empty() {
        // A line of nothing but tabs is what spreadsheets make of a blank one.
        return if line.trim().is_empty() { Line::Blank } else { Line::NoToken };
    }
    Line::Token { token: first, raw: last.unwrap_or_default(), tag }
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

fn parse_tag(tag: &str) -> Result<Tag<'_>, String> {
    if tag.is_empty() {
        return Err("the line has no tag".to_owned());
    }
    if tag == "O" {
        return Ok(Tag::Outside);
    }
    let (prefix, label) = tag.split_once('-').map_or((tag, None), |(prefix, label)| (prefix, Some(label.trim())));
    let position = match prefix {
        "B" => TagPosition::Begin,
        "I" | "M" => TagPosition::Inside,
        "E" | "L" => TagPosition::End,
        "S" | "U" => TagPosition::Single,
        _ => return Err(format!("the tag {} isn't O, B-TYPE or I-TYPE (nor E-, S-, L-, U-TYPE)", quoted(tag))),
    };
    match label {
        Some("") => Err(format!("the tag {} names no entity type", quoted(tag))),
        Some(label) => Ok(Tag::In(position, label)),
        None => Ok(Tag::In(position, UNNAMED)),
    }
}

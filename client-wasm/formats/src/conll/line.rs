//! The columns of a line, and what a tag says.

use super::super::lines::quoted;

/// The type of an entity where tags name none, as in files of a single type.
pub(super) const UNNAMED: &str = "Entity";

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

/// Whether a line ends a sentence: it holds white space at most. Spreadsheets make lines of tabs of a blank one.
pub(super) fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

/// The columns of a line: between tabs, in a line without tabs between white space.
pub(super) fn cells(line: &str) -> Vec<&str> {
    match line.contains('\t') {
        true => line.split('\t').map(str::trim).collect(),
        false => line.split_whitespace().collect(),
    }
}

/// Reads a tag, or says what is wrong with it.
pub(super) fn parse_tag(tag: &str) -> Result<Tag<'_>, String> {
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

/// The type that a tag names; none of O, of a letter alone and of what isn't a tag.
pub(super) fn label_of(tag: &str) -> Option<&str> {
    match parse_tag(tag) {
        Ok(Tag::In(_, label)) if tag.contains('-') => Some(label),
        _ => None,
    }
}

//! Lines that aren't tokens: where documents begin and what they are called, and comments.

use super::UNREAD;
use super::line::parse_tag;

/// A line beside the tokens.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Mark<'l> {
    /// Starts a document, which may have a name.
    Document(Option<&'l str>),
    /// Nobody has looked at this document.
    Unread,
    /// Says nothing about the text.
    Comment,
}

/// Keys of comments that start a document and name it, in small letters.
const DOCUMENT_KEYS: &[&str] =
    &["newdoc id", "newdoc", "doc_id", "docid", "doc-id", "doc id", "document_id", "document id", "document", "doc"];

/// What a line says beside the tokens, by its beginning. A line of as many columns as the tokens' with a tag is a token,
/// even where it begins with `#`: whether it may be one is `may_be_token`.
pub(super) fn parse<'l>(line: &'l str, may_be_token: bool) -> Option<Mark<'l>> {
    let mut cells = line.split(['\t', ' ']).filter(|cell| !cell.is_empty());
    let first = cells.next()?;
    if first == "-DOCSTART-" || cells.clone().next() == Some("-DOCSTART-") {
        return Some(Mark::Document(cells.find_map(docstart_id)));
    }
    if let Some(name) = line
        .strip_prefix("#doc")
        .filter(|_| !line.contains('\t'))
        .filter(|name| name.is_empty() || name.starts_with(char::is_whitespace))
    {
        return Some(Mark::Document(named(name)));
    }
    if !line.starts_with('#') || may_be_token {
        return None;
    }
    if line.trim_end() == UNREAD {
        return Some(Mark::Unread);
    }
    if let Some(name) = line.strip_prefix("###").filter(|_| !line.contains('\t')) {
        let name = name.split_once(':').map_or(name, |(_, name)| name).trim();
        return Some(Mark::Document(named(name)));
    }
    if let Some(rest) = line.strip_prefix("#begin document") {
        let name = rest.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map_or(rest, |(name, _)| name);
        return Some(Mark::Document(named(name)));
    }
    let comment = line.trim_start_matches('#');
    let trimmed = comment.trim_start();
    if let Some(found) = DOCUMENT_KEYS.iter().find_map(|key| value_of(trimmed, key)) {
        return Some(Mark::Document(named(found)));
    }
    // "#fever" without a tag is a token that lacks one.
    let is_comment = comment.is_empty() || comment.starts_with(['#', ' ', '\t', '!']) || comment.contains('=');
    is_comment.then_some(Mark::Comment)
}

/// What follows a key: after `=` or `:`, or after white space alone.
fn value_of<'l>(comment: &'l str, key: &str) -> Option<&'l str> {
    let head = comment.get(..key.len()).filter(|head| head.eq_ignore_ascii_case(key))?;
    let rest = &comment[head.len()..];
    if rest.trim().is_empty() {
        return Some("");
    }
    let value = rest.trim_start();
    match value.strip_prefix(['=', ':']) {
        Some(value) => Some(value),
        // "# document follows" is a sentence.
        None => None,
    }
}

/// An id after `-DOCSTART-`: `-1-`, `(doc7)`; none of the fillers of the other columns.
fn docstart_id(cell: &str) -> Option<&str> {
    let id = cell.trim_matches(['-', '(', ')']);
    let is_filler = matches!(id, "" | "X" | "O" | "_" | "DOCSTART") || parse_tag(cell).is_ok();
    (!is_filler && (id.contains(|c: char| c.is_ascii_digit()) || id.len() > 2)).then_some(id)
}

fn named(name: &str) -> Option<&str> {
    Some(name.trim()).filter(|name| !name.is_empty())
}

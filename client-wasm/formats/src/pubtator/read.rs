//! Reads documents: a `|t|` line, an `|a|` line, and lines with tabs.

use super::super::Detail;
use super::super::FileError;
use super::super::definition::Source;
use super::super::import::FileImport;
use super::super::lines::{lines, quoted};
use super::super::recognise::{Content, Evidence};
use super::super::standoff::{self, StandoffDocument, StandoffEntity, TextPart};
use super::super::units::Unit;

/// Titles, and the entities below them.
pub(super) fn recognise(content: &Content<'_>) -> Evidence {
    let mut found = Evidence::default();
    for (_, line) in lines(content.text).filter(|(_, line)| !line.trim().is_empty()) {
        match section(line) {
            // A table may hold such a cell, a title is a line of its own.
            Some((id, kind, _)) if !id.is_empty() && !id.contains(char::is_whitespace) => {
                found.documents += usize::from(kind == 't' || found.documents == 0);
                found.marks += 1;
            }
            _ => match annotation(line) {
                Some(Ok(_)) if found.documents > 0 => found.entities += 1,
                _ if line.contains('\t') => {}
                _ => found.foreign += 1,
            },
        }
    }
    found
}

/// Reads a whole file.
pub(super) fn read(source: &Source<'_>, file: &mut FileImport<'_>) -> Result<(), FileError> {
    let mut documents: Vec<StandoffDocument> = Vec::new();
    let mut open: Option<Open> = None;
    let (mut relations, mut too_long) = (None, None);
    for (number, line) in lines(source.text) {
        if line.trim().is_empty() {
            documents.extend(open.take().map(Open::finish));
        } else if let Some((id, kind, body)) = section(line) {
            // A document may follow another without an empty line between.
            let is_next = open.as_ref().is_some_and(|open| open.id != id || kind == 't' || open.has_abstract);
            if is_next {
                documents.extend(open.take().map(Open::finish));
            }
            open.get_or_insert_with(|| Open::new(id, number)).section(kind, body);
        } else {
            match (annotation(line), &mut open) {
                (Some(Ok((id, entity))), Some(open)) if open.id == id => {
                    let is_kept = entity.detail.as_ref().is_some_and(|detail| detail.code.is_some());
                    if has_identifier(line) && !is_kept {
                        too_long.get_or_insert((number, 0_usize)).1 += 1;
                    }
                    open.part.entities.push(StandoffEntity { line: Some(number), ..entity });
                }
                (Some(Ok((id, _))), _) => {
                    let message = format!("the entity is of the document {}, which isn't above it", quoted(id));
                    file.problem(number, format!("{message}; it was left out"));
                }
                (Some(Err(why)), open) => {
                    open.iter_mut().for_each(|open| open.refused = true);
                    file.problem(number, format!("the entity {why}; it was left out"));
                }
                (None, _) => relations.get_or_insert((number, 0_usize)).1 += 1,
            }
        }
    }
    documents.extend(open.map(Open::finish));
    for (what, found) in [("relations", relations), ("identifiers of over 200 characters", too_long)] {
        if let Some((line, count)) = found {
            file.problem(line, format!("{what} aren't kept: {count} in this file, the first at this line"));
        }
    }
    // In a file in which something is labelled, a document without entities is an example of none.
    let labelled = documents.iter().any(|document| document.parts.iter().any(|part| !part.entities.is_empty()));
    documents.iter_mut().for_each(|document| document.labelled = labelled);
    standoff::import(documents, Unit::Chars, source.had_byte_order_mark, file);
    Ok(())
}

/// A document of which more lines may follow.
struct Open {
    id: String,
    line: usize,
    part: TextPart,
    has_abstract: bool,
    refused: bool,
}

impl Open {
    fn new(id: &str, line: usize) -> Self {
        Self { id: id.to_owned(), line, part: TextPart::default(), has_abstract: false, refused: false }
    }

    /// Title and abstract are a character apart, also where one of them is empty.
    fn section(&mut self, kind: char, body: &str) {
        if kind == 'a' {
            self.has_abstract = true;
            self.part.text.push('\n');
        }
        self.part.text.push_str(body);
    }

    fn finish(mut self) -> StandoffDocument {
        if self.has_abstract && self.part.text.ends_with('\n') {
            self.part.text.pop();
        }
        StandoffDocument {
            name: Some(self.id),
            line: Some(self.line),
            parts: vec![self.part],
            labelled: false,
            refused: self.refused,
        }
    }
}

/// Whether a line of an entity has a sixth column; `-` stands for none.
fn has_identifier(line: &str) -> bool {
    line.split('\t').nth(5).is_some_and(|identifier| !matches!(identifier.trim(), "" | "-"))
}

/// `ID|t|title` or `ID|a|abstract`.
fn section(line: &str) -> Option<(&str, char, &str)> {
    let (id, rest) = line.split_once('|')?;
    let (kind, body) = rest.split_once('|')?;
    let kind = match kind {
        "t" => 't',
        "a" => 'a',
        _ => return None,
    };
    (!id.contains('\t')).then_some((id.trim(), kind, body))
}

/// `ID start end text type …`, by tabs; none where the second column isn't a number, as in relations.
fn annotation(line: &str) -> Option<Result<(&str, StandoffEntity), &'static str>> {
    let mut columns = line.split('\t');
    let id = columns.next()?.trim();
    let start = columns.next()?.trim().parse().ok()?;
    let mut rest = || columns.next().filter(|column| !column.trim().is_empty());
    let mut entity = || {
        let end = rest().and_then(|end| end.trim().parse().ok()).ok_or("has no end, counted from 0")?;
        let text = rest().map(str::to_owned);
        let label = rest().ok_or("has no type in the fifth column")?.trim().to_owned();
        let mut detail = Detail::default();
        if let Some(code) = rest().filter(|code| code.trim() != "-") {
            detail.code(code);
        }
        Ok((
            id,
            StandoffEntity { line: None, label, start, end, more: Box::default(), text, detail: None }.with(detail),
        ))
    };
    Some({ entity }())
}

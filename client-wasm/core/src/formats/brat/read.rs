//! Reads a text and the entities in its annotations. A discontinuous entity becomes one from its first character to its
//! last; what isn't an entity is counted.

use std::collections::BTreeMap;

use super::super::import::FileImport;
use super::super::lines::{lines, quoted};
use super::super::standoff::{StandoffDocument, StandoffEntity, Part, take_in};
use super::super::units::Unit;

/// Takes in a document; without annotations it is one that nobody has labelled.
pub(in super::super) fn read(text: &str, annotations: Option<&str>, file: &mut FileImport<'_>) {
    let mut left_out = BTreeMap::new();
    let mut entities = Vec::new();
    for (number, line) in annotations.map(lines).into_iter().flatten().filter(|(_, line)| !line.trim().is_empty()) {
        match entity(line) {
            Some(Ok(entity)) => entities.push(StandoffEntity { line: Some(number), ..entity }),
            Some(Err(why)) => file.problem(number, format!("the entity {} {why}; it was left out", quoted(line))),
            None => {
                let (first, count) = left_out.entry(kind(line)).or_insert((number, 0_usize));
                (*first, *count) = (number.min(*first), *count + 1);
            }
        }
    }
    for (kind, (line, count)) in left_out {
        file.problem(line, format!("{kind} aren't kept: {count} in this file, the first at this line"));
    }
    let name = Some(file.stem().to_owned());
    let part = Part { offset: 0, text: text.to_owned(), entities };
    let document = StandoffDocument { name, line: None, parts: vec![part], labelled: annotations.is_some() };
    take_in(vec![document], Unit::Chars, file);
}

/// `T1<TAB>Type 0 5;8 12<TAB>text`; none where the line isn't about an entity.
fn entity(line: &str) -> Option<Result<StandoffEntity, &'static str>> {
    let number = line.strip_prefix('T')?;
    let mut columns = number.splitn(3, '\t');
    columns.next();
    let entity = columns.next().ok_or("has no second column").and_then(|place| {
        let (label, offsets) = place.trim().split_once(' ').ok_or("has no type and offsets")?;
        let pieces = offsets.split(';').map(|piece| {
            let (start, end) = piece.trim().split_once(' ').ok_or("has an offset without its end")?;
            let number = |text: &str| text.trim().parse::<usize>().map_err(|_| "has an offset that is no number");
            Ok((number(start)?, number(end)?))
        });
        let mut pieces = pieces.collect::<Result<Vec<_>, &'static str>>()?;
        let (start, end) = pieces.remove(0);
        let text = columns.next().map(str::to_owned);
        Ok(StandoffEntity { line: None, label: label.to_owned(), start, end, more: pieces, text })
    });
    Some(entity)
}

/// What a line that is about no entity holds.
fn kind(line: &str) -> &'static str {
    match line.chars().next() {
        Some('R' | '*') => "relations",
        Some('E') => "events",
        Some('A' | 'M') => "attributes",
        Some('N') => "links to terminologies (N)",
        Some('#') => "notes (#)",
        _ => "lines of a kind that brat doesn't have",
    }
}

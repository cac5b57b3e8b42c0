//! Entities given by offsets in a unit that the file shows: by the marked texts that it repeats.

use super::import::{FileImport, RawDocument, RawSpan};
use super::lines::quoted;
use super::units::{Positions, Unit};
use crate::labels::Span;

/// The most line feeds that stand for a gap between two parts; offsets may name any gap.
const GAP_MAX: usize = 64;

/// Characters that end a line for one tool or another.
pub(super) const LINE_ENDS: &[char] =
    &['\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}'];

/// A document as parts of text and entities by offset.
#[derive(Debug, Default)]
pub(super) struct StandoffDocument {
    pub(super) name: Option<String>,
    pub(super) line: Option<usize>,
    pub(super) parts: Vec<Part>,
    pub(super) labelled: bool,
}

/// A piece of a document's text: a passage, a sentence, or all of it.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Where it begins in the document, in the file's unit.
    pub(super) offset: usize,
    pub(super) text: String,
    pub(super) entities: Vec<StandoffEntity>,
}

/// An entity by its offsets in the document, in the file's unit.
#[derive(Debug, Default)]
pub(super) struct StandoffEntity {
    pub(super) line: Option<usize>,
    pub(super) label: String,
    pub(super) start: usize,
    pub(super) end: usize,
    /// More pieces of a discontinuous entity.
    pub(super) more: Vec<(usize, usize)>,
    /// What the file says stands there.
    pub(super) text: Option<String>,
}

/// Takes in documents whose offsets are in one unit: the one in which most marked texts stand where the file says, in
/// doubt the format's own.
pub(super) fn take_in(documents: Vec<StandoffDocument>, own: Unit, file: &mut FileImport<'_>) {
    let unit = unit(&documents, own);
    if unit != own {
        file.detail(format!("{}, by the marked texts", unit.title()));
    }
    for document in documents {
        if file.is_full(document.line) {
            return;
        }
        let found = assemble(document, unit, file);
        file.document(found);
    }
}

fn unit(documents: &[StandoffDocument], own: Unit) -> Unit {
    let mut fits = [0_usize; Unit::ALL.len()];
    for part in documents.iter().flat_map(|document| &document.parts) {
        let positions = Positions::new(&part.text);
        if positions.are_alike() {
            continue;
        }
        for entity in &part.entities {
            for (unit, fits) in Unit::ALL.into_iter().zip(&mut fits) {
                let found = locate(entity, part.offset, &positions, unit);
                *fits +=
                    usize::from(found.is_ok_and(|found| says(entity, &positions, &found).is_some_and(|same| same)));
            }
        }
    }
    let most = fits.into_iter().max().unwrap_or_default();
    let best = Unit::ALL.into_iter().zip(fits).filter(|(_, fits)| *fits == most).map(|(unit, _)| unit);
    best.clone().find(|unit| *unit == own).or_else(|| best.clone().next()).unwrap_or(own)
}

fn assemble(document: StandoffDocument, unit: Unit, file: &mut FileImport<'_>) -> RawDocument {
    let StandoffDocument { name, line, parts, labelled } = document;
    let mut found = RawDocument { name, line, labelled, ..RawDocument::default() };
    let (mut chars, mut end) = (0, None);
    for part in parts {
        let positions = Positions::new(&part.text);
        if let Some(end) = end {
            let gap = match part.offset.saturating_sub(end) {
                0 if found.text.ends_with(char::is_whitespace) => 0,
                gap @ 1..=GAP_MAX => gap,
                _ => 1,
            };
            found.text.extend(std::iter::repeat_n('\n', gap));
            chars += gap;
        }
        for entity in &part.entities {
            if let Some(range) = place(entity, part.offset, &positions, unit, file) {
                let span = Span { start: chars + range.0, end: chars + range.1, label: entity.label.clone() };
                found.spans.push(RawSpan { line: entity.line, span });
            }
        }
        end = Some(part.offset.saturating_add(positions.len(unit)));
        chars += positions.len(Unit::Chars);
        found.text.push_str(&part.text);
    }
    found
}

/// Where an entity stands in its part, in chars, with what is wrong said.
fn place(
    entity: &StandoffEntity,
    offset: usize,
    positions: &Positions<'_>,
    unit: Unit,
    file: &mut FileImport<'_>,
) -> Option<(usize, usize)> {
    let found = match locate(entity, offset, positions, unit) {
        Ok(found) => found,
        Err(why) => {
            file.problem(entity.line, format!("{} {why}; it was left out", named(entity)));
            return None;
        }
    };
    let (start, end) = (found.first()?.0, found.last()?.1);
    if !found.windows(2).all(|pair| is_line_break(pair[0].1, pair[1].0, positions)) {
        let whole = quoted(positions.slice(start..end));
        file.problem(entity.line, format!("{} is discontinuous; all of {whole} was taken", named(entity)));
    } else if says(entity, positions, &found) == Some(false) {
        let (there, said) = (quoted(positions.slice(start..end)), quoted(entity.text.as_deref().unwrap_or_default()));
        let message =
            format!("{} should be {said}, but {there} stands there; the offsets were followed", named(entity));
        file.problem(entity.line, message);
    }
    Some((start, end))
}

/// The pieces of an entity in chars of its part, in the order of the text.
fn locate(
    entity: &StandoffEntity,
    offset: usize,
    positions: &Positions<'_>,
    unit: Unit,
) -> Result<Vec<(usize, usize)>, &'static str> {
    let chars = |at: usize| {
        let at = at.checked_sub(offset).ok_or("begins before its text")?;
        positions.to_chars(unit, at).ok_or("is not inside its text, or ends within a character")
    };
    let pieces = std::iter::once((entity.start, entity.end)).chain(entity.more.iter().copied());
    let mut found = pieces
        .map(|(start, end)| if start < end { Ok((chars(start)?, chars(end)?)) } else { Err("covers no character") })
        .collect::<Result<Vec<_>, _>>()?;
    found.sort_unstable();
    Ok(found)
}

/// Whether the file's own words for the entity stand at its pieces; none where it has none.
fn says(entity: &StandoffEntity, positions: &Positions<'_>, found: &[(usize, usize)]) -> Option<bool> {
    let said = entity.text.as_deref()?;
    // Word by word, so that a long entity with a short text costs little.
    Some(plain(said).eq(found.iter().flat_map(|(start, end)| plain(positions.slice(*start..*end)))))
}

/// Words without the white space between, which formats change in their own ways; Label Studio writes a line feed as a
/// backslash and an n.
fn plain(text: &str) -> impl Iterator<Item = &str> {
    text.split("\\n").flat_map(str::split_whitespace)
}

/// Whether a gap between two pieces is only the end of a line, at which some tools cut an entity in two.
fn is_line_break(start: usize, end: usize, positions: &Positions<'_>) -> bool {
    if start >= end || end - start > GAP_MAX {
        return start == end;
    }
    let gap = positions.slice(start..end);
    gap.trim().is_empty() && gap.contains(LINE_ENDS)
}

fn named(entity: &StandoffEntity) -> String {
    format!("the entity {}–{} {}", entity.start, entity.end, quoted(&entity.label))
}

//! Entities given by offsets. Where the file repeats the words that an entity covers, they decide what the offsets count,
//! and whether an entity can be believed.

mod alignment;
mod records;

use super::Detail;
use super::import::{FileImport, RawDocument, RawSpan};
use super::lines::quoted;
use super::units::{OffsetTable, Unit};
use fedner_text::labels::Span;

use alignment::{Alignment, locate, says};
pub(super) use records::import_records;

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
    pub(super) parts: Vec<TextPart>,
    pub(super) labelled: bool,
    /// An entity of it couldn't be read.
    pub(super) refused: bool,
}

/// A piece of a document's text: a passage, a sentence, or all of it.
#[derive(Debug, Default)]
pub(super) struct TextPart {
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
    /// More pieces of a discontinuous entity; boxed, as a file may have a hundred thousand entities.
    pub(super) more: Box<[(usize, usize)]>,
    /// The words that the file says stand there.
    pub(super) text: Option<String>,
    /// What the file says of it, in a box as most have nothing.
    pub(super) detail: Option<Box<Detail>>,
}

/// Takes in documents whose offsets count one thing: what makes most words stand where the file says, where several fit the
/// format's own unit. A document in which they don't may be shifted as a whole; an entity that still disagrees is left out.
///
/// `had_byte_order_mark`: one stood before the text, and offsets may count it.
pub(super) fn import(
    documents: Vec<StandoffDocument>,
    own: Unit,
    had_byte_order_mark: bool,
    file: &mut FileImport<'_>,
) {
    let alignment = Alignment::of_file(&documents, own, had_byte_order_mark);
    if let Some(detail) = alignment.detail(own, had_byte_order_mark) {
        file.detail(detail);
    }
    for document in documents {
        if file.is_full(document.line) {
            return;
        }
        let found = alignment.for_document(&document, own);
        if found.shift != alignment.shift {
            let name = document.name.as_deref().unwrap_or_default();
            let message = format!("all offsets of the document {} were moved by {}", quoted(name), -found.shift);
            file.problem(document.line, format!("{message}, where the words of its entities stand"));
        }
        let found = assemble(document, found, file);
        file.document(found);
    }
}

fn assemble(document: StandoffDocument, alignment: Alignment, file: &mut FileImport<'_>) -> RawDocument {
    let StandoffDocument { name, line, parts, labelled, refused } = document;
    let mut found = RawDocument { name, line, labelled, refused, ..RawDocument::default() };
    let (mut chars, mut end) = (0, None);
    for part in parts {
        let positions = OffsetTable::new(&part.text);
        if let Some(end) = end {
            let gap = match part.offset.saturating_sub(end) {
                0 if found.text.ends_with(char::is_whitespace) => 0,
                gap @ 1..=GAP_MAX => gap,
                _ => 1,
            };
            found.text.extend(std::iter::repeat_n('\n', gap));
            chars += gap;
        }
        for entity in part.entities {
            match check(&entity, part.offset, &positions, alignment, file) {
                Checked::At(start, end) => {
                    let span = Span { start: chars + start, end: chars + end, label: entity.label };
                    found.spans.push(RawSpan { line: entity.line, span, detail: entity.detail });
                }
                Checked::Refused => found.refused = true,
                Checked::Undecided => found.undecided = true,
            }
        }
        end = Some(part.offset.saturating_add(positions.len(alignment.unit)));
        chars += positions.len(Unit::Chars);
        found.text.push_str(&part.text);
    }
    found
}

impl StandoffEntity {
    /// With what the file says of it.
    pub(super) fn with(self, detail: Detail) -> Self {
        let detail = (!detail.is_empty()).then(|| Box::new(detail));
        Self { detail, ..self }
    }

    /// What is said of it, to be added to.
    pub(super) fn detail(&mut self) -> &mut Detail {
        self.detail.get_or_insert_default()
    }
}

/// What became of an entity.
enum Checked {
    /// It stands here, in chars of its part.
    At(usize, usize),
    /// Its offsets are of no place in the text.
    Refused,
    /// Other words stand there than the file says.
    Undecided,
}

/// Finds the place of an entity, and says what is wrong with it.
fn check(
    entity: &StandoffEntity,
    offset: usize,
    positions: &OffsetTable<'_>,
    alignment: Alignment,
    file: &mut FileImport<'_>,
) -> Checked {
    let found = match locate(entity, offset, positions, alignment) {
        Ok(found) => found,
        Err(why) => {
            file.problem(entity.line, format!("{} {why}; it was left out", named(entity)));
            return Checked::Refused;
        }
    };
    let (Some(first), Some(last)) = (found.first(), found.last()) else { return Checked::Refused };
    let (start, end) = (first.0, last.1);
    if says(entity, positions, &found) == Some(false) {
        let (there, said) = (quoted(positions.slice(start..end)), quoted(entity.text.as_deref().unwrap_or_default()));
        file.problem(
            entity.line,
            format!("{} should be {said}, but {there} stands there; it was left out", named(entity)),
        );
        return Checked::Undecided;
    }
    if !found.windows(2).all(|pair| is_line_break(pair[0].1, pair[1].0, positions)) {
        let whole = quoted(positions.slice(start..end));
        file.problem(entity.line, format!("{} is discontinuous; all of {whole} was taken", named(entity)));
    }
    Checked::At(start, end)
}

/// Whether a gap between two pieces is only the end of a line, at which some tools cut an entity in two.
fn is_line_break(start: usize, end: usize, positions: &OffsetTable<'_>) -> bool {
    if start >= end || end - start > GAP_MAX {
        return start == end;
    }
    let gap = positions.slice(start..end);
    gap.trim().is_empty() && gap.contains(LINE_ENDS)
}

fn named(entity: &StandoffEntity) -> String {
    format!("the entity {}–{} {}", entity.start, entity.end, quoted(&entity.label))
}

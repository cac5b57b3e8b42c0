//! What the offsets of a file count, and from where, by the words that it says stand at them.

use super::super::units::{OffsetTable, Unit};
use super::{StandoffDocument, StandoffEntity};

/// How many different words a document needs before they show that all its offsets are shifted.
const SHIFT_WORDS_MIN: usize = 2;

/// How many entities of a file have to stand a character beside their offsets before these count from 1, or from -1.
const BESIDE_MIN: usize = 2;

/// The largest shift that is looked for, in chars.
const SHIFT_MAX: usize = 10_000;

/// How offsets of a file become offsets of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Alignment {
    /// What they count.
    pub(super) unit: Unit,
    /// What they count before the text begins.
    pub(super) shift: isize,
}

impl Alignment {
    /// The alignment of most entities of a file: in doubt its own unit from the beginning of the text.
    pub(super) fn of_file(documents: &[StandoffDocument], own: Unit, had_byte_order_mark: bool) -> Self {
        let plain = Self { unit: own, shift: 0 };
        let mut candidates = vec![plain];
        candidates.extend(Unit::ALL.into_iter().filter(|unit| *unit != own).map(|unit| Self { unit, shift: 0 }));
        if had_byte_order_mark {
            let marked: Vec<Self> = candidates
                .iter()
                .map(|Self { unit, .. }| Self { unit: *unit, shift: unit.byte_order_mark().cast_signed() })
                .collect();
            candidates.extend(marked);
        }
        let beside = candidates.len();
        if !had_byte_order_mark {
            // Offsets that count from 1, as in R and in some tables.
            candidates.extend([1, -1].map(|shift| Self { unit: own, shift }));
        }
        let mut fits = vec![0_usize; candidates.len()];
        for part in documents.iter().flat_map(|document| &document.parts) {
            let positions = OffsetTable::new(&part.text);
            // Where every character is one of each unit, only where the count begins may differ.
            let alike = positions.are_alike() && !had_byte_order_mark;
            for entity in part.entities.iter().filter(|entity| entity.text.is_some()) {
                for (at, (candidate, fits)) in candidates.iter().zip(&mut fits).enumerate() {
                    if at == 0 || at >= beside || !alike {
                        *fits += usize::from(candidate.fits(entity, part.offset, &positions));
                    }
                }
            }
        }
        fits[beside..].iter_mut().filter(|fits| **fits < BESIDE_MIN).for_each(|fits| *fits = 0);
        let most = fits.iter().copied().max().unwrap_or_default();
        candidates.into_iter().zip(fits).find(|(_, fits)| *fits == most).map_or(plain, |(candidate, _)| candidate)
    }

    /// The alignment of one document: the file's, unless another shift explains every entity that says its words.
    pub(super) fn for_document(self, document: &StandoffDocument, own: Unit) -> Self {
        // Parts begin where the file says; only the whole text may begin somewhere else.
        let [part] = &document.parts[..] else { return self };
        let worded: Vec<&StandoffEntity> = part.entities.iter().filter(|entity| entity.text.is_some()).collect();
        let positions = OffsetTable::new(&part.text);
        let Some(wrong) = worded.iter().find(|entity| !self.fits(entity, part.offset, &positions)) else { return self };
        let mut words: Vec<&str> = worded.iter().filter_map(|entity| entity.text.as_deref()).collect();
        words.sort_unstable();
        words.dedup();
        if words.len() < SHIFT_WORDS_MIN {
            return self;
        }
        let mut units = vec![self.unit, own];
        units.dedup();
        let shifted = units.into_iter().flat_map(|unit| {
            let base = Self { unit, shift: 0 };
            base.shifts_of(wrong, part.offset, &positions).map(move |shift| Self { shift, ..base })
        });
        let mut explaining =
            shifted.filter(|candidate| worded.iter().all(|entity| candidate.fits(entity, part.offset, &positions)));
        explaining.next().unwrap_or(self)
    }

    /// The shifts that would put an entity on its own words, the smallest first.
    fn shifts_of<'t>(
        self,
        entity: &StandoffEntity,
        offset: usize,
        positions: &OffsetTable<'t>,
    ) -> impl Iterator<Item = isize> + use<'t> {
        /// How many places with the same words are tried.
        const PLACES_MAX: usize = 64;
        let words = entity.text.as_deref().unwrap_or_default();
        let start = entity.start.saturating_sub(offset).cast_signed();
        let mut shifts: Vec<isize> = Vec::new();
        if !words.trim().is_empty() {
            let places = positions.text().match_indices(words).take(PLACES_MAX);
            shifts.extend(places.map(|(byte, _)| start - positions.of_byte(self.unit, byte).cast_signed()));
        }
        shifts.retain(|shift| shift.unsigned_abs() <= SHIFT_MAX);
        shifts.sort_by_key(|shift| shift.unsigned_abs());
        shifts.into_iter()
    }

    fn fits(self, entity: &StandoffEntity, offset: usize, positions: &OffsetTable<'_>) -> bool {
        locate(entity, offset, positions, self).is_ok_and(|found| says(entity, positions, &found) == Some(true))
    }

    /// What is said of it, where it isn't the format's own.
    pub(super) fn detail(self, own: Unit, had_byte_order_mark: bool) -> Option<String> {
        let mark = match self.shift {
            0 => "",
            _ if had_byte_order_mark => ", a byte order mark counted",
            1 => ", counted from 1",
            _ => ", counted from -1",
        };
        (self != Self { unit: own, shift: 0 }).then(|| format!("{}{mark}, by the marked texts", self.unit.title()))
    }
}

/// The pieces of an entity in chars of its part, in the order of the text.
pub(super) fn locate(
    entity: &StandoffEntity,
    offset: usize,
    positions: &OffsetTable<'_>,
    alignment: Alignment,
) -> Result<Vec<(usize, usize)>, &'static str> {
    let chars = |at: usize| {
        let at = at.checked_sub(offset).and_then(|at| at.checked_add_signed(-alignment.shift));
        let at = at.ok_or("begins before its text")?;
        positions.to_chars(alignment.unit, at).ok_or("is not inside its text, or ends within a character")
    };
    let pieces = std::iter::once((entity.start, entity.end)).chain(entity.more.iter().copied());
    let mut found = pieces
        .map(|(start, end)| if start < end { Ok((chars(start)?, chars(end)?)) } else { Err("covers no character") })
        .collect::<Result<Vec<_>, _>>()?;
    found.sort_unstable();
    Ok(found)
}

/// Whether the file's own words for the entity stand at its pieces; none where it has none.
pub(super) fn says(entity: &StandoffEntity, positions: &OffsetTable<'_>, found: &[(usize, usize)]) -> Option<bool> {
    let said = entity.text.as_deref()?;
    // Char by char, so that a long entity with a short text costs little.
    Some(letters(said).eq(found.iter().flat_map(|(start, end)| letters(positions.slice(*start..*end)))))
}

/// Characters in small letters without the white space between, which formats change in their own ways: i2b2 writes small
/// letters, Label Studio a line feed as a backslash and an n.
fn letters(text: &str) -> impl Iterator<Item = char> {
    text.split("\\n").flat_map(str::chars).filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase)
}

//! What offsets count: code points, UTF-16 code units, bytes.

use std::ops::Range;

/// What a format's offsets count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Unicode code points, as in Python.
    Chars,
    /// UTF-16 code units, as in JavaScript and Java.
    Utf16,
    /// UTF-8 bytes.
    Bytes,
    /// Code points of a text whose CRLF line ends were read as LF.
    Folded,
    /// Code points of a text whose LF line ends were CRLF.
    Unfolded,
}

impl Unit {
    pub(super) const ALL: [Self; 5] = [Self::Chars, Self::Utf16, Self::Bytes, Self::Folded, Self::Unfolded];

    /// What it is called in reports.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Chars => "offsets in code points",
            Self::Utf16 => "offsets in UTF-16 code units",
            Self::Bytes => "offsets in UTF-8 bytes",
            Self::Folded => "offsets in code points, CRLF counted as one",
            Self::Unfolded => "offsets in code points, line ends counted as two",
        }
    }

    /// What a byte order mark before the text counts.
    pub(super) fn byte_order_mark(self) -> usize {
        if self == Self::Bytes { '\u{feff}'.len_utf8() } else { 1 }
    }
}

/// How many chars lie between two places that are remembered.
const STRIDE: usize = 128;

/// Turns offsets of one text from any unit to chars and back, each in logarithmic time.
pub(super) struct OffsetTable<'t> {
    text: &'t str,
    /// Every [`STRIDE`]th char; none where all units count alike.
    places: Vec<Counts>,
    end: Counts,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    chars: usize,
    utf16: usize,
    bytes: usize,
    folded: usize,
    unfolded: usize,
}

impl Counts {
    fn count(&self, unit: Unit) -> usize {
        match unit {
            Unit::Chars => self.chars,
            Unit::Utf16 => self.utf16,
            Unit::Bytes => self.bytes,
            Unit::Folded => self.folded,
            Unit::Unfolded => self.unfolded,
        }
    }

    fn same(count: usize) -> Self {
        Self { chars: count, utf16: count, bytes: count, folded: count, unfolded: count }
    }

    /// After one more char, which stands after `before`.
    fn next(self, c: char, before: Option<char>, rest: &str) -> Self {
        let folded = usize::from(!(c == '\r' && rest.starts_with('\n')));
        let unfolded = if c == '\n' && before != Some('\r') { 2 } else { 1 };
        Self {
            chars: self.chars + 1,
            utf16: self.utf16 + c.len_utf16(),
            bytes: self.bytes + c.len_utf8(),
            folded: self.folded + folded,
            unfolded: self.unfolded + unfolded,
        }
    }
}

impl<'t> OffsetTable<'t> {
    /// Reads a text once.
    pub(super) fn new(text: &'t str) -> Self {
        let mut found = Self { text, places: Vec::new(), end: Counts::default() };
        if text.is_ascii() && !text.contains(['\r', '\n']) {
            found.end = Counts::same(text.len());
            return found;
        }
        let (mut chars, mut before) = (text.chars(), None);
        loop {
            if found.end.chars.is_multiple_of(STRIDE) {
                found.places.push(found.end);
            }
            let Some(c) = chars.next() else { return found };
            found.end = found.end.next(c, before, chars.as_str());
            before = Some(c);
        }
    }

    /// Whether every unit counts this text alike.
    pub(super) fn are_alike(&self) -> bool {
        self.places.is_empty()
    }

    /// How long the text is.
    pub(super) fn len(&self, unit: Unit) -> usize {
        self.end.count(unit)
    }

    /// The char offset; none within a char and none past the end.
    pub(super) fn to_chars(&self, unit: Unit, offset: usize) -> Option<usize> {
        self.find(unit, offset).map(|place| place.chars)
    }

    /// The offset in a unit of a char offset; one past the end of the text is read as the end.
    pub(super) fn of_chars(&self, unit: Unit, chars: usize) -> usize {
        self.find(Unit::Chars, chars).unwrap_or(self.end).count(unit)
    }

    /// The text itself.
    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    /// The offset in a unit of a byte offset; one past the end or within a char is read as the end.
    pub(super) fn of_byte(&self, unit: Unit, byte: usize) -> usize {
        self.find(Unit::Bytes, byte).unwrap_or(self.end).count(unit)
    }

    /// What stands between two char offsets.
    pub(super) fn slice(&self, chars: Range<usize>) -> &'t str {
        let byte = |at| self.find(Unit::Chars, at).map(|place| place.bytes);
        let range = byte(chars.start).zip(byte(chars.end));
        range.and_then(|(start, end)| self.text.get(start..end)).unwrap_or_default()
    }

    /// The first place with this offset.
    fn find(&self, unit: Unit, offset: usize) -> Option<Counts> {
        if offset > self.len(unit) {
            return None;
        }
        if self.are_alike() {
            return Some(Counts::same(offset));
        }
        let before = self.places.partition_point(|place| place.count(unit) < offset);
        let mut place = before.checked_sub(1).map_or_else(Counts::default, |at| self.places[at]);
        let mut chars = self.text.get(place.bytes..).unwrap_or_default().chars();
        let mut last = self.text[..place.bytes].chars().next_back();
        while place.count(unit) < offset {
            let c = chars.next()?;
            place = place.next(c, last, chars.as_str());
            last = Some(c);
        }
        (place.count(unit) == offset).then_some(place)
    }
}

//! Between chars and the UTF-16 code units that JavaScript counts.

/// Turns offsets of one text from chars to UTF-16 code units and back, each in logarithmic time.
///
/// Only the chars that take two code units are remembered, so that an ordinary note costs nothing.
#[derive(Clone, Debug)]
pub struct Utf16Offsets {
    /// Char offsets of the chars that take two code units.
    pairs: Vec<usize>,
    chars: usize,
}

impl Utf16Offsets {
    /// Reads a text once.
    pub fn new(text: &str) -> Self {
        let mut pairs = Vec::new();
        let mut chars = 0;
        for c in text.chars() {
            if c.len_utf16() == 2 {
                pairs.push(chars);
            }
            chars += 1;
        }
        Self { pairs, chars }
    }

    /// The UTF-16 offset of a char offset; one past the end of the text is read as the end.
    pub fn to_utf16(&self, chars: usize) -> usize {
        let chars = chars.min(self.chars);
        chars + self.pairs.partition_point(|pair| *pair < chars)
    }

    /// The char offset of a UTF-16 offset; none inside a surrogate pair and none past the end of the text.
    pub fn to_chars(&self, utf16: usize) -> Option<usize> {
        // The pair with k pairs before it begins k units later in UTF-16 than in chars.
        let (mut low, mut high) = (0, self.pairs.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.pairs[middle] + middle < utf16 {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let inside = low > 0 && self.pairs[low - 1] + low == utf16;
        let chars = utf16 - low;
        (!inside && chars <= self.chars).then_some(chars)
    }
}

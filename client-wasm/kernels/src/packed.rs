//! Sentences one after the other without padding, with an empty row before each and behind the last: every token's
//! neighbours are the rows around its own, and beyond a sentence's ends everything is zero.

use std::ops::Range;

/// Which rows of a packed batch are tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedSentences {
    starts: Vec<usize>,
    lengths: Vec<usize>,
    rows: usize,
}

impl PackedSentences {
    /// Rows for sentences of these lengths.
    pub fn new(lengths: &[usize]) -> Self {
        let mut rows = 1;
        let starts = lengths.iter().map(|length| {
            let start = rows;
            rows += length + 1;
            start
        });
        let starts = starts.collect();
        Self { starts, lengths: lengths.to_vec(), rows }
    }

    /// Rows, the empty ones included.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The rows of each sentence's tokens.
    pub fn token_rows(&self) -> impl Iterator<Item = Range<usize>> {
        self.starts.iter().zip(&self.lengths).map(|(start, length)| *start..start + length)
    }

    /// Tokens of a sentence.
    pub fn length(&self, sentence: usize) -> usize {
        self.lengths[sentence]
    }

    /// Sets the empty rows of `[rows, columns]` to zero.
    pub fn clear_edges(&self, values: &mut [f32], columns: usize) {
        let edges = self.starts.iter().map(|start| start - 1).chain([self.rows - 1]);
        edges.for_each(|row| values[row * columns..(row + 1) * columns].fill(0.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_row_lies_before_and_behind_each_sentence() {
        let packed = PackedSentences::new(&[2, 1]);
        assert_eq!((packed.rows(), packed.token_rows().collect::<Vec<_>>()), (6, vec![1..3, 4..5]));
        let mut values = vec![1.0; 12];
        packed.clear_edges(&mut values, 2);
        assert_eq!(values, [0., 0., 1., 1., 1., 1., 0., 0., 1., 1., 0., 0.]);
        assert_eq!(PackedSentences::new(&[]).rows(), 1);
    }
}

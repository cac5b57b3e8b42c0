//! The loop over time: which sentences have a token at a time, and the state that goes from token to token.

use crate::matmul::Panels;
use crate::packed::PackedSentences;

/// One step of the loop over time, for the sentences in order of length.
#[derive(Default)]
pub(super) struct TimeStep {
    /// The sentences, longest first: each one's number and its first row.
    pub order: Vec<(usize, usize)>,
    /// Their lengths.
    lengths: Vec<usize>,
    /// The state, `[sentences, hidden]`; in the backward pass its gradient.
    pub state: Vec<f32>,
    /// The cells, `[sentences, hidden]`; in the backward pass their gradient.
    pub cells: Vec<f32>,
    /// Where each selected sentence's row begins in `state`.
    pub state_starts: Vec<usize>,
    /// Where each selected sentence's row begins among the gates.
    pub gate_starts: Vec<usize>,
    /// The direction's recurrent weights.
    pub weights: Panels,
}

impl TimeStep {
    /// Orders a batch's sentences.
    pub fn begin(&mut self, sentences: &PackedSentences, hidden: usize) {
        self.order.clear();
        self.order.extend(sentences.token_rows().map(|rows| rows.start).enumerate());
        self.order.sort_unstable_by_key(|(sentence, _)| (std::cmp::Reverse(sentences.length(*sentence)), *sentence));
        self.lengths.clear();
        self.lengths.extend(self.order.iter().map(|(sentence, _)| sentences.length(*sentence)));
        self.state.resize(self.order.len() * hidden, 0.0);
        self.cells.resize(self.order.len() * hidden, 0.0);
    }

    /// Sets state and cells to zero, as they are before the first token.
    pub fn clear(&mut self) {
        self.state.fill(0.0);
        self.cells.fill(0.0);
    }

    /// Tokens of the longest sentence.
    pub fn longest(&self) -> usize {
        self.lengths.first().copied().unwrap_or(0)
    }

    /// Selects the sentences that have a token at this time: the first ones. A row of gates has `gates` elements, the
    /// direction's begin at `first_gate`.
    pub fn select(&mut self, time: usize, gates: usize, first_gate: usize, hidden: usize) {
        let selected = self.lengths.partition_point(|length| *length > time);
        let gate_start = |(_, first_row): &(usize, usize)| (first_row + time) * gates + first_gate;
        self.gate_starts.clear();
        self.gate_starts.extend(self.order[..selected].iter().map(gate_start));
        self.state_starts.clear();
        self.state_starts.extend((0..selected).map(|rank| rank * hidden));
    }
}

#[cfg(test)]
impl TimeStep {
    /// One that another batch has left full of NaN.
    pub fn poisoned(len: usize) -> Self {
        Self { state: vec![f32::NAN; len], cells: vec![f32::NAN; len], ..Self::default() }
    }
}

//! A bidirectional LSTM (Hochreiter and Schmidhuber 1997, with Gers' forget gate; Graves and Schmidhuber 2005) over a
//! whole packed batch: one matrix product for all tokens' gates in both directions, then a loop over time in which
//! sentences are ordered by length, so that those still going are the first ones; on the way back the same, and the
//! weights' gradients in one product each.

mod cell;

use crate::dense::Keep;
use crate::math::{add_to, wide};
use crate::matmul::{Panels, View, multiply, multiply_add};
use crate::packed::Packed;
use cell::{Before, GATES};

/// Directions of reading: forward, then in reverse.
const DIRECTIONS: usize = 2;

/// The sizes of a bidirectional LSTM.
///
/// Its parameters lie in one buffer: input weights `[inputs, 2 · 4 · hidden]`; each direction's recurrent weights
/// `[hidden, 4 · hidden]`; each direction's biases, those of the forget gates `[hidden]` and the others' `[3 · hidden]`.
/// Forward comes before reverse; the gates' order is forget, input, output, candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BiLstm {
    /// Values a token comes with.
    pub inputs: usize,
    /// Cells a direction; a token leaves with twice as many values.
    pub hidden: usize,
}

/// What goes through the layer.
#[derive(Clone, Copy)]
pub struct Way<'a> {
    /// The flat parameters.
    pub values: &'a [f32],
    /// `[rows, inputs]`, zero in the empty rows.
    pub input: &'a [f32],
    /// Scales the output, not what is carried from token to token; `2 · hidden` values a sentence.
    pub keep: Option<Keep<'a>>,
    /// Where the sentences lie.
    pub packed: &'a Packed,
}

/// Everything the way back needs, and buffers that are used again for the next batch.
#[derive(Default)]
pub struct LstmTape {
    /// Activated gates, `[rows, 2 · 4 · hidden]`; on the way back the gradients by their sums.
    gates: Vec<f32>,
    /// State and cells before each token, and the squashed cells after it: `[rows, 2 · hidden]` each.
    states: Vec<f32>,
    cells: Vec<f32>,
    squashed: Vec<f32>,
    turn: Turn,
}

/// What the loop over time carries from token to token, for the sentences in order of length.
#[derive(Default)]
struct Turn {
    /// Sentences, longest first: number and first row.
    order: Vec<(usize, usize)>,
    /// Their lengths.
    lengths: Vec<usize>,
    /// `[sentences, hidden]` each; of the gradients on the way back.
    state: Vec<f32>,
    cells: Vec<f32>,
    /// Where rows begin in `state`.
    state_at: Vec<usize>,
    /// Where this step's rows begin in `gates`.
    gates_at: Vec<usize>,
    weights: Panels,
}

struct Parameters<'a> {
    input: &'a [f32],
    recurrent: [&'a [f32]; DIRECTIONS],
    bias: &'a [f32],
}

impl BiLstm {
    /// Tensors that its parameters are.
    pub const TENSORS: usize = 7;

    /// Elements of all parameters together.
    pub fn parameters(&self) -> usize {
        let gates = GATES * self.hidden;
        DIRECTIONS * gates * (self.inputs + self.hidden + 1)
    }

    /// Values a token leaves with.
    pub fn outputs(&self) -> usize {
        DIRECTIONS * self.hidden
    }

    /// Both directions' gates of a token.
    fn gates(&self) -> usize {
        DIRECTIONS * GATES * self.hidden
    }

    fn cut<'a>(&self, values: &'a [f32]) -> Parameters<'a> {
        let (input, rest) = values.split_at(self.inputs * self.gates());
        let (forward, rest) = rest.split_at(self.hidden * GATES * self.hidden);
        let (reverse, bias) = rest.split_at(self.hidden * GATES * self.hidden);
        Parameters { input, recurrent: [forward, reverse], bias }
    }

    /// The output, `[rows, 2 · hidden]`, zero in the empty rows.
    pub fn forward(&self, way: &Way<'_>, out: &mut Vec<f32>, tape: &mut LstmTape) {
        let (parameters, packed, outputs) = (self.cut(way.values), way.packed, self.outputs());
        tape.gates.resize(packed.rows() * self.gates(), 0.0);
        multiply(&mut tape.gates, View::new(way.input, self.inputs), View::new(parameters.input, self.gates()));
        for values in [&mut *out, &mut tape.states, &mut tape.cells, &mut tape.squashed] {
            values.resize(packed.rows() * outputs, 0.0);
        }
        packed.clear_edges(out, outputs);
        packed.clear_edges(&mut tape.states, outputs);
        tape.turn.begin(packed, self.hidden);
        for (direction, recurrent) in parameters.recurrent.into_iter().enumerate() {
            tape.turn.weights.pack(View::new(recurrent, GATES * self.hidden));
            tape.turn.clear();
            let bias = &parameters.bias[direction * GATES * self.hidden..][..GATES * self.hidden];
            for at in 0..tape.turn.longest() {
                let time = if direction == 0 { at } else { tape.turn.longest() - 1 - at };
                tape.turn.meet(time, direction, self);
                let turn = &tape.turn;
                turn.weights.multiply_add(&mut tape.gates, &turn.gates_at, &turn.state, &turn.state_at);
                self.step((time, direction), bias, way.keep, out, tape);
            }
        }
    }

    /// One step of all sentences that have a token at this time.
    fn step(
        &self,
        (time, direction): (usize, usize),
        bias: &[f32],
        keep: Option<Keep<'_>>,
        out: &mut [f32],
        tape: &mut LstmTape,
    ) {
        let (hidden, outputs) = (self.hidden, self.outputs());
        let LstmTape { gates, states, cells, squashed, turn } = tape;
        wide(
            #[inline(always)]
            || {
                let carried = turn.state.chunks_exact_mut(hidden).zip(turn.cells.chunks_exact_mut(hidden));
                for (((sentence, first), gates_at), (state, cell)) in turn.order.iter().zip(&turn.gates_at).zip(carried)
                {
                    let start = (first + time) * outputs + direction * hidden;
                    let place = start..start + hidden;
                    let before = Before {
                        state: &mut states[place.clone()],
                        cells: &mut cells[place.clone()],
                        squashed: &mut squashed[place.clone()],
                    };
                    cell::forward(&mut gates[*gates_at..gates_at + GATES * hidden], bias, state, cell, before);
                    let out = &mut out[place];
                    match keep {
                        None => out.copy_from_slice(state),
                        Some(keep) => {
                            let keep = &keep.of(*sentence, outputs)[direction * hidden..][..hidden];
                            out.iter_mut().zip(state).zip(keep).for_each(|((out, x), keep)| *out = *x * keep);
                        }
                    }
                }
            },
        );
    }

    /// Adds the gradients of the parameters to `gradient`, laid out as they are, and writes that by the input to `d_input`,
    /// `[rows, inputs]`, from that by the output, `d_out`. A tape leads back once.
    pub fn backward(
        &self,
        way: &Way<'_>,
        d_out: &[f32],
        tape: &mut LstmTape,
        gradient: &mut [f32],
        d_input: &mut [f32],
    ) {
        let (parameters, packed, gates) = (self.cut(way.values), way.packed, self.gates());
        tape.turn.begin(packed, self.hidden);
        for (direction, recurrent) in parameters.recurrent.into_iter().enumerate() {
            tape.turn.weights.pack(View::new(recurrent, GATES * self.hidden).transposed());
            tape.turn.clear();
            for at in 0..tape.turn.longest() {
                let time = if direction == 1 { at } else { tape.turn.longest() - 1 - at };
                tape.turn.meet(time, direction, self);
                self.step_back((time, direction), way.keep, d_out, tape);
                let turn = &mut tape.turn;
                let going = turn.gates_at.len() * self.hidden;
                turn.state[..going].fill(0.0);
                turn.weights.multiply_add(&mut turn.state, &turn.state_at, &tape.gates, &turn.gates_at);
            }
        }

        packed.clear_edges(&mut tape.gates, gates);
        self.add_gradients(way.input, tape, gradient);
        multiply(d_input, View::new(&tape.gates, gates), View::new(parameters.input, gates).transposed());
    }

    /// The parameters' gradients from those by the gates' sums, of all tokens at once.
    fn add_gradients(&self, input: &[f32], tape: &LstmTape, gradient: &mut [f32]) {
        let (gates, one) = (self.gates(), GATES * self.hidden);
        let d_sums = View::new(&tape.gates, gates);
        let (d_weight, rest) = gradient.split_at_mut(self.inputs * gates);
        multiply_add(d_weight, View::new(input, self.inputs).transposed(), d_sums);
        let (d_recurrent, d_bias) = rest.split_at_mut(DIRECTIONS * self.hidden * one);
        for (direction, d_recurrent) in d_recurrent.chunks_exact_mut(self.hidden * one).enumerate() {
            let states = View::new(&tape.states, self.outputs()).columns(direction * self.hidden, self.hidden);
            multiply_add(d_recurrent, states.transposed(), d_sums.columns(direction * one, one));
        }
        wide(
            #[inline(always)]
            || tape.gates.chunks_exact(gates).for_each(|row| add_to(d_bias, row)),
        );
    }

    /// One step back of all sentences that have a token at this time.
    fn step_back(&self, (time, direction): (usize, usize), keep: Option<Keep<'_>>, d_out: &[f32], tape: &mut LstmTape) {
        let (hidden, outputs) = (self.hidden, self.outputs());
        let LstmTape { gates, cells, squashed, turn, .. } = tape;
        wide(
            #[inline(always)]
            || {
                let carried = turn.state.chunks_exact_mut(hidden).zip(turn.cells.chunks_exact_mut(hidden));
                for (((sentence, first), gates_at), (d_state, d_cell)) in
                    turn.order.iter().zip(&turn.gates_at).zip(carried)
                {
                    let start = (first + time) * outputs + direction * hidden;
                    let place = start..start + hidden;
                    match keep {
                        None => add_to(d_state, &d_out[place.clone()]),
                        Some(keep) => {
                            let keep = &keep.of(*sentence, outputs)[direction * hidden..][..hidden];
                            let d_out = d_out[place.clone()].iter().zip(keep);
                            d_state.iter_mut().zip(d_out).for_each(|(d, (out, keep))| *d += out * keep);
                        }
                    }
                    let gates = &mut gates[*gates_at..gates_at + GATES * hidden];
                    cell::backward(gates, d_state, d_cell, &cells[place.clone()], &squashed[place]);
                }
            },
        );
    }
}

impl Turn {
    /// Orders a batch's sentences.
    fn begin(&mut self, packed: &Packed, hidden: usize) {
        self.order.clear();
        self.order.extend(packed.sentences().map(|rows| rows.start).enumerate());
        self.order.sort_unstable_by_key(|(sentence, _)| (std::cmp::Reverse(packed.length(*sentence)), *sentence));
        self.lengths.clear();
        self.lengths.extend(self.order.iter().map(|(sentence, _)| packed.length(*sentence)));
        self.state.resize(self.order.len() * hidden, 0.0);
        self.cells.resize(self.order.len() * hidden, 0.0);
    }

    /// Nothing was read yet.
    fn clear(&mut self) {
        self.state.fill(0.0);
        self.cells.fill(0.0);
    }

    /// Tokens of the longest sentence.
    fn longest(&self) -> usize {
        self.lengths.first().copied().unwrap_or(0)
    }

    /// Finds the rows of the sentences that have a token at this time: the first ones.
    fn meet(&mut self, time: usize, direction: usize, lstm: &BiLstm) {
        let going = self.lengths.partition_point(|length| *length > time);
        let gates_at = |(_, first): &(usize, usize)| (first + time) * lstm.gates() + direction * GATES * lstm.hidden;
        self.gates_at.clear();
        self.gates_at.extend(self.order[..going].iter().map(gates_at));
        self.state_at.clear();
        self.state_at.extend((0..going).map(|rank| rank * lstm.hidden));
    }
}

#[cfg(test)]
mod tests;

//! A bidirectional LSTM (Hochreiter and Schmidhuber 1997, with Gers' forget gate; Graves and Schmidhuber 2005) over a
//! whole packed batch. One matrix product gives the input part of all tokens' gates in both directions; then a loop over
//! time adds the recurrent part. In that loop the sentences are ordered by length, so that those that have a token at a
//! time are the first ones. The backward pass does the same, and takes one product for each weight's gradient.

mod cell;
mod time_step;

use crate::dropout::DropoutMasks;
use crate::math::{add_to, vectorised};
use crate::matmul::{View, multiply, multiply_add};
use crate::packed::PackedSentences;
use cell::{GATES, SavedCells};
use time_step::TimeStep;

/// Directions of reading: forward, then reverse.
const DIRECTIONS: usize = 2;

/// The sizes of a bidirectional LSTM.
///
/// Its parameters lie in one buffer: input weights `[inputs, 2 · 4 · hidden]`; each direction's recurrent weights
/// `[hidden, 4 · hidden]`; each direction's biases, those of the forget gates `[hidden]` and the others' `[3 · hidden]`.
/// Forward comes before reverse; the gates' order is forget, input, output, candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BiLstm {
    /// Values of a token's input.
    pub inputs: usize,
    /// Cells a direction; a token's output has twice as many values.
    pub hidden: usize,
}

/// What the layer's tensors are called, in their order in the flat buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LstmNames {
    /// `[inputs, 2 · 4 · hidden]`, the forward direction's gates first.
    pub input_weight: String,
    /// `[hidden, 4 · hidden]`.
    pub forward_recurrent_weight: String,
    /// `[hidden, 4 · hidden]`.
    pub reverse_recurrent_weight: String,
    /// `[hidden]`.
    pub forward_forget_bias: String,
    /// The other gates', `[3 · hidden]`.
    pub forward_bias: String,
    /// `[hidden]`.
    pub reverse_forget_bias: String,
    /// The other gates', `[3 · hidden]`.
    pub reverse_bias: String,
}

impl LstmNames {
    /// The tensors with their shapes.
    pub(super) fn tensors(&self, lstm: BiLstm) -> [(&str, Vec<usize>); 7] {
        let BiLstm { inputs, hidden } = lstm;
        let recurrent = || vec![hidden, GATES * hidden];
        [
            (&self.input_weight, vec![inputs, DIRECTIONS * GATES * hidden]),
            (&self.forward_recurrent_weight, recurrent()),
            (&self.reverse_recurrent_weight, recurrent()),
            (&self.forward_forget_bias, vec![hidden]),
            (&self.forward_bias, vec![3 * hidden]),
            (&self.reverse_forget_bias, vec![hidden]),
            (&self.reverse_bias, vec![3 * hidden]),
        ]
        .map(|(name, shape)| (name.as_str(), shape))
    }
}

/// What the layer reads.
#[derive(Clone, Copy)]
pub struct LstmInput<'a> {
    /// The layer's flat parameters.
    pub parameters: &'a [f32],
    /// `[rows, inputs]`, zero in the empty rows.
    pub input: &'a [f32],
    /// Scale the output, not the state that goes to the next token; `2 · hidden` values a sentence.
    pub dropout: Option<DropoutMasks<'a>>,
    /// Where the sentences lie.
    pub sentences: &'a PackedSentences,
}

/// The activations that the backward pass needs, and buffers that are used again for the next batch.
#[derive(Default)]
pub struct LstmActivations {
    /// Activated gates, `[rows, 2 · 4 · hidden]`; after the backward pass the gradients by their sums.
    gates: Vec<f32>,
    /// The state before each token, `[rows, 2 · hidden]`.
    states: Vec<f32>,
    /// The cells before each token, `[rows, 2 · hidden]`.
    cells: Vec<f32>,
    /// The hyperbolic tangent of the cells after each token, `[rows, 2 · hidden]`.
    cells_tanh: Vec<f32>,
    time_step: TimeStep,
}

/// A token's number in its sentence, and the direction of reading.
#[derive(Clone, Copy)]
struct Position {
    time: usize,
    direction: usize,
}

struct Parameters<'a> {
    input: &'a [f32],
    recurrent: [&'a [f32]; DIRECTIONS],
    bias: &'a [f32],
}

impl BiLstm {
    /// Elements of all parameters together.
    pub fn parameters(&self) -> usize {
        let gates = GATES * self.hidden;
        DIRECTIONS * gates * (self.inputs + self.hidden + 1)
    }

    /// Values of a token's output.
    pub fn outputs(&self) -> usize {
        DIRECTIONS * self.hidden
    }

    /// Both directions' gates of a token.
    fn gates(&self) -> usize {
        DIRECTIONS * GATES * self.hidden
    }

    fn split<'a>(&self, values: &'a [f32]) -> Parameters<'a> {
        let (input, rest) = values.split_at(self.inputs * self.gates());
        let (forward, rest) = rest.split_at(self.hidden * GATES * self.hidden);
        let (reverse, bias) = rest.split_at(self.hidden * GATES * self.hidden);
        Parameters { input, recurrent: [forward, reverse], bias }
    }

    /// The output, `[rows, 2 · hidden]`, zero in the empty rows.
    pub fn forward(&self, input: &LstmInput<'_>, out: &mut Vec<f32>, saved: &mut LstmActivations) {
        let (parameters, sentences, outputs) = (self.split(input.parameters), input.sentences, self.outputs());
        saved.gates.resize(sentences.rows() * self.gates(), 0.0);
        multiply(&mut saved.gates, View::new(input.input, self.inputs), View::new(parameters.input, self.gates()));
        for values in [&mut *out, &mut saved.states, &mut saved.cells, &mut saved.cells_tanh] {
            values.resize(sentences.rows() * outputs, 0.0);
        }
        sentences.clear_edges(out, outputs);
        sentences.clear_edges(&mut saved.states, outputs);
        saved.time_step.begin(sentences, self.hidden);
        for (direction, recurrent) in parameters.recurrent.into_iter().enumerate() {
            saved.time_step.weights.pack(View::new(recurrent, GATES * self.hidden));
            saved.time_step.clear();
            let bias = &parameters.bias[direction * GATES * self.hidden..][..GATES * self.hidden];
            let longest = saved.time_step.longest();
            for step in 0..longest {
                let time = if direction == 0 { step } else { longest - 1 - step };
                let position = Position { time, direction };
                saved.time_step.select(time, self.gates(), direction * GATES * self.hidden, self.hidden);
                let TimeStep { weights, gate_starts, state, state_starts, .. } = &saved.time_step;
                weights.multiply_add(&mut saved.gates, gate_starts, state, state_starts);
                self.forward_step(position, bias, input.dropout, out, saved);
            }
        }
    }

    /// One time step of all sentences that have a token at this time.
    fn forward_step(
        &self,
        Position { time, direction }: Position,
        bias: &[f32],
        dropout: Option<DropoutMasks<'_>>,
        out: &mut [f32],
        saved: &mut LstmActivations,
    ) {
        let (hidden, outputs) = (self.hidden, self.outputs());
        let LstmActivations { gates, states, cells, cells_tanh, time_step } = saved;
        let TimeStep { order, gate_starts, state, cells: carried_cells, .. } = time_step;
        vectorised(
            #[inline(always)]
            || {
                let carried = state.chunks_exact_mut(hidden).zip(carried_cells.chunks_exact_mut(hidden));
                for (((sentence, first_row), gates_start), (state, cell)) in
                    order.iter().zip(&*gate_starts).zip(carried)
                {
                    let start = (first_row + time) * outputs + direction * hidden;
                    let range = start..start + hidden;
                    let before = SavedCells {
                        state: &mut states[range.clone()],
                        cells: &mut cells[range.clone()],
                        cells_tanh: &mut cells_tanh[range.clone()],
                    };
                    cell::forward(&mut gates[*gates_start..gates_start + GATES * hidden], bias, state, cell, before);
                    let out = &mut out[range];
                    match dropout {
                        None => out.copy_from_slice(state),
                        Some(masks) => {
                            let mask = &masks.of(*sentence, outputs)[direction * hidden..][..hidden];
                            out.iter_mut().zip(state).zip(mask).for_each(|((out, x), mask)| *out = *x * mask);
                        }
                    }
                }
            },
        );
    }

    /// Adds the gradients of the parameters to `gradient`, laid out as they are, and writes that by the input to `d_input`,
    /// `[rows, inputs]`, from that by the output, `d_out`. It uses up what the forward pass saved.
    pub fn backward(
        &self,
        input: &LstmInput<'_>,
        d_out: &[f32],
        saved: &mut LstmActivations,
        gradient: &mut [f32],
        d_input: &mut [f32],
    ) {
        let (parameters, sentences, gates) = (self.split(input.parameters), input.sentences, self.gates());
        saved.time_step.begin(sentences, self.hidden);
        for (direction, recurrent) in parameters.recurrent.into_iter().enumerate() {
            saved.time_step.weights.pack(View::new(recurrent, GATES * self.hidden).transposed());
            saved.time_step.clear();
            let longest = saved.time_step.longest();
            for step in 0..longest {
                let time = if direction == 1 { step } else { longest - 1 - step };
                let position = Position { time, direction };
                saved.time_step.select(time, gates, direction * GATES * self.hidden, self.hidden);
                self.backward_step(position, input.dropout, d_out, saved);
                let TimeStep { weights, gate_starts, state, state_starts, .. } = &mut saved.time_step;
                state[..gate_starts.len() * self.hidden].fill(0.0);
                weights.multiply_add(state, state_starts, &saved.gates, gate_starts);
            }
        }

        sentences.clear_edges(&mut saved.gates, gates);
        self.add_gradients(input.input, saved, gradient);
        multiply(d_input, View::new(&saved.gates, gates), View::new(parameters.input, gates).transposed());
    }

    /// The parameters' gradients from those by the gates' sums, of all tokens at once.
    fn add_gradients(&self, input: &[f32], saved: &LstmActivations, gradient: &mut [f32]) {
        let (gates, one) = (self.gates(), GATES * self.hidden);
        let d_sums = View::new(&saved.gates, gates);
        let (d_weight, rest) = gradient.split_at_mut(self.inputs * gates);
        multiply_add(d_weight, View::new(input, self.inputs).transposed(), d_sums);
        let (d_recurrent, d_bias) = rest.split_at_mut(DIRECTIONS * self.hidden * one);
        for (direction, d_recurrent) in d_recurrent.chunks_exact_mut(self.hidden * one).enumerate() {
            let states = View::new(&saved.states, self.outputs()).columns(direction * self.hidden, self.hidden);
            multiply_add(d_recurrent, states.transposed(), d_sums.columns(direction * one, one));
        }
        vectorised(
            #[inline(always)]
            || saved.gates.chunks_exact(gates).for_each(|row| add_to(d_bias, row)),
        );
    }

    /// One time step back of all sentences that have a token at this time.
    fn backward_step(
        &self,
        Position { time, direction }: Position,
        dropout: Option<DropoutMasks<'_>>,
        d_out: &[f32],
        saved: &mut LstmActivations,
    ) {
        let (hidden, outputs) = (self.hidden, self.outputs());
        let LstmActivations { gates, cells, cells_tanh, time_step, .. } = saved;
        let TimeStep { order, gate_starts, state: d_states, cells: d_cells, .. } = time_step;
        vectorised(
            #[inline(always)]
            || {
                let carried = d_states.chunks_exact_mut(hidden).zip(d_cells.chunks_exact_mut(hidden));
                for (((sentence, first_row), gates_start), (d_state, d_cell)) in
                    order.iter().zip(&*gate_starts).zip(carried)
                {
                    let start = (first_row + time) * outputs + direction * hidden;
                    let range = start..start + hidden;
                    match dropout {
                        None => add_to(d_state, &d_out[range.clone()]),
                        Some(masks) => {
                            let mask = &masks.of(*sentence, outputs)[direction * hidden..][..hidden];
                            let d_out = d_out[range.clone()].iter().zip(mask);
                            d_state.iter_mut().zip(d_out).for_each(|(d, (out, mask))| *d += out * mask);
                        }
                    }
                    let gates = &mut gates[*gates_start..gates_start + GATES * hidden];
                    cell::backward(gates, d_state, d_cell, &cells[range.clone()], &cells_tanh[range]);
                }
            },
        );
    }
}

#[cfg(test)]
mod tests;

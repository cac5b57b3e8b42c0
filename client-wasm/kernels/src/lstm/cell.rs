//! One step of a row of LSTM cells forwards and backwards, written so that the compiler makes it wide.

use crate::math::{sigmoid, tanh};

/// Gates of a cell, in their order: forget, input, output, candidate.
pub(super) const GATES: usize = 4;

/// What the way back needs of a row of cells: the state and the cells before the step, and the squashed cells after it.
pub(super) struct Before<'a> {
    pub state: &'a mut [f32],
    pub cells: &'a mut [f32],
    pub squashed: &'a mut [f32],
}

/// Takes a step: turns `gates`, sums without bias, into activated gates, and moves state and cells.
#[inline(always)]
pub(super) fn forward(gates: &mut [f32], bias: &[f32], state: &mut [f32], cells: &mut [f32], before: Before<'_>) {
    let hidden = state.len();
    before.state.copy_from_slice(state);
    before.cells.copy_from_slice(cells);
    let (open, candidate) = gates.split_at_mut(3 * hidden);
    let (open_bias, candidate_bias) = bias.split_at(3 * hidden);
    open.iter_mut().zip(open_bias).for_each(|(x, bias)| *x = sigmoid(*x + bias));
    candidate.iter_mut().zip(candidate_bias).for_each(|(x, bias)| *x = tanh(*x + bias));
    let (forget, rest) = open.split_at(hidden);
    let (input, output) = rest.split_at(hidden);
    let added = input.iter().zip(candidate.iter()).map(|(input, candidate)| input * candidate);
    let moved = cells.iter_mut().zip(forget).zip(added);
    for (((cell, forget), added), squashed) in moved.zip(before.squashed.iter_mut()) {
        *cell = *cell * forget + added;
        *squashed = tanh(*cell);
    }
    let products = output.iter().zip(before.squashed.iter());
    state.iter_mut().zip(products).for_each(|(state, (output, squashed))| *state = output * squashed);
}

/// Takes a step back: `gates` become the gradient by their sums, `d_cells` that by the cells before the step.
/// `d_state` is the gradient by the state after it.
#[inline(always)]
pub(super) fn backward(gates: &mut [f32], d_state: &[f32], d_cells: &mut [f32], cells: &[f32], squashed: &[f32]) {
    let hidden = d_state.len();
    let (forget, rest) = gates.split_at_mut(hidden);
    let (input, rest) = rest.split_at_mut(hidden);
    let (output, candidate) = rest.split_at_mut(hidden);
    let along = d_cells.iter_mut().zip(d_state).zip(squashed);
    for (((d_cell, d_state), squashed), output) in along.zip(output) {
        *d_cell += d_state * *output * (1.0 - squashed * squashed);
        *output *= d_state * squashed * (1.0 - *output);
    }
    let along = d_cells.iter_mut().zip(cells).zip(forget);
    for (((d_cell, cell), forget), (input, candidate)) in along.zip(input.iter_mut().zip(candidate)) {
        let (i, g) = (*input, *candidate);
        *input = *d_cell * g * i * (1.0 - i);
        *candidate = *d_cell * i * (1.0 - g * g);
        let d_before = *d_cell * *forget;
        *forget = d_before * cell * (1.0 - *forget);
        *d_cell = d_before;
    }
}

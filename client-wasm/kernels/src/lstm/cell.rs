//! One time step of a row of LSTM cells, forwards and backwards, written so that the compiler vectorises it.

use crate::math::{sigmoid, tanh};

/// Gates of a cell, in their order: forget, input, output, candidate.
pub(super) const GATES: usize = 4;

/// What the backward pass needs of a row of cells.
pub(super) struct SavedCells<'a> {
    /// The state before the step.
    pub state: &'a mut [f32],
    /// The cells before the step.
    pub cells: &'a mut [f32],
    /// The hyperbolic tangent of the cells after the step.
    pub cells_tanh: &'a mut [f32],
}

/// Takes a step: `gates`, sums without bias, become activated gates, and state and cells those after the step.
#[inline(always)]
pub(super) fn forward(gates: &mut [f32], bias: &[f32], state: &mut [f32], cells: &mut [f32], saved: SavedCells<'_>) {
    let hidden = state.len();
    saved.state.copy_from_slice(state);
    saved.cells.copy_from_slice(cells);
    let (open, candidate) = gates.split_at_mut(3 * hidden);
    let (open_bias, candidate_bias) = bias.split_at(3 * hidden);
    open.iter_mut().zip(open_bias).for_each(|(x, bias)| *x = sigmoid(*x + bias));
    candidate.iter_mut().zip(candidate_bias).for_each(|(x, bias)| *x = tanh(*x + bias));
    let (forget, rest) = open.split_at(hidden);
    let (input, output) = rest.split_at(hidden);
    let added = input.iter().zip(candidate.iter()).map(|(input, candidate)| input * candidate);
    let moved = cells.iter_mut().zip(forget).zip(added);
    for (((cell, forget), added), cells_tanh) in moved.zip(saved.cells_tanh.iter_mut()) {
        *cell = *cell * forget + added;
        *cells_tanh = tanh(*cell);
    }
    let products = output.iter().zip(saved.cells_tanh.iter());
    state.iter_mut().zip(products).for_each(|(state, (output, cells_tanh))| *state = output * cells_tanh);
}

/// Takes a step back: `gates` become the gradient by their sums, `d_cells` that by the cells before the step.
/// `d_state` is the gradient by the state after the step.
#[inline(always)]
pub(super) fn backward(gates: &mut [f32], d_state: &[f32], d_cells: &mut [f32], cells: &[f32], cells_tanh: &[f32]) {
    let hidden = d_state.len();
    let (forget, rest) = gates.split_at_mut(hidden);
    let (input, rest) = rest.split_at_mut(hidden);
    let (output, candidate) = rest.split_at_mut(hidden);
    let along = d_cells.iter_mut().zip(d_state).zip(cells_tanh);
    for (((d_cell, d_state), cells_tanh), output) in along.zip(output) {
        *d_cell += d_state * *output * (1.0 - cells_tanh * cells_tanh);
        *output *= d_state * cells_tanh * (1.0 - *output);
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

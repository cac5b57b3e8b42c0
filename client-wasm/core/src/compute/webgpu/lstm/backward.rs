//! The backward pass over the tokens of some sentences.

use cubecl::prelude::*;

use super::super::dropout::dropout_mask;
use super::super::matmul::UNITS;
use super::super::sentences::Sentences;
use super::super::workspace::Dims;
use super::walk::{DirectionPlaces, LstmKernel, LstmStarts, direction_places, sentences_of_group, token_row};

/// Goes back over the tokens: replaces the activated gates by the gradients by their sums.
#[cube(launch)]
pub fn backward(
    parameters: &[f32],
    batch: &[u32],
    work: &mut [f32],
    sentences: Sentences,
    starts: LstmStarts,
    #[comptime] kernel: LstmKernel,
) {
    let dims = comptime!(kernel.dims);
    let cells = comptime!(kernel.dims.cells());
    let gates = comptime!(kernel.dims.gates());
    let tags = comptime!(kernel.dims.tags);
    let (first_rows, lengths) = sentences_of_group(batch, &sentences, dims);
    let places = direction_places(sentences.rows, starts.lstm, dims);
    let scores_at = sentences.rows * comptime!(dims.d_emissions());

    // The gradients by the cells, from the token after; by the gates' sums; and by the states, one part from each gate.
    let mut d_cell = Shared::<[f32]>::new_slice(comptime!(kernel.dims.sentences_per_group() * kernel.dims.cells()));
    let mut d_sums = Shared::<[f32]>::new_slice(comptime!(kernel.dims.sentences_per_group() * kernel.dims.gates()));
    let mut parts = Shared::<[f32]>::new_slice(comptime!(kernel.dims.sentences_per_group() * kernel.dims.gates()));
    let mut at = UNIT_POS as usize;
    while at < cells {
        #[unroll]
        for s in 0..comptime!(kernel.dims.sentences_per_group()) {
            d_cell[s * cells + at] = 0.0f32;
            #[unroll]
            for gate in 0..4 {
                parts[s * gates + gate * cells + at] = 0.0f32;
            }
        }
        at += UNITS;
    }
    for step in 0..sentences.width {
        sync_cube();
        let mut at = UNIT_POS as usize;
        while at < cells {
            #[unroll]
            for s in 0..comptime!(kernel.dims.sentences_per_group()) {
                if step < lengths[s] {
                    let row = token_row(first_rows[s], lengths[s], step, places.direction == 0);
                    let channel = places.direction * cells + at;
                    let mut d_out = 0.0f32;
                    for tag in 0..tags {
                        d_out += work[scores_at + row * tags + tag] * parameters[starts.output + channel * tags + tag];
                    }
                    if comptime!(kernel.dropped) {
                        d_out *= dropout_mask(batch, starts.masks, places.first + s + 1, dims.layers, channel, dims);
                    }
                    let own = s * gates + at;
                    d_out += parts[own] + parts[own + cells] + parts[own + 2 * cells] + parts[own + 3 * cells];
                    d_cell[s * cells + at] =
                        cell_backward(work, &mut d_sums, &places, row, at, own, d_out, d_cell[s * cells + at], dims);
                }
            }
            at += UNITS;
        }
        sync_cube();
        d_states(&mut parts, &d_sums, parameters, places.recurrent, dims);
    }
}

/// Writes the gradients by the sums of a cell's gates at a token, from those by its output and by the cell after it; returns
/// that by the cell before it.
#[cube]
#[allow(clippy::too_many_arguments)]
fn cell_backward(
    work: &mut [f32],
    d_sums: &mut Shared<[f32]>,
    places: &DirectionPlaces,
    row: usize,
    at: usize,
    own: usize,
    d_out: f32,
    d_cell: f32,
    #[comptime] dims: Dims,
) -> f32 {
    let cells = comptime!(dims.cells());
    let gate = places.gates + row * comptime!(2 * dims.gates()) + at;
    let forget = work[gate];
    let input = work[gate + cells];
    let output = work[gate + 2 * cells];
    let candidate = work[gate + 3 * cells];
    let cell_tanh = work[places.cells_tanh + row * 2 * cells + at];
    let d_now = d_cell + d_out * output * (1.0f32 - cell_tanh * cell_tanh);
    let d_before = d_now * forget;
    let by_forget = d_before * work[places.cells + row * 2 * cells + at] * (1.0f32 - forget);
    let by_input = d_now * candidate * input * (1.0f32 - input);
    let by_output = d_out * cell_tanh * output * (1.0f32 - output);
    let by_candidate = d_now * input * (1.0f32 - candidate * candidate);
    d_sums[own] = by_forget;
    d_sums[own + cells] = by_input;
    d_sums[own + 2 * cells] = by_output;
    d_sums[own + 3 * cells] = by_candidate;
    work[gate] = by_forget;
    work[gate + cells] = by_input;
    work[gate + 2 * cells] = by_output;
    work[gate + 3 * cells] = by_candidate;
    d_before
}

/// Cells of a unit in [`d_states`].
const UNIT_CELLS: usize = 4;

/// The gradients by the states before a token, from those by the gates' sums: one part from each of the four gates.
#[cube]
fn d_states(
    parts: &mut Shared<[f32]>,
    d_sums: &Shared<[f32]>,
    parameters: &[f32],
    recurrent_start: usize,
    #[comptime] dims: Dims,
) {
    let cells = comptime!(dims.cells());
    let gates = comptime!(dims.gates());
    let count = comptime!(dims.sentences_per_group());
    let blocks = comptime!(dims.cells().div_ceil(UNIT_CELLS));
    let mut task = UNIT_POS as usize;
    while task < comptime!(4 * dims.cells().div_ceil(UNIT_CELLS)) {
        let first_cell = task % blocks * UNIT_CELLS;
        let first_gate = task / blocks * cells;
        let mut sums = Array::<f32>::new(comptime!(UNIT_CELLS * dims.sentences_per_group()));
        #[unroll]
        for i in 0..comptime!(UNIT_CELLS * dims.sentences_per_group()) {
            sums[i] = 0.0f32;
        }
        let mut by_gates = Array::<f32>::new(comptime!(dims.sentences_per_group()));
        for gate in first_gate..first_gate + cells {
            #[unroll]
            for s in 0..count {
                by_gates[s] = d_sums[s * gates + gate];
            }
            #[unroll]
            for c in 0..UNIT_CELLS {
                // Beyond the last cell this reads another weight; its product is not used.
                let weight = parameters[recurrent_start + (first_cell + c) * gates + gate];
                #[unroll]
                for s in 0..count {
                    sums[c * count + s] += by_gates[s] * weight;
                }
            }
        }
        #[unroll]
        for c in 0..UNIT_CELLS {
            if first_cell + c < cells {
                #[unroll]
                for s in 0..count {
                    parts[s * gates + first_gate + first_cell + c] = sums[c * count + s];
                }
            }
        }
        task += UNITS;
    }
}

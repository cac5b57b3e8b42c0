//! The LSTM's walk back.

use cubecl::prelude::*;

use super::crf::Sentences;
use super::dims::Dims;
use super::layer::keep;
use super::lstm::{Shape, Way, abreast, row, way};
use super::product::UNITS;

/// Walks back: turns the gates into the gradients by their sums.
#[cube(launch)]
pub(super) fn walk_back(
    parameters: &[f32],
    batch: &[u32],
    work: &mut [f32],
    sentences: Sentences,
    lstm_at: usize,
    output_at: usize,
    keep_at: usize,
    #[comptime] shape: Shape,
) {
    let dims = comptime!(shape.dims);
    let cells = comptime!(shape.dims.cells());
    let gates = comptime!(shape.dims.gates());
    let tags = comptime!(shape.dims.tags);
    let (starts, lengths) = abreast(batch, &sentences, dims);
    let way = way(sentences.rows, lstm_at, dims);
    let scores_at = sentences.rows * comptime!(dims.d_emissions());

    // The gradients by the cells, from the token after; by the gates' sums; and by the states, a part for each gate.
    let mut d_cell = Shared::<[f32]>::new_slice(comptime!(shape.dims.abreast() * shape.dims.cells()));
    let mut d_sums = Shared::<[f32]>::new_slice(comptime!(shape.dims.abreast() * shape.dims.gates()));
    let mut parts = Shared::<[f32]>::new_slice(comptime!(shape.dims.abreast() * shape.dims.gates()));
    let mut at = UNIT_POS as usize;
    while at < cells {
        #[unroll]
        for s in 0..comptime!(shape.dims.abreast()) {
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
            for s in 0..comptime!(shape.dims.abreast()) {
                if step < lengths[s] {
                    let row = row(starts[s], lengths[s], step, way.direction == 0);
                    let channel = way.direction * cells + at;
                    let mut d_out = 0.0f32;
                    for tag in 0..tags {
                        d_out += work[scores_at + row * tags + tag] * parameters[output_at + channel * tags + tag];
                    }
                    if comptime!(shape.dropped) {
                        d_out *= keep(batch, keep_at, way.first + s + 1, dims.layers, channel, dims);
                    }
                    let own = s * gates + at;
                    d_out += parts[own] + parts[own + cells] + parts[own + 2 * cells] + parts[own + 3 * cells];
                    d_cell[s * cells + at] =
                        close(work, &mut d_sums, &way, row, at, own, d_out, d_cell[s * cells + at], dims);
                }
            }
            at += UNITS;
        }
        sync_cube();
        d_states(&mut parts, &d_sums, parameters, way.recurrent_at, dims);
    }
}

/// Goes back through a cell's gates at a token, from the gradients by its output and by what is in it then; answers with
/// that by what was in it before.
#[cube]
#[allow(clippy::too_many_arguments)]
fn close(
    work: &mut [f32],
    d_sums: &mut Shared<[f32]>,
    way: &Way,
    row: usize,
    at: usize,
    own: usize,
    d_out: f32,
    d_cell: f32,
    #[comptime] dims: Dims,
) -> f32 {
    let cells = comptime!(dims.cells());
    let place = way.gates_at + row * comptime!(2 * dims.gates()) + at;
    let forget = work[place];
    let input = work[place + cells];
    let output = work[place + 2 * cells];
    let candidate = work[place + 3 * cells];
    let squashed = work[way.squashed_at + row * 2 * cells + at];
    let d_now = d_cell + d_out * output * (1.0f32 - squashed * squashed);
    let d_before = d_now * forget;
    let by_forget = d_before * work[way.cells_at + row * 2 * cells + at] * (1.0f32 - forget);
    let by_input = d_now * candidate * input * (1.0f32 - input);
    let by_output = d_out * squashed * output * (1.0f32 - output);
    let by_candidate = d_now * input * (1.0f32 - candidate * candidate);
    d_sums[own] = by_forget;
    d_sums[own + cells] = by_input;
    d_sums[own + 2 * cells] = by_output;
    d_sums[own + 3 * cells] = by_candidate;
    work[place] = by_forget;
    work[place + cells] = by_input;
    work[place + 2 * cells] = by_output;
    work[place + 3 * cells] = by_candidate;
    d_before
}

/// Cells of a unit in [`d_states`].
const UNIT_CELLS: usize = 4;

/// The gradients by the states before a token, from those by the gates' sums: a part for each of the four gates.
#[cube]
fn d_states(
    parts: &mut Shared<[f32]>,
    d_sums: &Shared<[f32]>,
    parameters: &[f32],
    recurrent_at: usize,
    #[comptime] dims: Dims,
) {
    let cells = comptime!(dims.cells());
    let gates = comptime!(dims.gates());
    let count = comptime!(dims.abreast());
    let blocks = comptime!(dims.cells().div_ceil(UNIT_CELLS));
    let mut task = UNIT_POS as usize;
    while task < comptime!(4 * dims.cells().div_ceil(UNIT_CELLS)) {
        let first_cell = task % blocks * UNIT_CELLS;
        let first_gate = task / blocks * cells;
        let mut sums = Array::<f32>::new(comptime!(UNIT_CELLS * dims.abreast()));
        #[unroll]
        for i in 0..comptime!(UNIT_CELLS * dims.abreast()) {
            sums[i] = 0.0f32;
        }
        let mut by_gates = Array::<f32>::new(comptime!(dims.abreast()));
        for gate in first_gate..first_gate + cells {
            #[unroll]
            for s in 0..count {
                by_gates[s] = d_sums[s * gates + gate];
            }
            #[unroll]
            for c in 0..UNIT_CELLS {
                // Beyond the last cell stands another weight, whose product nobody takes.
                let weight = parameters[recurrent_at + (first_cell + c) * gates + gate];
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

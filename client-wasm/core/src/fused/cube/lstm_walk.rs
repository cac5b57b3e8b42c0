//! The LSTM's walk over the tokens of some sentences.

use cubecl::prelude::*;

use super::crf::Sentences;
use super::dims::Dims;
use super::layer::keep;
use super::lstm::{Shape, Way, abreast, row, way};
use super::product::UNITS;

/// The hyperbolic tangent is ±1 in f32 beyond this, and so are the gates' sums settled beyond twice as much; shaders may
/// answer NaN for larger arguments.
const TANH_LIMIT: f32 = 15.0;

/// Walks over the tokens of some sentences, in reverse for the second direction (along y): writes activated gates, states,
/// cells and what leaves the layer; the latter and the states are zero in empty rows.
#[cube(launch)]
pub(super) fn walk(
    parameters: &[f32],
    batch: &[u32],
    work: &mut [f32],
    sentences: Sentences,
    lstm_at: usize,
    keep_at: usize,
    #[comptime] shape: Shape,
) {
    let dims = comptime!(shape.dims);
    let cells = comptime!(shape.dims.cells());
    let (starts, lengths) = abreast(batch, &sentences, dims);
    let way = way(sentences.rows, lstm_at, dims);

    // States are read by all units and written by one, so each token reads one half and writes the other.
    let mut state = Shared::<[f32]>::new_slice(comptime!(2 * shape.dims.abreast() * shape.dims.cells()));
    let mut cell = Shared::<[f32]>::new_slice(comptime!(shape.dims.abreast() * shape.dims.cells()));
    let mut at = UNIT_POS as usize;
    while at < cells {
        #[unroll]
        for s in 0..comptime!(shape.dims.abreast()) {
            state[s * cells + at] = 0.0f32;
            cell[s * cells + at] = 0.0f32;
        }
        clear(work, &sentences, &way, &starts, at, dims);
        at += UNITS;
    }
    sync_cube();

    // The length of the loop is the same for all workgroups: whether units meet must not hang on what is in memory.
    for step in 0..sentences.width {
        let before = step % 2 * comptime!(shape.dims.abreast() * shape.dims.cells());
        let after = (step + 1) % 2 * comptime!(shape.dims.abreast() * shape.dims.cells());
        let mut at = UNIT_POS as usize;
        while at < cells {
            let sums = gate_sums(parameters, &*work, &state, before, &way, &starts, &lengths, step, at, dims);
            #[unroll]
            for s in 0..comptime!(shape.dims.abreast()) {
                if step < lengths[s] {
                    let row = row(starts[s], lengths[s], step, way.direction == 1);
                    let own = s * cells + at;
                    work[way.states_at + row * 2 * cells + at] = state[before + own];
                    let (now, mut out) = open(work, &way, row, at, cell[own], &sums, s, dims);
                    cell[own] = now;
                    state[after + own] = out;
                    if comptime!(shape.dropped) {
                        let channel = way.direction * cells + at;
                        out *= keep(batch, keep_at, way.first + s + 1, dims.layers, channel, dims);
                    }
                    work[way.out_at + row * 2 * cells + at] = out;
                }
            }
            at += UNITS;
        }
        sync_cube();
    }
}

/// Writes zero as a cell's state and output in the empty row before each sentence, and in the one behind the last.
#[cube]
fn clear(work: &mut [f32], sentences: &Sentences, way: &Way, starts: &Array<usize>, at: usize, #[comptime] dims: Dims) {
    let cells = comptime!(dims.cells());
    #[unroll]
    for s in 0..comptime!(dims.abreast()) {
        if way.first + s < sentences.count {
            work[way.states_at + (starts[s] - 1) * 2 * cells + at] = 0.0f32;
            work[way.out_at + (starts[s] - 1) * 2 * cells + at] = 0.0f32;
            if way.first + s + 1 == sentences.count {
                work[way.states_at + (sentences.rows - 1) * 2 * cells + at] = 0.0f32;
                work[way.out_at + (sentences.rows - 1) * 2 * cells + at] = 0.0f32;
            }
        }
    }
}

/// The sums of a cell's four gates in each sentence, from the tokens themselves and from all states before.
#[cube]
#[allow(clippy::too_many_arguments)]
fn gate_sums(
    parameters: &[f32],
    work: &[f32],
    state: &Shared<[f32]>,
    before: usize,
    way: &Way,
    starts: &Array<usize>,
    lengths: &Array<usize>,
    step: usize,
    at: usize,
    #[comptime] dims: Dims,
) -> Array<f32> {
    let cells = comptime!(dims.cells());
    let gates = comptime!(dims.gates());
    let count = comptime!(dims.abreast());
    let mut sums = Array::<f32>::new(comptime!(4 * dims.abreast()));
    #[unroll]
    for s in 0..count {
        let row = row(starts[s], lengths[s], step, way.direction == 1);
        #[unroll]
        for gate in 0..4 {
            let own = gate * cells + at;
            sums[s * 4 + gate] = work[way.gates_at + row * 2 * gates + own] + parameters[way.bias_at + own];
        }
    }
    let mut states = Array::<f32>::new(comptime!(dims.abreast()));
    for from in 0..cells {
        #[unroll]
        for s in 0..count {
            states[s] = state[before + s * cells + from];
        }
        #[unroll]
        for gate in 0..4 {
            let weight = parameters[way.recurrent_at + from * gates + gate * cells + at];
            #[unroll]
            for s in 0..count {
                sums[s * 4 + gate] += states[s] * weight;
            }
        }
    }
    sums
}

/// Opens a cell's gates at a token; answers with what is in the cell then, and what leaves it.
#[cube]
#[allow(clippy::too_many_arguments)]
fn open(
    work: &mut [f32],
    way: &Way,
    row: usize,
    at: usize,
    before: f32,
    sums: &Array<f32>,
    #[comptime] s: usize,
    #[comptime] dims: Dims,
) -> (f32, f32) {
    let cells = comptime!(dims.cells());
    let forget = sigmoid(sums[comptime!(s * 4)]);
    let input = sigmoid(sums[comptime!(s * 4 + 1)]);
    let output = sigmoid(sums[comptime!(s * 4 + 2)]);
    let candidate = tanh(sums[comptime!(s * 4 + 3)]);
    let place = way.gates_at + row * comptime!(2 * dims.gates()) + at;
    work[place] = forget;
    work[place + cells] = input;
    work[place + 2 * cells] = output;
    work[place + 3 * cells] = candidate;
    let now = before * forget + input * candidate;
    let squashed = tanh(now);
    work[way.cells_at + row * 2 * cells + at] = before;
    work[way.squashed_at + row * 2 * cells + at] = squashed;
    (now, output * squashed)
}

/// NaN stays NaN.
#[cube]
fn sigmoid(x: f32) -> f32 {
    let half = within(x * 0.5f32);
    0.5f32 + 0.5f32 * half.tanh()
}

#[cube]
fn tanh(x: f32) -> f32 {
    within(x).tanh()
}

#[cube]
fn within(x: f32) -> f32 {
    let mut within = x;
    if x > TANH_LIMIT {
        within = f32::new(TANH_LIMIT);
    }
    if x < -TANH_LIMIT {
        within = f32::new(-TANH_LIMIT);
    }
    within
}

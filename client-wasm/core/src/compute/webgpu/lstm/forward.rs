//! The forward pass over the tokens of some sentences.

use cubecl::prelude::*;

use super::super::dropout::dropout_mask;
use super::super::matmul::UNITS;
use super::super::sentences::Sentences;
use super::super::workspace::Dims;
use super::walk::{DirectionPlaces, LstmKernel, LstmStarts, direction_places, sentences_of_group, token_row};

/// Beyond this the hyperbolic tangent is ±1 in f32, and beyond twice as much the sigmoid is 0 or 1; shaders may return NaN
/// for larger arguments.
const TANH_LIMIT: f32 = 15.0;

/// Goes over the tokens of some sentences, in reverse for the second direction (along y): writes activated gates, states,
/// cells and the layer's output; the latter and the states are zero in empty rows.
#[cube(launch)]
pub fn forward(
    parameters: &[f32],
    batch: &[u32],
    work: &mut [f32],
    sentences: Sentences,
    starts: LstmStarts,
    #[comptime] kernel: LstmKernel,
) {
    let dims = comptime!(kernel.dims);
    let cells = comptime!(kernel.dims.cells());
    let (first_rows, lengths) = sentences_of_group(batch, &sentences, dims);
    let places = direction_places(sentences.rows, starts.lstm, dims);

    // A state is read by all units and written by one, so each token reads one half and writes the other.
    let mut state = Shared::<[f32]>::new_slice(comptime!(2 * kernel.dims.sentences_per_group() * kernel.dims.cells()));
    let mut cell = Shared::<[f32]>::new_slice(comptime!(kernel.dims.sentences_per_group() * kernel.dims.cells()));
    let mut at = UNIT_POS as usize;
    while at < cells {
        #[unroll]
        for s in 0..comptime!(kernel.dims.sentences_per_group()) {
            state[s * cells + at] = 0.0f32;
            cell[s * cells + at] = 0.0f32;
        }
        clear(work, &sentences, &places, &first_rows, at, dims);
        at += UNITS;
    }
    sync_cube();

    // All workgroups take as many steps as the longest sentence has, so that the barriers are in uniform control flow.
    for step in 0..sentences.width {
        let before = step % 2 * comptime!(kernel.dims.sentences_per_group() * kernel.dims.cells());
        let after = (step + 1) % 2 * comptime!(kernel.dims.sentences_per_group() * kernel.dims.cells());
        let mut at = UNIT_POS as usize;
        while at < cells {
            let sums = gate_sums(parameters, &*work, &state, before, &places, &first_rows, &lengths, step, at, dims);
            #[unroll]
            for s in 0..comptime!(kernel.dims.sentences_per_group()) {
                if step < lengths[s] {
                    let row = token_row(first_rows[s], lengths[s], step, places.direction == 1);
                    let own = s * cells + at;
                    work[places.states + row * 2 * cells + at] = state[before + own];
                    let (now, mut out) = activate(work, &places, row, at, cell[own], &sums, s, dims);
                    cell[own] = now;
                    state[after + own] = out;
                    if comptime!(kernel.dropped) {
                        let channel = places.direction * cells + at;
                        out *= dropout_mask(batch, starts.masks, places.first + s + 1, dims.layers, channel, dims);
                    }
                    work[places.out + row * 2 * cells + at] = out;
                }
            }
            at += UNITS;
        }
        sync_cube();
    }
}

/// Writes zero as a cell's state and output in the empty row before each sentence, and in the one behind the last.
#[cube]
fn clear(
    work: &mut [f32],
    sentences: &Sentences,
    places: &DirectionPlaces,
    first_rows: &Array<usize>,
    at: usize,
    #[comptime] dims: Dims,
) {
    let cells = comptime!(dims.cells());
    #[unroll]
    for s in 0..comptime!(dims.sentences_per_group()) {
        if places.first + s < sentences.count {
            work[places.states + (first_rows[s] - 1) * 2 * cells + at] = 0.0f32;
            work[places.out + (first_rows[s] - 1) * 2 * cells + at] = 0.0f32;
            if places.first + s + 1 == sentences.count {
                work[places.states + (sentences.rows - 1) * 2 * cells + at] = 0.0f32;
                work[places.out + (sentences.rows - 1) * 2 * cells + at] = 0.0f32;
            }
        }
    }
}

/// The sums of a cell's four gates in each sentence: the token's part, the bias, and the product with the states before.
#[cube]
#[allow(clippy::too_many_arguments)]
fn gate_sums(
    parameters: &[f32],
    work: &[f32],
    state: &Shared<[f32]>,
    before: usize,
    places: &DirectionPlaces,
    first_rows: &Array<usize>,
    lengths: &Array<usize>,
    step: usize,
    at: usize,
    #[comptime] dims: Dims,
) -> Array<f32> {
    let cells = comptime!(dims.cells());
    let gates = comptime!(dims.gates());
    let count = comptime!(dims.sentences_per_group());
    let mut sums = Array::<f32>::new(comptime!(4 * dims.sentences_per_group()));
    #[unroll]
    for s in 0..count {
        let row = token_row(first_rows[s], lengths[s], step, places.direction == 1);
        #[unroll]
        for gate in 0..4 {
            let own = gate * cells + at;
            sums[s * 4 + gate] = work[places.gates + row * 2 * gates + own] + parameters[places.bias + own];
        }
    }
    let mut states = Array::<f32>::new(comptime!(dims.sentences_per_group()));
    for from in 0..cells {
        #[unroll]
        for s in 0..count {
            states[s] = state[before + s * cells + from];
        }
        #[unroll]
        for gate in 0..4 {
            let weight = parameters[places.recurrent + from * gates + gate * cells + at];
            #[unroll]
            for s in 0..count {
                sums[s * 4 + gate] += states[s] * weight;
            }
        }
    }
    sums
}

/// Writes a cell's activated gates at a token; returns the cell after it, and its output.
#[cube]
#[allow(clippy::too_many_arguments)]
fn activate(
    work: &mut [f32],
    places: &DirectionPlaces,
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
    let gate = places.gates + row * comptime!(2 * dims.gates()) + at;
    work[gate] = forget;
    work[gate + cells] = input;
    work[gate + 2 * cells] = output;
    work[gate + 3 * cells] = candidate;
    let now = before * forget + input * candidate;
    let tanh_now = tanh(now);
    work[places.cells + row * 2 * cells + at] = before;
    work[places.cells_tanh + row * 2 * cells + at] = tanh_now;
    (now, output * tanh_now)
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

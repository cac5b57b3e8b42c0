//! The bidirectional LSTM over a whole batch: one product for the gates of all tokens in both directions, then workgroups
//! that each walk over the tokens of some sentences in one direction, with the states in workgroup memory; back the same
//! way. What a unit reads of the weights serves all its sentences. Launches don't grow with the sentences' length.

use cubecl::prelude::*;

use super::crf::{Sentences, starts_at};
use super::dims::Dims;
use super::layer::keep;
use super::product::{ACROSS, Left, Right, TILE_ROWS, Tile, UNIT_ROWS, UNITS, accumulate, store};

/// Columns of a workgroup in [`gates`].
const WIDTH: usize = 8 * ACROSS;
/// The hyperbolic tangent is ±1 in f32 beyond this, and so are the gates' sums settled beyond twice as much; shaders may
/// answer NaN for larger arguments.
const TANH_LIMIT: f32 = 15.0;

/// What the walks are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    pub dims: Dims,
    /// Whether channels are dropped.
    pub dropped: bool,
}

fn gates_tile(dims: Dims) -> Tile {
    let columns = 2 * dims.gates();
    let (left, right, stride) = (Left::Rows, Right::Plain, dims.channels);
    Tile { left, right, stride, before: 0, columns, right_stride: columns, width: WIDTH }
}

/// Workgroups of [`gates`] across its columns.
pub(super) fn gates_groups(dims: Dims) -> usize {
    (2 * dims.gates()).div_ceil(WIDTH)
}

/// Where in the workspace and the parameters what belongs to a direction begins.
#[derive(CubeType, Clone, Copy)]
struct Way {
    gates_at: usize,
    states_at: usize,
    cells_at: usize,
    squashed_at: usize,
    recurrent_at: usize,
}

#[cube]
fn way(rows: usize, lstm_at: usize, direction: usize, #[comptime] dims: Dims) -> Way {
    let states_at = rows * comptime!(dims.lstm_states()) + direction * comptime!(dims.cells());
    let column = rows * comptime!(2 * dims.cells());
    Way {
        gates_at: rows * comptime!(dims.lstm_gates()) + direction * comptime!(dims.gates()),
        states_at,
        cells_at: states_at + column,
        squashed_at: states_at + 2 * column,
        recurrent_at: recurrent_at(lstm_at, direction, dims),
    }
}

/// The sentences of a workgroup: the first row of each, and its tokens; none where there is no such sentence.
#[cube]
fn abreast(batch: &[u32], sentences: &Sentences, #[comptime] dims: Dims) -> (Array<usize>, Array<usize>) {
    let mut starts = Array::<usize>::new(comptime!(dims.abreast()));
    let mut lengths = Array::<usize>::new(comptime!(dims.abreast()));
    let starts_at = starts_at(sentences, dims);
    #[unroll]
    for s in 0..comptime!(dims.abreast()) {
        let sentence = CUBE_POS_X as usize * comptime!(dims.abreast()) + s;
        starts[s] = 1usize;
        lengths[s] = 0usize;
        if sentence < sentences.count {
            starts[s] = batch[starts_at + sentence] as usize;
            lengths[s] = batch[starts_at + sentences.count + sentence] as usize;
        }
    }
    (starts, lengths)
}

/// Writes what the tokens themselves give to the gates' sums, in both directions.
#[cube(launch)]
pub(super) fn gates(parameters: &[f32], work: &mut [f32], rows: usize, lstm_at: usize, #[comptime] dims: Dims) {
    let first_row = CUBE_POS_X as usize * TILE_ROWS;
    let first_column = CUBE_POS_Y as usize * WIDTH;
    let from = rows * comptime!(dims.last_hidden());
    let to = rows * comptime!(dims.lstm_gates());
    let tile = comptime!(gates_tile(dims));
    let mut sums = Array::<f32>::new(comptime!(UNIT_ROWS * tile.unit_columns()));
    let inner = dims.channels.runtime();
    accumulate(&mut sums, &*work, from, parameters, lstm_at, first_row, first_column, rows, inner, tile);
    store(&sums, work, to, first_row, first_column, rows, tile);
}

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
    let gates = comptime!(shape.dims.gates());
    let count = comptime!(shape.dims.abreast());
    let first = CUBE_POS_X as usize * count;
    let direction = CUBE_POS_Y as usize;
    let unit = UNIT_POS as usize;
    let rows = sentences.rows;
    let (starts, lengths) = abreast(batch, &sentences, dims);
    let way = way(rows, lstm_at, direction, dims);
    let out_at = rows * comptime!(dims.lstm_out()) + direction * cells;
    let bias_at = bias_at(lstm_at, dims) + direction * gates;

    // States are read by all units and written by one, so each token reads one half and writes the other.
    let mut state = Shared::<[f32]>::new_slice(comptime!(2 * shape.dims.abreast() * shape.dims.cells()));
    let mut cell = Shared::<[f32]>::new_slice(comptime!(shape.dims.abreast() * shape.dims.cells()));
    let mut at = unit;
    while at < cells {
        #[unroll]
        for s in 0..count {
            state[s * cells + at] = 0.0f32;
            cell[s * cells + at] = 0.0f32;
            if first + s < sentences.count {
                // The empty row before the sentence, and the one behind the last.
                work[way.states_at + (starts[s] - 1) * 2 * cells + at] = 0.0f32;
                work[out_at + (starts[s] - 1) * 2 * cells + at] = 0.0f32;
                if first + s + 1 == sentences.count {
                    work[way.states_at + (rows - 1) * 2 * cells + at] = 0.0f32;
                    work[out_at + (rows - 1) * 2 * cells + at] = 0.0f32;
                }
            }
        }
        at += UNITS;
    }
    sync_cube();

    // The length of the loop is the same for all workgroups: whether units meet must not hang on what is in memory.
    for step in 0..sentences.width {
        let before = step % 2 * comptime!(shape.dims.abreast() * shape.dims.cells());
        let after = (step + 1) % 2 * comptime!(shape.dims.abreast() * shape.dims.cells());
        let mut at = unit;
        while at < cells {
            let mut sums = Array::<f32>::new(comptime!(4 * shape.dims.abreast()));
            #[unroll]
            for s in 0..count {
                let row = row(starts[s], lengths[s], step, direction == 1);
                #[unroll]
                for gate in 0..4 {
                    sums[s * 4 + gate] = work[way.gates_at + row * 2 * gates + gate * cells + at]
                        + parameters[bias_at + gate * cells + at];
                }
            }
            let mut states = Array::<f32>::new(comptime!(shape.dims.abreast()));
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
            #[unroll]
            for s in 0..count {
                if step < lengths[s] {
                    let row = row(starts[s], lengths[s], step, direction == 1);
                    let forget = sigmoid(sums[s * 4]);
                    let input = sigmoid(sums[s * 4 + 1]);
                    let output = sigmoid(sums[s * 4 + 2]);
                    let candidate = tanh(sums[s * 4 + 3]);
                    let place = way.gates_at + row * 2 * gates + at;
                    work[place] = forget;
                    work[place + cells] = input;
                    work[place + 2 * cells] = output;
                    work[place + 3 * cells] = candidate;
                    let element = row * 2 * cells + at;
                    let own = s * cells + at;
                    work[way.states_at + element] = state[before + own];
                    work[way.cells_at + element] = cell[own];
                    let now = cell[own] * forget + input * candidate;
                    let squashed = tanh(now);
                    let mut out = output * squashed;
                    cell[own] = now;
                    state[after + own] = out;
                    work[way.squashed_at + element] = squashed;
                    if comptime!(shape.dropped) {
                        out *= keep(batch, keep_at, first + s + 1, dims.layers, direction * cells + at, dims);
                    }
                    work[out_at + element] = out;
                }
            }
            at += UNITS;
        }
        sync_cube();
    }
}

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
    let count = comptime!(shape.dims.abreast());
    let first = CUBE_POS_X as usize * count;
    let direction = CUBE_POS_Y as usize;
    let unit = UNIT_POS as usize;
    let (starts, lengths) = abreast(batch, &sentences, dims);
    let way = way(sentences.rows, lstm_at, direction, dims);
    let scores_at = sentences.rows * comptime!(dims.d_emissions());

    // The gradients by the cells, from the token after; by the gates' sums; and by the states, a part for each gate.
    let mut d_cell = Shared::<[f32]>::new_slice(comptime!(shape.dims.abreast() * shape.dims.cells()));
    let mut d_sums = Shared::<[f32]>::new_slice(comptime!(shape.dims.abreast() * shape.dims.gates()));
    let mut parts = Shared::<[f32]>::new_slice(comptime!(shape.dims.abreast() * shape.dims.gates()));
    let mut at = unit;
    while at < cells {
        #[unroll]
        for s in 0..count {
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
        let mut at = unit;
        while at < cells {
            #[unroll]
            for s in 0..count {
                if step < lengths[s] {
                    let row = row(starts[s], lengths[s], step, direction == 0);
                    let mut d_out = 0.0f32;
                    for tag in 0..tags {
                        d_out += work[scores_at + row * tags + tag]
                            * parameters[output_at + (direction * cells + at) * tags + tag];
                    }
                    if comptime!(shape.dropped) {
                        d_out *= keep(batch, keep_at, first + s + 1, dims.layers, direction * cells + at, dims);
                    }
                    let own = s * gates + at;
                    let d_state = parts[own] + parts[own + cells] + parts[own + 2 * cells] + parts[own + 3 * cells];
                    let d = d_state + d_out;
                    let place = way.gates_at + row * 2 * gates + at;
                    let forget = work[place];
                    let input = work[place + cells];
                    let output = work[place + 2 * cells];
                    let candidate = work[place + 3 * cells];
                    let squashed = work[way.squashed_at + row * 2 * cells + at];
                    let d_now = d_cell[s * cells + at] + d * output * (1.0f32 - squashed * squashed);
                    let d_before = d_now * forget;
                    let by_forget = d_before * work[way.cells_at + row * 2 * cells + at] * (1.0f32 - forget);
                    let by_input = d_now * candidate * input * (1.0f32 - input);
                    let by_output = d * squashed * output * (1.0f32 - output);
                    let by_candidate = d_now * input * (1.0f32 - candidate * candidate);
                    d_cell[s * cells + at] = d_before;
                    d_sums[own] = by_forget;
                    d_sums[own + cells] = by_input;
                    d_sums[own + 2 * cells] = by_output;
                    d_sums[own + 3 * cells] = by_candidate;
                    work[place] = by_forget;
                    work[place + cells] = by_input;
                    work[place + 2 * cells] = by_output;
                    work[place + 3 * cells] = by_candidate;
                }
            }
            at += UNITS;
        }
        sync_cube();
        d_states(&mut parts, &d_sums, parameters, way.recurrent_at, dims);
    }
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

/// The row of a sentence's token, counted from its first or from its last one; its first row beyond its end.
#[cube]
fn row(start: usize, length: usize, step: usize, from_last: bool) -> usize {
    let mut row = start;
    if step < length {
        row = start + step;
        if from_last {
            row = start + length - 1 - step;
        }
    }
    row
}

/// Where a direction's recurrent weights begin.
#[cube]
pub(super) fn recurrent_at(lstm_at: usize, direction: usize, #[comptime] dims: Dims) -> usize {
    lstm_at + comptime!(2 * dims.channels * dims.gates()) + direction * comptime!(dims.cells() * dims.gates())
}

/// Where the biases begin.
#[cube]
pub(super) fn bias_at(lstm_at: usize, #[comptime] dims: Dims) -> usize {
    lstm_at + comptime!(2 * (dims.channels + dims.cells()) * dims.gates())
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

//! The bidirectional LSTM over a whole batch: one product for the gates of all tokens in both directions, then a workgroup
//! a sentence and direction that walks over its tokens with the state in workgroup memory; back the same way. Launches
//! don't grow with the length of the sentences.

use cubecl::prelude::*;

use super::crf::{Sentences, starts_at};
use super::dims::Dims;
use super::layer::keep;
use super::product::{ACROSS, Left, Right, TILE_ROWS, Tile, UNIT_ROWS, UNITS, accumulate, store};

/// Columns of a workgroup in [`gates`].
const WIDTH: usize = 4 * ACROSS;
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

/// A sentence in one direction: which rows it has, and where in the workspace and the parameters what belongs to the
/// direction begins.
#[derive(CubeType, Clone, Copy)]
struct Way {
    start: usize,
    length: usize,
    gates_at: usize,
    states_at: usize,
    cells_at: usize,
    squashed_at: usize,
    recurrent_at: usize,
}

#[cube]
fn way(batch: &[u32], sentences: &Sentences, lstm_at: usize, direction: usize, #[comptime] dims: Dims) -> Way {
    let starts = starts_at(sentences, dims);
    let sentence = CUBE_POS_X as usize;
    let rows = sentences.rows;
    let states_at = rows * comptime!(dims.lstm_states()) + direction * comptime!(dims.cells());
    let column = rows * comptime!(2 * dims.cells());
    Way {
        start: batch[starts + sentence] as usize,
        length: batch[starts + sentences.count + sentence] as usize,
        gates_at: rows * comptime!(dims.lstm_gates()) + direction * comptime!(dims.gates()),
        states_at,
        cells_at: states_at + column,
        squashed_at: states_at + 2 * column,
        recurrent_at: recurrent_at(lstm_at, direction, dims),
    }
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

/// Walks over the tokens of a sentence, in reverse for the second direction (along y): writes activated gates, states,
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
    let sentence = CUBE_POS_X as usize;
    let direction = CUBE_POS_Y as usize;
    let unit = UNIT_POS as usize;
    let rows = sentences.rows;
    let way = way(batch, &sentences, lstm_at, direction, dims);
    let out_at = rows * comptime!(dims.lstm_out()) + direction * cells;
    let bias_at = bias_at(lstm_at, dims) + direction * gates;

    let mut state = Shared::<[f32]>::new_slice(comptime!(shape.dims.cells()));
    let mut cell = Shared::<[f32]>::new_slice(comptime!(shape.dims.cells()));
    let mut open = Shared::<[f32]>::new_slice(comptime!(shape.dims.gates()));
    let mut at = unit;
    while at < cells {
        state[at] = 0.0f32;
        cell[at] = 0.0f32;
        // The empty row before the sentence, and the one behind the last.
        work[way.states_at + (way.start - 1) * 2 * cells + at] = 0.0f32;
        work[out_at + (way.start - 1) * 2 * cells + at] = 0.0f32;
        if sentence + 1 == sentences.count {
            work[way.states_at + (rows - 1) * 2 * cells + at] = 0.0f32;
            work[out_at + (rows - 1) * 2 * cells + at] = 0.0f32;
        }
        at += UNITS;
    }
    sync_cube();

    // The length of the loop is the same for all workgroups: whether units meet must not hang on what is in memory.
    for step in 0..sentences.width {
        let active = step < way.length;
        let mut row = way.start + step;
        if active && direction == 1 {
            row = way.start + way.length - 1 - step;
        }
        if active {
            let mut gate = unit;
            while gate < gates {
                let place = way.gates_at + row * 2 * gates + gate;
                let mut sum = work[place] + parameters[bias_at + gate];
                for from in 0..cells {
                    sum += state[from] * parameters[way.recurrent_at + from * gates + gate];
                }
                let mut value = tanh(sum);
                if gate < 3 * cells {
                    value = sigmoid(sum);
                }
                open[gate] = value;
                work[place] = value;
                gate += UNITS;
            }
        }
        sync_cube();
        if active {
            let mut at = unit;
            while at < cells {
                let element = row * 2 * cells + at;
                work[way.states_at + element] = state[at];
                work[way.cells_at + element] = cell[at];
                let now = cell[at] * open[at] + open[cells + at] * open[3 * cells + at];
                let squashed = tanh(now);
                let mut out = open[2 * cells + at] * squashed;
                cell[at] = now;
                state[at] = out;
                work[way.squashed_at + element] = squashed;
                if comptime!(shape.dropped) {
                    out *= keep(batch, keep_at, sentence + 1, dims.layers, direction * cells + at, dims);
                }
                work[out_at + element] = out;
                at += UNITS;
            }
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
    let sentence = CUBE_POS_X as usize;
    let direction = CUBE_POS_Y as usize;
    let unit = UNIT_POS as usize;
    let way = way(batch, &sentences, lstm_at, direction, dims);
    let scores_at = sentences.rows * comptime!(dims.d_emissions());

    // The gradients by state and cells, from the token after; by the gates' sums; and parts of the former.
    let mut d_state = Shared::<[f32]>::new_slice(comptime!(shape.dims.cells()));
    let mut d_cell = Shared::<[f32]>::new_slice(comptime!(shape.dims.cells()));
    let mut d_sums = Shared::<[f32]>::new_slice(comptime!(shape.dims.gates()));
    let mut parts = Shared::<[f32]>::new_slice(comptime!(shape.dims.gates()));
    let mut at = unit;
    while at < cells {
        d_state[at] = 0.0f32;
        d_cell[at] = 0.0f32;
        at += UNITS;
    }
    for step in 0..sentences.width {
        let active = step < way.length;
        let mut row = way.start + step;
        if active && direction == 0 {
            row = way.start + way.length - 1 - step;
        }
        if active {
            let mut at = unit;
            while at < cells {
                let mut d_out = 0.0f32;
                for tag in 0..tags {
                    d_out += work[scores_at + row * tags + tag]
                        * parameters[output_at + (direction * cells + at) * tags + tag];
                }
                if comptime!(shape.dropped) {
                    d_out *= keep(batch, keep_at, sentence + 1, dims.layers, direction * cells + at, dims);
                }
                let d = d_state[at] + d_out;
                let place = way.gates_at + row * 2 * gates + at;
                let forget = work[place];
                let input = work[place + cells];
                let output = work[place + 2 * cells];
                let candidate = work[place + 3 * cells];
                let squashed = work[way.squashed_at + row * 2 * cells + at];
                let d_now = d_cell[at] + d * output * (1.0f32 - squashed * squashed);
                let d_before = d_now * forget;
                let by_forget = d_before * work[way.cells_at + row * 2 * cells + at] * (1.0f32 - forget);
                let by_input = d_now * candidate * input * (1.0f32 - input);
                let by_output = d * squashed * output * (1.0f32 - output);
                let by_candidate = d_now * input * (1.0f32 - candidate * candidate);
                d_cell[at] = d_before;
                d_sums[at] = by_forget;
                d_sums[cells + at] = by_input;
                d_sums[2 * cells + at] = by_output;
                d_sums[3 * cells + at] = by_candidate;
                work[place] = by_forget;
                work[place + cells] = by_input;
                work[place + 2 * cells] = by_output;
                work[place + 3 * cells] = by_candidate;
                at += UNITS;
            }
        }
        sync_cube();
        if active {
            let mut part = unit;
            while part < gates {
                let first = part / cells * cells;
                let from = way.recurrent_at + part % cells * gates + first;
                let mut sum = 0.0f32;
                for gate in 0..cells {
                    sum += d_sums[first + gate] * parameters[from + gate];
                }
                parts[part] = sum;
                part += UNITS;
            }
        }
        sync_cube();
        if active {
            let mut at = unit;
            while at < cells {
                d_state[at] = parts[at] + parts[cells + at] + parts[2 * cells + at] + parts[3 * cells + at];
                at += UNITS;
            }
        }
    }
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

//! The bidirectional LSTM over a whole batch: one product for the gates of all tokens in both directions, then workgroups
//! that each walk over the tokens of some sentences in one direction, with the states in workgroup memory; back the same
//! way. What a unit reads of the weights serves all its sentences. Launches don't grow with the sentences' length.

use cubecl::prelude::*;

use super::crf::{Sentences, starts_at};
use super::dims::Dims;
use super::product::{ACROSS, Left, Right, TILE_ROWS, Tile, UNIT_ROWS, accumulate, store};

/// Columns of a workgroup in [`gates`].
const WIDTH: usize = 8 * ACROSS;
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

/// A workgroup's walk: its direction, its first sentence, and where in the workspace and the parameters what belongs to the
/// direction begins.
#[derive(CubeType, Clone, Copy)]
pub(super) struct Way {
    pub direction: usize,
    pub first: usize,
    pub gates_at: usize,
    pub states_at: usize,
    pub cells_at: usize,
    pub squashed_at: usize,
    pub out_at: usize,
    pub recurrent_at: usize,
    pub bias_at: usize,
}

#[cube]
pub(super) fn way(rows: usize, lstm_at: usize, #[comptime] dims: Dims) -> Way {
    let direction = CUBE_POS_Y as usize;
    let first_column = direction * comptime!(dims.cells());
    let states_at = rows * comptime!(dims.lstm_states()) + first_column;
    let column = rows * comptime!(2 * dims.cells());
    Way {
        direction,
        first: CUBE_POS_X as usize * comptime!(dims.abreast()),
        gates_at: rows * comptime!(dims.lstm_gates()) + direction * comptime!(dims.gates()),
        states_at,
        cells_at: states_at + column,
        squashed_at: states_at + 2 * column,
        out_at: rows * comptime!(dims.lstm_out()) + first_column,
        recurrent_at: recurrent_at(lstm_at, direction, dims),
        bias_at: bias_at(lstm_at, dims) + direction * comptime!(dims.gates()),
    }
}

/// The sentences of a workgroup: the first row of each, and its tokens; none where there is no such sentence.
#[cube]
pub(super) fn abreast(batch: &[u32], sentences: &Sentences, #[comptime] dims: Dims) -> (Array<usize>, Array<usize>) {
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

/// The row of a sentence's token, counted from its first or from its last one; its first row beyond its end.
#[cube]
pub(super) fn row(start: usize, length: usize, step: usize, from_last: bool) -> usize {
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

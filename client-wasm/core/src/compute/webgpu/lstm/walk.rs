//! What both passes over the tokens of a workgroup's sentences share: which sentences they are, and where their values lie.

use cubecl::prelude::*;

use super::super::arguments::launch_arguments;
use super::super::sentences::{Sentences, first_rows_start};
use super::super::workspace::Dims;

/// What the passes are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LstmKernel {
    pub dims: Dims,
    /// Whether channels are dropped.
    pub dropped: bool,
}

launch_arguments! {
    /// Where the parameters and the dropout masks that the passes read begin.
    pub struct LstmStarts, LstmStartsLaunch {
        /// The LSTM's parameters.
        pub lstm,
        /// The output layer's parameters.
        pub output,
        /// The batch's dropout masks.
        pub masks,
    }
}

/// A workgroup's direction and first sentence, and where the direction's values begin in the workspace and among the
/// parameters.
#[derive(CubeType, Clone, Copy)]
pub struct DirectionPlaces {
    pub direction: usize,
    pub first: usize,
    pub gates: usize,
    pub states: usize,
    pub cells: usize,
    pub cells_tanh: usize,
    pub out: usize,
    pub recurrent: usize,
    pub bias: usize,
}

#[cube]
pub fn direction_places(rows: usize, lstm_start: usize, #[comptime] dims: Dims) -> DirectionPlaces {
    let direction = CUBE_POS_Y as usize;
    let first_column = direction * comptime!(dims.cells());
    let states = rows * comptime!(dims.lstm_states()) + first_column;
    let column = rows * comptime!(2 * dims.cells());
    DirectionPlaces {
        direction,
        first: CUBE_POS_X as usize * comptime!(dims.sentences_per_group()),
        gates: rows * comptime!(dims.lstm_gates()) + direction * comptime!(dims.gates()),
        states,
        cells: states + column,
        cells_tanh: states + 2 * column,
        out: rows * comptime!(dims.lstm_out()) + first_column,
        recurrent: recurrent_start(lstm_start, direction, dims),
        bias: bias_start(lstm_start, dims) + direction * comptime!(dims.gates()),
    }
}

/// A workgroup's sentences: the first row and the length of each; the length is 0 where there is no such sentence.
#[cube]
pub fn sentences_of_group(
    batch: &[u32],
    sentences: &Sentences,
    #[comptime] dims: Dims,
) -> (Array<usize>, Array<usize>) {
    let mut starts = Array::<usize>::new(comptime!(dims.sentences_per_group()));
    let mut lengths = Array::<usize>::new(comptime!(dims.sentences_per_group()));
    let first_rows = first_rows_start(sentences, dims);
    #[unroll]
    for s in 0..comptime!(dims.sentences_per_group()) {
        let sentence = CUBE_POS_X as usize * comptime!(dims.sentences_per_group()) + s;
        starts[s] = 1usize;
        lengths[s] = 0usize;
        if sentence < sentences.count {
            starts[s] = batch[first_rows + sentence] as usize;
            lengths[s] = batch[first_rows + sentences.count + sentence] as usize;
        }
    }
    (starts, lengths)
}

/// The packed row of a sentence's token, counted from its first or from its last one; its first row beyond its end.
#[cube]
pub fn token_row(start: usize, length: usize, step: usize, from_last: bool) -> usize {
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
pub fn recurrent_start(lstm_start: usize, direction: usize, #[comptime] dims: Dims) -> usize {
    lstm_start + comptime!(2 * dims.channels * dims.gates()) + direction * comptime!(dims.cells() * dims.gates())
}

/// Where the biases begin.
#[cube]
pub fn bias_start(lstm_start: usize, #[comptime] dims: Dims) -> usize {
    lstm_start + comptime!(2 * (dims.channels + dims.cells()) * dims.gates())
}

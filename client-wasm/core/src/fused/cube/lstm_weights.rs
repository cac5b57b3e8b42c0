//! Gradients of the LSTM's parameters, from those by its gates' sums, of all tokens at once.

use cubecl::prelude::*;

use super::dims::Dims;
use super::lstm::{bias_at, recurrent_at};
use super::product::{ACROSS, DOWN, Left, Right, TILE_ROWS, Tile, UNIT_ROWS, UNITS, accumulate, store};
use super::weights::column_total;

/// Columns of a workgroup.
const WIDTH: usize = 8 * ACROSS;

/// Which matrices a kernel computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    pub dims: Dims,
    /// Each direction's recurrent weights, or else the input weights of both.
    pub recurrent: bool,
}

impl Shape {
    /// Rows of a matrix.
    fn inputs(self) -> usize {
        if self.recurrent { self.dims.cells() } else { self.dims.channels }
    }

    fn tile(self) -> Tile {
        let all = 2 * self.dims.gates();
        let (stride, columns) =
            if self.recurrent { (2 * self.dims.cells(), self.dims.gates()) } else { (self.dims.channels, all) };
        let (left, right) = (Left::Columns, Right::Plain);
        Tile { left, right, stride, before: 0, columns, right_stride: all, width: WIDTH }
    }

    /// Workgroups: along the rows, along the columns, and the matrices.
    pub fn groups(self) -> [usize; 3] {
        let matrices = if self.recurrent { 2 } else { 1 };
        [self.inputs().div_ceil(TILE_ROWS), self.tile().columns.div_ceil(WIDTH), matrices]
    }
}

/// Writes the gradients of matrices.
#[cube(launch)]
pub(super) fn weights(work: &[f32], gradient: &mut [f32], rows: usize, lstm_at: usize, #[comptime] shape: Shape) {
    let dims = comptime!(shape.dims);
    let tile = comptime!(shape.tile());
    let first_row = CUBE_POS_X as usize * TILE_ROWS;
    let first_column = CUBE_POS_Y as usize * WIDTH;
    let direction = CUBE_POS_Z as usize;
    let mut to = lstm_at;
    let mut from = rows * comptime!(dims.last_hidden());
    let mut d_sums = rows * comptime!(dims.lstm_gates());
    if comptime!(shape.recurrent) {
        to = recurrent_at(lstm_at, direction, dims);
        from = rows * comptime!(dims.lstm_states()) + direction * comptime!(dims.cells());
        d_sums += direction * comptime!(dims.gates());
    }
    let mut sums = Array::<f32>::new(comptime!(UNIT_ROWS * tile.unit_columns()));
    accumulate(&mut sums, work, from, work, d_sums, first_row, first_column, rows, rows, tile);
    store(&sums, gradient, to, first_row, first_column, comptime!(shape.inputs()), tile);
}

/// Writes the gradients of the biases: a workgroup [`ACROSS`] of them.
#[cube(launch)]
pub(super) fn biases(work: &[f32], gradient: &mut [f32], rows: usize, lstm_at: usize, #[comptime] dims: Dims) {
    let all = comptime!(2 * dims.gates());
    let gate = CUBE_POS_X as usize * ACROSS + UNIT_POS_X as usize;
    let from = rows * comptime!(dims.lstm_gates());
    let mut sum = 0.0f32;
    if gate < all {
        // The first and the last row are empty.
        let mut row = UNIT_POS_Y as usize + 1;
        while row + 1 < rows {
            sum += work[from + row * all + gate];
            row += DOWN;
        }
    }
    let mut parts = Shared::<[f32]>::new_slice(UNITS);
    sum = column_total(sum, &mut parts);
    if gate < all && UNIT_POS_Y == 0 {
        gradient[bias_at(lstm_at, dims) + gate] = sum;
    }
}

//! Gradients of the LSTM's parameters, from those by its gates' sums, of all tokens at once.

use cubecl::prelude::*;

use super::super::matmul::{
    ACROSS, DOWN, Left, ProductPlace, Right, TILE_ROWS, Tile, TilePlace, UNIT_ROWS, UNITS, accumulate, store,
};
use super::super::reduction::column_total;
use super::super::workspace::Dims;
use super::gates::LstmLayer;
use super::walk::{bias_start, recurrent_start};

/// Columns of a workgroup.
const WIDTH: usize = 8 * ACROSS;

/// Which weights the kernel is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WeightsKernel {
    pub dims: Dims,
    /// Each direction's recurrent weights, or else the input weights of both.
    pub recurrent: bool,
}

impl WeightsKernel {
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

/// Writes the gradients of weights.
#[cube(launch)]
pub fn weights(work: &[f32], gradient: &mut [f32], layer: LstmLayer, #[comptime] kernel: WeightsKernel) {
    let rows = layer.rows;
    let dims = comptime!(kernel.dims);
    let tile = comptime!(kernel.tile());
    let direction = CUBE_POS_Z as usize;
    let mut start = layer.start;
    let mut left_start = rows * comptime!(dims.last_hidden());
    let mut right_start = rows * comptime!(dims.lstm_gates());
    if comptime!(kernel.recurrent) {
        start = recurrent_start(layer.start, direction, dims);
        left_start = rows * comptime!(dims.lstm_states()) + direction * comptime!(dims.cells());
        right_start += direction * comptime!(dims.gates());
    }
    let first_row = CUBE_POS_X as usize * TILE_ROWS;
    let first_column = CUBE_POS_Y as usize * WIDTH;
    let place = TilePlace { left_start, right_start, first_row, first_column, rows, inner: rows };
    let mut sums = Array::<f32>::new(comptime!(UNIT_ROWS * tile.unit_columns()));
    accumulate(&mut sums, work, work, &place, tile);
    let product_rows = comptime!(kernel.inputs()).runtime();
    let product = ProductPlace { start, rows: product_rows };
    store(&sums, gradient, &product, &place, tile);
}

/// Writes the gradients of the biases: a workgroup takes [`ACROSS`] of them.
#[cube(launch)]
pub fn biases(work: &[f32], gradient: &mut [f32], layer: LstmLayer, #[comptime] dims: Dims) {
    let rows = layer.rows;
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
        gradient[bias_start(layer.start, dims) + gate] = sum;
    }
}

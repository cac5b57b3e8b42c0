//! The part of the gates' sums that comes from the tokens themselves: one product for all tokens in both directions.

use cubecl::prelude::*;

use super::super::arguments::launch_arguments;
use super::super::matmul::{
    ACROSS, Left, ProductPlace, Right, TILE_ROWS, Tile, TilePlace, UNIT_ROWS, accumulate, store,
};
use super::super::workspace::Dims;

/// Columns of a workgroup.
const WIDTH: usize = 8 * ACROSS;

fn gates_tile(dims: Dims) -> Tile {
    let columns = 2 * dims.gates();
    let (left, right, stride) = (Left::Rows, Right::Plain, dims.channels);
    Tile { left, right, stride, before: 0, columns, right_stride: columns, width: WIDTH }
}

/// Workgroups of [`gates`] across its columns.
pub fn gates_groups(dims: Dims) -> usize {
    (2 * dims.gates()).div_ceil(WIDTH)
}

launch_arguments! {
    /// The layer, and the batch on its way through it.
    pub struct LstmLayer, LstmLayerLaunch {
        /// Packed rows of the batch.
        pub rows,
        /// Where the layer's parameters begin.
        pub start,
    }
}

/// Writes the tokens' part of the gates' sums.
#[cube(launch)]
pub fn gates(parameters: &[f32], work: &mut [f32], layer: LstmLayer, #[comptime] dims: Dims) {
    let rows = layer.rows;
    let tile = comptime!(gates_tile(dims));
    let first_row = CUBE_POS_X as usize * TILE_ROWS;
    let first_column = CUBE_POS_Y as usize * WIDTH;
    let left_start = rows * comptime!(dims.last_hidden());
    let inner = dims.channels.runtime();
    let place = TilePlace { left_start, right_start: layer.start, first_row, first_column, rows, inner };
    let mut sums = Array::<f32>::new(comptime!(UNIT_ROWS * tile.unit_columns()));
    accumulate(&mut sums, &*work, parameters, &place, tile);
    let product = ProductPlace { start: rows * comptime!(dims.lstm_gates()), rows };
    store(&sums, work, &product, &place, tile);
}

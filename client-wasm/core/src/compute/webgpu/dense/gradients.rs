//! Gradients of the dense layers' parameters, summed over rows: weights, biases, and the normalisation's scales and
//! shifts.

use cubecl::prelude::*;

use super::super::arguments::launch_arguments;
use super::super::matmul::{
    ACROSS, DOWN, Left, ProductPlace, Right, TILE_ROWS, Tile, TilePlace, UNIT_ROWS, UNITS, accumulate, store,
};
use super::super::reduction::column_total;
use super::super::workspace::Dims;

/// Which weights the kernel is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WeightsKernel {
    pub dims: Dims,
    /// The input layer's, or else those of all blocks.
    pub first: bool,
}

impl WeightsKernel {
    /// Rows of a matrix.
    pub fn inputs(self) -> usize {
        if self.first { self.dims.inputs() } else { 3 * self.dims.channels }
    }

    fn tile(self) -> Tile {
        let channels = self.dims.channels;
        let (stride, before) = if self.first { (self.dims.inputs(), 0) } else { (channels, channels) };
        let width = channels.next_multiple_of(ACROSS);
        let (left, right) = (Left::Columns, Right::Plain);
        Tile { left, right, stride, before, columns: channels, right_stride: channels, width }
    }
}

/// Elements of a layer's parameters.
fn layer_size(inputs: usize, channels: usize) -> usize {
    (inputs + 3) * channels
}

launch_arguments! {
    /// Layers of one size, and the batch whose gradient is summed.
    pub struct DenseLayers, DenseLayersLaunch {
        /// Packed rows of the batch.
        pub rows,
        /// Where the first such layer's parameters begin.
        pub start,
    }
}

/// Writes the gradients of weights: a workgroup takes [`TILE_ROWS`] rows; the layers lie along y.
#[cube(launch)]
pub fn weights(work: &[f32], gradient: &mut [f32], layers: DenseLayers, #[comptime] kernel: WeightsKernel) {
    let rows = layers.rows;
    let channels = kernel.dims.channels;
    let block = CUBE_POS_Y as usize;
    let mut input_start = 0usize.runtime();
    let mut d_product = rows * comptime!(kernel.dims.d_product());
    if comptime!(!kernel.first) {
        input_start = rows * (comptime!(kernel.dims.hidden()) + block * channels);
        d_product += rows * (block + 1) * channels;
    }
    let tile = comptime!(kernel.tile());
    let first_row = CUBE_POS_X as usize * TILE_ROWS;
    let first_column = 0usize.runtime();
    let place =
        TilePlace { left_start: input_start, right_start: d_product, first_row, first_column, rows, inner: rows };
    let mut sums = Array::<f32>::new(comptime!(UNIT_ROWS * kernel.tile().unit_columns()));
    accumulate(&mut sums, work, work, &place, tile);
    let start = layers.start + block * comptime!(layer_size(kernel.inputs(), kernel.dims.channels));
    let product_rows = comptime!(kernel.inputs()).runtime();
    let product = ProductPlace { start, rows: product_rows };
    store(&sums, gradient, &product, &place, tile);
}

launch_arguments! {
    /// All layers, and the batch whose gradient is summed.
    pub struct InputAndBlocks, InputAndBlocksLaunch {
        /// Packed rows of the batch.
        pub rows,
        /// Where the input layer's parameters begin.
        pub input_start,
        /// Where the first block's parameters begin.
        pub blocks_start,
    }
}

/// Writes the gradients of biases, scales and shifts: a workgroup takes [`ACROSS`] channels; the layers lie along y.
#[cube(launch)]
pub fn vectors(work: &[f32], gradient: &mut [f32], layers: InputAndBlocks, #[comptime] dims: Dims) {
    let rows = layers.rows;
    let channels = dims.channels;
    let layer = CUBE_POS_Y as usize;
    let channel = CUBE_POS_X as usize * ACROSS + UNIT_POS_X as usize;
    let normal_at = rows * (comptime!(dims.normal()) + layer * channels);
    let change_at = rows * (comptime!(dims.slope()) + layer * channels);
    let product_at = rows * (comptime!(dims.d_product()) + layer * channels);
    let mut bias = 0.0f32;
    let mut gamma = 0.0f32;
    let mut beta = 0.0f32;
    if channel < channels {
        let mut row = UNIT_POS_Y as usize;
        while row < rows {
            let element = row * channels + channel;
            let change = work[change_at + element];
            bias += work[product_at + element];
            gamma += change * work[normal_at + element];
            beta += change;
            row += DOWN;
        }
    }
    let mut parts = Shared::<[f32]>::new_slice(UNITS);
    bias = column_total(bias, &mut parts);
    gamma = column_total(gamma, &mut parts);
    beta = column_total(beta, &mut parts);
    if channel < channels && UNIT_POS_Y == 0 {
        let mut at = layers.input_start + comptime!(dims.inputs() * dims.channels) + channel;
        if layer > 0 {
            at = layers.blocks_start
                + (layer - 1) * comptime!(layer_size(3 * dims.channels, dims.channels))
                + comptime!(3 * dims.channels * dims.channels)
                + channel;
        }
        gradient[at] = bias;
        gradient[at + channels] = gamma;
        gradient[at + 2 * channels] = beta;
    }
}

//! Gradients of the encoder's matrices, and of what is summed over rows: biases, scales and shifts of normalisation, and
//! the linear layer to the emissions.

use cubecl::prelude::*;

use super::dims::Dims;
use super::product::{ACROSS, DOWN, Left, Right, TILE_ROWS, Tile, UNIT_ROWS, UNITS, accumulate, store};

/// Which matrices a kernel computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    pub dims: Dims,
    /// The input layer's, or else those of all blocks.
    pub first: bool,
}

impl Shape {
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
pub(super) fn layer_size(inputs: usize, channels: usize) -> usize {
    (inputs + 3) * channels
}

/// Writes the gradients of matrices: a workgroup [`TILE_ROWS`] rows, the layers along y.
#[cube(launch)]
pub(super) fn weights(work: &[f32], gradient: &mut [f32], rows: usize, layer_at: usize, #[comptime] shape: Shape) {
    let channels = shape.dims.channels;
    let inputs = comptime!(shape.inputs());
    let first_row = CUBE_POS_X as usize * TILE_ROWS;
    let block = CUBE_POS_Y as usize;
    let to = layer_at + block * comptime!(layer_size(shape.inputs(), shape.dims.channels));
    let mut input_at = 0usize.runtime();
    let mut d_product = rows * comptime!(shape.dims.d_product());
    if comptime!(!shape.first) {
        input_at = rows * (comptime!(shape.dims.hidden()) + block * channels);
        d_product += rows * (block + 1) * channels;
    }
    let mut sums = Array::<f32>::new(comptime!(UNIT_ROWS * shape.tile().unit_columns()));
    let tile = comptime!(shape.tile());
    accumulate(&mut sums, work, input_at, work, d_product, first_row, 0, rows, rows, tile);
    store(&sums, gradient, to, first_row, 0, inputs, tile);
}

/// Writes the gradients of bias, scale and shift: a workgroup [`ACROSS`] channels, the layers along y.
#[cube(launch)]
pub(super) fn sums(
    work: &[f32],
    gradient: &mut [f32],
    rows: usize,
    first_at: usize,
    block_at: usize,
    #[comptime] dims: Dims,
) {
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
        let mut at = first_at + comptime!(dims.inputs() * dims.channels) + channel;
        if layer > 0 {
            at = block_at
                + (layer - 1) * comptime!(layer_size(3 * dims.channels, dims.channels))
                + comptime!(3 * dims.channels * dims.channels)
                + channel;
        }
        gradient[at] = bias;
        gradient[at + channels] = gamma;
        gradient[at + 2 * channels] = beta;
    }
}

/// Writes the gradients of the linear layer's matrix and, behind it, of its bias: a workgroup [`ACROSS`] elements.
#[cube(launch)]
pub(super) fn output(work: &[f32], gradient: &mut [f32], rows: usize, output_at: usize, #[comptime] dims: Dims) {
    let element = CUBE_POS_X as usize * ACROSS + UNIT_POS_X as usize;
    let channel = element / dims.tags;
    let tag = element % dims.tags;
    let encoded = rows * comptime!(dims.encoded_at());
    let scores = rows * comptime!(dims.d_emissions());
    let mut sum = 0.0f32;
    if channel <= comptime!(dims.encoded()) {
        let mut row = UNIT_POS_Y as usize;
        while row < rows {
            let d = work[scores + row * dims.tags + tag];
            if channel < comptime!(dims.encoded()) {
                sum += d * work[encoded + row * comptime!(dims.encoded()) + channel];
            } else {
                sum += d;
            }
            row += DOWN;
        }
    }
    let mut parts = Shared::<[f32]>::new_slice(UNITS);
    sum = column_total(sum, &mut parts);
    if channel <= comptime!(dims.encoded()) && UNIT_POS_Y == 0 {
        gradient[output_at + element] = sum;
    }
}

/// The sum over the units down a workgroup. All of them must call this together.
#[cube]
pub(super) fn column_total(sum: f32, parts: &mut Shared<[f32]>) -> f32 {
    let across = UNIT_POS_X as usize;
    parts[UNIT_POS_Y as usize * ACROSS + across] = sum;
    sync_cube();
    let mut whole = 0.0f32;
    for part in 0..DOWN {
        whole += parts[part * ACROSS + across];
    }
    sync_cube();
    whole
}

//! The backward pass from one layer's gradient to that of the layer below, in one launch: the product with the upper layer's
//! weights gives the gradient by the lower layer's output, whose rows then go back through dropout, normalisation and GELU
//! in registers.

use cubecl::prelude::*;

use super::super::arguments::launch_arguments;
use super::super::dropout::dropout_mask;
use super::super::matmul::{
    ACROSS, DOWN, Left, ProductPlace, Right, TILE_ROWS, Tile, TilePlace, UNIT_ROWS, accumulate, store,
};
use super::super::reduction::{PARTS, row_totals};
use super::super::workspace::Dims;

/// What lies above a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Above {
    /// The linear layer to the emissions.
    Output,
    /// A block, with its residual connection.
    Block,
    /// The LSTM.
    Lstm,
}

/// What the kernel is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BackwardKernel {
    pub dims: Dims,
    pub above: Above,
    /// Whether the layer below is the input layer.
    pub first: bool,
    /// Whether channels are dropped.
    pub dropped: bool,
}

impl BackwardKernel {
    fn inner(self) -> usize {
        match self.above {
            Above::Output => self.dims.tags,
            Above::Block => 3 * self.dims.channels,
            Above::Lstm => 2 * self.dims.gates(),
        }
    }

    fn tile(self) -> Tile {
        let channels = self.dims.channels;
        let (right, stride, before) = match self.above {
            Above::Output => (Right::Transposed, self.dims.tags, 0),
            Above::Block => (Right::ReversedWindow, channels, channels),
            Above::Lstm => (Right::Transposed, self.inner(), 0),
        };
        let width = channels.next_multiple_of(ACROSS);
        Tile { left: Left::Rows, right, stride, before, columns: channels, right_stride: 0, width }
    }
}

launch_arguments! {
    /// A layer, and the batch in its backward pass.
    pub struct DenseBackward, DenseBackwardLaunch {
        /// Packed rows of the batch.
        pub rows,
        /// The layer's number; the input layer's is 0.
        pub layer,
        /// Where the weights of the layer above begin.
        pub above_start,
        /// Where the scales of the layer's normalisation begin.
        pub gamma_start,
        /// Where the batch's dropout masks begin.
        pub masks_start,
    }
}

/// Writes the gradients by a layer's output, by its normalised activations (over the slopes) and by its products;
/// zeros in empty rows.
#[cube(launch)]
pub fn backward(
    parameters: &[f32],
    batch: &[u32],
    work: &mut [f32],
    layer: DenseBackward,
    #[comptime] kernel: BackwardKernel,
) {
    let rows = layer.rows;
    let number = layer.layer;
    let channels = kernel.dims.channels;
    let first_row = CUBE_POS_X as usize * TILE_ROWS;
    let mut d_above = rows * comptime!(kernel.dims.d_emissions());
    if comptime!(kernel.above == Above::Block) {
        d_above = rows * (comptime!(kernel.dims.d_product()) + (number + 1) * channels);
    }
    if comptime!(kernel.above == Above::Lstm) {
        d_above = rows * comptime!(kernel.dims.lstm_gates());
    }
    let mut values = Array::<f32>::new(comptime!(UNIT_ROWS * kernel.tile().unit_columns()));
    let first_column = 0usize.runtime();
    let inner = comptime!(kernel.inner()).runtime();
    let right_start = layer.above_start;
    let place = TilePlace { left_start: d_above, right_start, first_row, first_column, rows, inner };
    accumulate(&mut values, &*work, parameters, &place, comptime!(kernel.tile()));

    let places = GradientPlaces {
        layer: number,
        gamma_start: layer.gamma_start,
        masks_start: layer.masks_start,
        d_hidden: rows * comptime!(kernel.dims.d_hidden()),
        normal: rows * (comptime!(kernel.dims.normal()) + number * channels),
        slope: rows * (comptime!(kernel.dims.slope()) + number * channels),
        d_product: rows * (comptime!(kernel.dims.d_product()) + number * channels),
        scale: rows * (comptime!(kernel.dims.scale()) + number),
    };
    let mut parts = Shared::<[f32]>::new_slice(PARTS);
    let mut changes = Array::<f32>::new(comptime!(UNIT_ROWS * kernel.tile().unit_columns()));
    let mut means = Array::<f32>::new(UNIT_ROWS);
    let mut alongs = Array::<f32>::new(UNIT_ROWS);
    #[unroll]
    for i in 0..UNIT_ROWS {
        let row = first_row + UNIT_POS_Y as usize + i * DOWN;
        means[i] = 0.0f32;
        alongs[i] = 0.0f32;
        if row < rows {
            let (mean, along) = to_normal(parameters, batch, work, &mut values, &mut changes, row, &places, i, kernel);
            means[i] = mean;
            alongs[i] = along;
        }
    }
    row_totals(&mut means, &mut parts);
    row_totals(&mut alongs, &mut parts);
    #[unroll]
    for i in 0..UNIT_ROWS {
        let row = first_row + UNIT_POS_Y as usize + i * DOWN;
        if row < rows {
            let mean = means[i] / comptime!(kernel.dims.channels as f32);
            let along = alongs[i] / comptime!(kernel.dims.channels as f32);
            to_product(batch, work, &values, &changes, mean, along, row, &places, i, kernel);
        }
    }
}

/// Where the values lie that a layer's backward pass reads and writes.
#[derive(CubeType, Clone, Copy)]
struct GradientPlaces {
    layer: usize,
    gamma_start: usize,
    masks_start: usize,
    d_hidden: usize,
    normal: usize,
    slope: usize,
    d_product: usize,
    scale: usize,
}

/// Writes a row of the gradient by the layer's output, and replaces it by that by the normalised activations. Returns the
/// sum of a unit's values of the latter, and of their products with these activations. `i` is the row's number among the
/// unit's.
#[cube]
#[allow(clippy::too_many_arguments)]
fn to_normal(
    parameters: &[f32],
    batch: &[u32],
    work: &mut [f32],
    values: &mut Array<f32>,
    changes: &mut Array<f32>,
    row: usize,
    places: &GradientPlaces,
    #[comptime] i: usize,
    #[comptime] kernel: BackwardKernel,
) -> (f32, f32) {
    let channels = kernel.dims.channels;
    let columns = comptime!(kernel.tile().unit_columns());
    let sentence = batch[row] as usize;
    let mut sum = 0.0f32;
    let mut along = 0.0f32;
    #[unroll]
    for j in 0..columns {
        let channel = UNIT_POS_X as usize + j * ACROSS;
        if channel < channels {
            let element = row * channels + channel;
            let mut d_out = 0.0f32;
            let mut change = 0.0f32;
            if sentence > 0 {
                d_out = values[comptime!(i * columns + j)];
                if comptime!(kernel.above == Above::Block) {
                    d_out += work[places.d_hidden + element];
                }
                change = d_out;
                if comptime!(!kernel.first && kernel.dropped) {
                    change *= dropout_mask(
                        batch,
                        places.masks_start,
                        sentence,
                        places.layer,
                        channel,
                        comptime!(kernel.dims),
                    );
                }
            }
            work[places.d_hidden + element] = d_out;
            let by_normal = change * parameters[places.gamma_start + channel];
            changes[comptime!(i * columns + j)] = change;
            values[comptime!(i * columns + j)] = by_normal;
            sum += by_normal;
            along += by_normal * work[places.normal + element];
        }
    }
    (sum, along)
}

/// Writes a row of the gradient by the products, and over the slopes that by the normalisation's output.
#[cube]
#[allow(clippy::too_many_arguments)]
fn to_product(
    batch: &[u32],
    work: &mut [f32],
    values: &Array<f32>,
    changes: &Array<f32>,
    mean: f32,
    along: f32,
    row: usize,
    places: &GradientPlaces,
    #[comptime] i: usize,
    #[comptime] kernel: BackwardKernel,
) {
    let channels = kernel.dims.channels;
    let columns = comptime!(kernel.tile().unit_columns());
    let scale = work[places.scale + row];
    #[unroll]
    for j in 0..columns {
        let channel = UNIT_POS_X as usize + j * ACROSS;
        if channel < channels {
            let element = row * channels + channel;
            let rest = values[comptime!(i * columns + j)] - mean - work[places.normal + element] * along;
            let mut d = 0.0f32;
            if batch[row] != 0 {
                d = rest * scale * work[places.slope + element];
            }
            work[places.d_product + element] = d;
            work[places.slope + element] = changes[comptime!(i * columns + j)];
        }
    }
}

/// Columns of a workgroup in [`d_embedded`].
const WIDTH: usize = 6 * ACROSS;

fn embedded_tile(dims: Dims) -> Tile {
    let (stride, columns) = (dims.channels, dims.embedded());
    Tile { left: Left::Rows, right: Right::Transposed, stride, before: 0, columns, right_stride: 0, width: WIDTH }
}

/// Workgroups of [`d_embedded`] across its columns.
pub fn embedded_groups(dims: Dims) -> usize {
    dims.embedded().div_ceil(WIDTH)
}

launch_arguments! {
    /// The input layer, and the batch in its backward pass.
    pub struct InputLayer, InputLayerLaunch {
        /// Packed rows of the batch.
        pub rows,
        /// Where the layer's parameters begin.
        pub start,
    }
}

/// Writes the gradient by the summed embeddings, from that by the input layer's products.
#[cube(launch)]
pub fn d_embedded(parameters: &[f32], work: &mut [f32], layer: InputLayer, #[comptime] dims: Dims) {
    let rows = layer.rows;
    let tile = comptime!(embedded_tile(dims));
    let first_row = CUBE_POS_X as usize * TILE_ROWS;
    let first_column = CUBE_POS_Y as usize * WIDTH;
    let left_start = rows * comptime!(dims.d_product());
    let inner = dims.channels.runtime();
    let place = TilePlace { left_start, right_start: layer.start, first_row, first_column, rows, inner };
    let mut sums = Array::<f32>::new(comptime!(UNIT_ROWS * embedded_tile(dims).unit_columns()));
    accumulate(&mut sums, &*work, parameters, &place, tile);
    let product = ProductPlace { start: rows * comptime!(dims.d_embedded()), rows };
    store(&sums, work, &product, &place, tile);
}

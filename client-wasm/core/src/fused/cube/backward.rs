//! The way back from one layer's gradient to that of the layer below, in one launch: the product with the upper layer's
//! weights gives the gradient by what came out of the lower one, and its rows go on through dropout, normalisation and
//! GELU in registers.

use cubecl::prelude::*;

use super::dims::Dims;
use super::layer::keep;
use super::product::{ACROSS, DOWN, Left, Right, TILE_ROWS, Tile, UNIT_ROWS, accumulate, store};
use super::rows::{PARTS, total};

/// What lies above a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Above {
    /// The linear layer to the emissions.
    Output,
    /// A block, past which the residual connection leads.
    Block,
    /// The LSTM.
    Lstm,
}

/// What a kernel of the way back is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    pub dims: Dims,
    pub above: Above,
    /// Whether the layer below is the input layer.
    pub first: bool,
    /// Whether channels are dropped.
    pub dropped: bool,
}

impl Shape {
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
            Above::Block => (Right::Turned, channels, channels),
            Above::Lstm => (Right::Transposed, self.inner(), 0),
        };
        let width = channels.next_multiple_of(ACROSS);
        Tile { left: Left::Rows, right, stride, before, columns: channels, right_stride: 0, width }
    }
}

/// Writes the gradients by a layer's output, by its normalised activations (in the slopes' place) and by its products;
/// zeros in empty rows.
///
/// `above_at` says where the weights of the layer above begin, `scale_at` where this layer's scales do.
#[cube(launch)]
pub(super) fn backward(
    parameters: &[f32],
    batch: &[u32],
    work: &mut [f32],
    rows: usize,
    layer: usize,
    above_at: usize,
    gamma_at: usize,
    keep_at: usize,
    #[comptime] shape: Shape,
) {
    let channels = shape.dims.channels;
    let columns = comptime!(shape.tile().unit_columns());
    let first_row = CUBE_POS_X as usize * TILE_ROWS;
    let across = UNIT_POS_X as usize;
    let down = UNIT_POS_Y as usize;
    let mut d_above = rows * comptime!(shape.dims.d_emissions());
    if comptime!(shape.above == Above::Block) {
        d_above = rows * (comptime!(shape.dims.d_product()) + (layer + 1) * channels);
    }
    if comptime!(shape.above == Above::Lstm) {
        d_above = rows * comptime!(shape.dims.lstm_gates());
    }
    let mut values = Array::<f32>::new(comptime!(UNIT_ROWS * shape.tile().unit_columns()));
    let inner = comptime!(shape.inner()).runtime();
    accumulate(&mut values, &*work, d_above, parameters, above_at, first_row, 0, rows, inner, comptime!(shape.tile()));

    let d_hidden = rows * comptime!(shape.dims.d_hidden());
    let normal_at = rows * (comptime!(shape.dims.normal()) + layer * channels);
    let slope_at = rows * (comptime!(shape.dims.slope()) + layer * channels);
    let d_product = rows * (comptime!(shape.dims.d_product()) + layer * channels);
    let scale_at = rows * (comptime!(shape.dims.scale()) + layer);
    let mut parts = Shared::<[f32]>::new_slice(PARTS);
    let mut changes = Array::<f32>::new(comptime!(UNIT_ROWS * shape.tile().unit_columns()));
    let mut means = Array::<f32>::new(UNIT_ROWS);
    let mut alongs = Array::<f32>::new(UNIT_ROWS);
    #[unroll]
    for i in 0..UNIT_ROWS {
        let row = first_row + down + i * DOWN;
        means[i] = 0.0f32;
        alongs[i] = 0.0f32;
        if row < rows {
            let sentence = batch[row] as usize;
            #[unroll]
            for j in 0..columns {
                let channel = across + j * ACROSS;
                if channel < channels {
                    let element = row * channels + channel;
                    let mut d_out = 0.0f32;
                    let mut change = 0.0f32;
                    if sentence > 0 {
                        d_out = values[i * columns + j];
                        if comptime!(shape.above == Above::Block) {
                            d_out += work[d_hidden + element];
                        }
                        change = d_out;
                        if comptime!(!shape.first && shape.dropped) {
                            change *= keep(batch, keep_at, sentence, layer, channel, comptime!(shape.dims));
                        }
                    }
                    work[d_hidden + element] = d_out;
                    let by_normal = change * parameters[gamma_at + channel];
                    changes[i * columns + j] = change;
                    values[i * columns + j] = by_normal;
                    means[i] += by_normal;
                    alongs[i] += by_normal * work[normal_at + element];
                }
            }
        }
    }
    total(&mut means, &mut parts);
    total(&mut alongs, &mut parts);
    #[unroll]
    for i in 0..UNIT_ROWS {
        let row = first_row + down + i * DOWN;
        if row < rows {
            let scale = work[scale_at + row];
            let mean = means[i] / comptime!(channels as f32);
            let along = alongs[i] / comptime!(channels as f32);
            #[unroll]
            for j in 0..columns {
                let channel = across + j * ACROSS;
                if channel < channels {
                    let element = row * channels + channel;
                    let apart = values[i * columns + j] - mean - work[normal_at + element] * along;
                    let mut d = 0.0f32;
                    if batch[row] != 0 {
                        d = apart * scale * work[slope_at + element];
                    }
                    work[d_product + element] = d;
                    work[slope_at + element] = changes[i * columns + j];
                }
            }
        }
    }
}

/// Columns of a workgroup in [`d_embedded`].
const WIDTH: usize = 6 * ACROSS;

fn embedded_tile(dims: Dims) -> Tile {
    let (stride, columns) = (dims.channels, dims.inputs());
    Tile { left: Left::Rows, right: Right::Transposed, stride, before: 0, columns, right_stride: 0, width: WIDTH }
}

/// Workgroups of [`d_embedded`] across its columns.
pub(super) fn embedded_groups(dims: Dims) -> usize {
    dims.inputs().div_ceil(WIDTH)
}

/// Writes the gradient by the summed embeddings, from that by the input layer's products.
#[cube(launch)]
pub(super) fn d_embedded(parameters: &[f32], work: &mut [f32], rows: usize, layer_at: usize, #[comptime] dims: Dims) {
    let first_row = CUBE_POS_X as usize * TILE_ROWS;
    let first_column = CUBE_POS_Y as usize * WIDTH;
    let from = rows * comptime!(dims.d_product());
    let to = rows * comptime!(dims.d_embedded());
    let mut sums = Array::<f32>::new(comptime!(UNIT_ROWS * embedded_tile(dims).unit_columns()));
    let inner = dims.channels.runtime();
    let tile = comptime!(embedded_tile(dims));
    accumulate(&mut sums, &*work, from, parameters, layer_at, first_row, first_column, rows, inner, tile);
    store(&sums, work, to, first_row, first_column, rows, tile);
}

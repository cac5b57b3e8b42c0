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
    let first_row = CUBE_POS_X as usize * TILE_ROWS;
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

    let places = Places {
        layer,
        gamma_at,
        keep_at,
        d_hidden: rows * comptime!(shape.dims.d_hidden()),
        normal: rows * (comptime!(shape.dims.normal()) + layer * channels),
        slope: rows * (comptime!(shape.dims.slope()) + layer * channels),
        d_product: rows * (comptime!(shape.dims.d_product()) + layer * channels),
        scale: rows * (comptime!(shape.dims.scale()) + layer),
    };
    let mut parts = Shared::<[f32]>::new_slice(PARTS);
    let mut changes = Array::<f32>::new(comptime!(UNIT_ROWS * shape.tile().unit_columns()));
    let mut means = Array::<f32>::new(UNIT_ROWS);
    let mut alongs = Array::<f32>::new(UNIT_ROWS);
    #[unroll]
    for i in 0..UNIT_ROWS {
        let row = first_row + UNIT_POS_Y as usize + i * DOWN;
        means[i] = 0.0f32;
        alongs[i] = 0.0f32;
        if row < rows {
            let (mean, along) = to_normal(parameters, batch, work, &mut values, &mut changes, row, &places, i, shape);
            means[i] = mean;
            alongs[i] = along;
        }
    }
    total(&mut means, &mut parts);
    total(&mut alongs, &mut parts);
    #[unroll]
    for i in 0..UNIT_ROWS {
        let row = first_row + UNIT_POS_Y as usize + i * DOWN;
        if row < rows {
            let mean = means[i] / comptime!(shape.dims.channels as f32);
            let along = alongs[i] / comptime!(shape.dims.channels as f32);
            to_product(batch, work, &values, &changes, mean, along, row, &places, i, shape);
        }
    }
}

/// Where what a layer's way back takes and writes lies.
#[derive(CubeType, Clone, Copy)]
struct Places {
    layer: usize,
    gamma_at: usize,
    keep_at: usize,
    d_hidden: usize,
    normal: usize,
    slope: usize,
    d_product: usize,
    scale: usize,
}

/// A row of the gradient by what comes out of the layer, which it writes, becomes that by the normalised activations.
/// Answers with the sum of a unit's values of it, and with their product with these activations. `i` says which of the
/// unit's rows it is.
#[cube]
#[allow(clippy::too_many_arguments)]
fn to_normal(
    parameters: &[f32],
    batch: &[u32],
    work: &mut [f32],
    values: &mut Array<f32>,
    changes: &mut Array<f32>,
    row: usize,
    places: &Places,
    #[comptime] i: usize,
    #[comptime] shape: Shape,
) -> (f32, f32) {
    let channels = shape.dims.channels;
    let columns = comptime!(shape.tile().unit_columns());
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
                if comptime!(shape.above == Above::Block) {
                    d_out += work[places.d_hidden + element];
                }
                change = d_out;
                if comptime!(!shape.first && shape.dropped) {
                    change *= keep(batch, places.keep_at, sentence, places.layer, channel, comptime!(shape.dims));
                }
            }
            work[places.d_hidden + element] = d_out;
            let by_normal = change * parameters[places.gamma_at + channel];
            changes[comptime!(i * columns + j)] = change;
            values[comptime!(i * columns + j)] = by_normal;
            sum += by_normal;
            along += by_normal * work[places.normal + element];
        }
    }
    (sum, along)
}

/// Writes a row of the gradient by the products, and that by what normalisation gives in the slopes' place.
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
    places: &Places,
    #[comptime] i: usize,
    #[comptime] shape: Shape,
) {
    let channels = shape.dims.channels;
    let columns = comptime!(shape.tile().unit_columns());
    let scale = work[places.scale + row];
    #[unroll]
    for j in 0..columns {
        let channel = UNIT_POS_X as usize + j * ACROSS;
        if channel < channels {
            let element = row * channels + channel;
            let apart = values[comptime!(i * columns + j)] - mean - work[places.normal + element] * along;
            let mut d = 0.0f32;
            if batch[row] != 0 {
                d = apart * scale * work[places.slope + element];
            }
            work[places.d_product + element] = d;
            work[places.slope + element] = changes[comptime!(i * columns + j)];
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

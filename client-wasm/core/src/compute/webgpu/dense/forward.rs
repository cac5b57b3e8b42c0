//! One layer of the encoder forwards in one launch: product, bias, GELU, layer normalisation, dropout and the residual
//! connection. A workgroup has whole rows, so what lies between these steps stays in its registers.

use cubecl::prelude::*;
use fedner_kernels::NORM_EPSILON;

use super::super::arguments::launch_arguments;
use super::super::dropout::dropout_mask;
use super::super::matmul::{ACROSS, DOWN, Left, Right, TILE_ROWS, Tile, TilePlace, UNIT_ROWS, accumulate};
use super::super::reduction::{PARTS, row_totals};
use super::super::workspace::Dims;
use super::activation::gelu;

/// What the kernel is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ForwardKernel {
    pub dims: Dims,
    /// The input layer, which has no window, no residual connection and no dropout.
    pub first: bool,
    /// Whether channels are dropped.
    pub dropped: bool,
}

impl ForwardKernel {
    /// Inputs of the layer's matrix.
    pub fn inner(self) -> usize {
        if self.first { self.dims.inputs() } else { 3 * self.dims.channels }
    }

    fn tile(self) -> Tile {
        let channels = self.dims.channels;
        let (stride, before) = if self.first { (self.dims.inputs(), 0) } else { (channels, channels) };
        let width = channels.next_multiple_of(ACROSS);
        Tile { left: Left::Rows, right: Right::Plain, stride, before, columns: channels, right_stride: channels, width }
    }
}

launch_arguments! {
    /// A layer, and the batch on its way through it.
    pub struct DenseForward, DenseForwardLaunch {
        /// Packed rows of the batch.
        pub rows,
        /// The layer's number; the input layer's is 0.
        pub layer,
        /// Where the layer's parameters begin.
        pub start,
        /// Where the batch's dropout masks begin.
        pub masks_start,
    }
}

/// Writes the layer's output and what its backward pass needs; zeros in empty rows.
#[cube(launch)]
pub fn forward(
    parameters: &[f32],
    batch: &[u32],
    work: &mut [f32],
    layer: DenseForward,
    #[comptime] kernel: ForwardKernel,
) {
    let rows = layer.rows;
    let number = layer.layer;
    let first_row = CUBE_POS_X as usize * TILE_ROWS;
    let mut input_start = 0usize.runtime();
    if comptime!(!kernel.first) {
        input_start = rows * (comptime!(kernel.dims.hidden()) + (number - 1) * kernel.dims.channels);
    }
    let mut values = Array::<f32>::new(comptime!(UNIT_ROWS * kernel.tile().unit_columns()));
    let first_column = 0usize.runtime();
    let inner = comptime!(kernel.inner()).runtime();
    let place = TilePlace { left_start: input_start, right_start: layer.start, first_row, first_column, rows, inner };
    accumulate(&mut values, &*work, parameters, &place, comptime!(kernel.tile()));

    let bias_start = layer.start + comptime!(kernel.inner() * kernel.dims.channels);
    let mut parts = Shared::<[f32]>::new_slice(PARTS);
    let mut slopes = Array::<f32>::new(comptime!(UNIT_ROWS * kernel.tile().unit_columns()));
    let mut means = activate(&mut values, &mut slopes, parameters, bias_start, kernel);
    row_totals(&mut means, &mut parts);
    let mut squares = centre(&mut values, &means, kernel);
    row_totals(&mut squares, &mut parts);
    let places = LayerPlaces { rows, layer: number, input_start, bias_start, masks_start: layer.masks_start };
    #[unroll]
    for i in 0..UNIT_ROWS {
        let row = first_row + UNIT_POS_Y as usize + i * DOWN;
        if row < rows {
            let variance = squares[i] / comptime!(kernel.dims.channels as f32);
            write(parameters, batch, work, &values, &slopes, variance, row, &places, i, kernel);
        }
    }
}

/// Where a layer's input, parameters and masks lie.
#[derive(CubeType, Clone, Copy)]
struct LayerPlaces {
    rows: usize,
    layer: usize,
    input_start: usize,
    bias_start: usize,
    masks_start: usize,
}

/// Replaces products by GELU of product and bias, and writes GELU's slopes. Returns each row's sum.
#[cube]
fn activate(
    values: &mut Array<f32>,
    slopes: &mut Array<f32>,
    parameters: &[f32],
    bias_start: usize,
    #[comptime] kernel: ForwardKernel,
) -> Array<f32> {
    let columns = comptime!(kernel.tile().unit_columns());
    let mut sums = Array::<f32>::new(UNIT_ROWS);
    #[unroll]
    for i in 0..UNIT_ROWS {
        sums[i] = 0.0f32;
        #[unroll]
        for j in 0..columns {
            let channel = UNIT_POS_X as usize + j * ACROSS;
            if channel < kernel.dims.channels {
                let (value, slope) = gelu(values[i * columns + j] + parameters[bias_start + channel]);
                values[i * columns + j] = value;
                slopes[i * columns + j] = slope;
                sums[i] += value;
            }
        }
    }
    sums
}

/// Subtracts each row's mean from its values; `sums` are the rows' sums. Returns each row's sum of squares.
#[cube]
fn centre(values: &mut Array<f32>, sums: &Array<f32>, #[comptime] kernel: ForwardKernel) -> Array<f32> {
    let columns = comptime!(kernel.tile().unit_columns());
    let mut squares = Array::<f32>::new(UNIT_ROWS);
    #[unroll]
    for i in 0..UNIT_ROWS {
        squares[i] = 0.0f32;
        #[unroll]
        for j in 0..columns {
            if UNIT_POS_X as usize + j * ACROSS < kernel.dims.channels {
                let centred = values[i * columns + j] - sums[i] / comptime!(kernel.dims.channels as f32);
                values[i * columns + j] = centred;
                squares[i] += centred * centred;
            }
        }
    }
    squares
}

/// Writes a row of the layer's output, and what its backward pass needs. `i` is the row's number among the unit's.
#[cube]
#[allow(clippy::too_many_arguments)]
fn write(
    parameters: &[f32],
    batch: &[u32],
    work: &mut [f32],
    values: &Array<f32>,
    slopes: &Array<f32>,
    variance: f32,
    row: usize,
    places: &LayerPlaces,
    #[comptime] i: usize,
    #[comptime] kernel: ForwardKernel,
) {
    let channels = kernel.dims.channels;
    let columns = comptime!(kernel.tile().unit_columns());
    let (rows, layer) = (places.rows, places.layer);
    let here = rows * (comptime!(kernel.dims.hidden()) + layer * channels);
    let normal_at = rows * (comptime!(kernel.dims.normal()) + layer * channels);
    let slope_at = rows * (comptime!(kernel.dims.slope()) + layer * channels);
    let sentence = batch[row] as usize;
    let scale = 1.0f32 / (variance + comptime!(NORM_EPSILON as f32)).sqrt();
    if UNIT_POS_X == 0 {
        work[rows * (comptime!(kernel.dims.scale()) + layer) + row] = scale;
    }
    #[unroll]
    for j in 0..columns {
        let channel = UNIT_POS_X as usize + j * ACROSS;
        if channel < channels {
            let element = row * channels + channel;
            let mut out = 0.0f32;
            let mut normal = 0.0f32;
            let mut slope = 0.0f32;
            if sentence > 0 {
                normal = values[comptime!(i * columns + j)] * scale;
                slope = slopes[comptime!(i * columns + j)];
                out = normal * parameters[places.bias_start + channels + channel]
                    + parameters[places.bias_start + 2 * channels + channel];
                if comptime!(!kernel.first) {
                    if comptime!(kernel.dropped) {
                        out *=
                            dropout_mask(batch, places.masks_start, sentence, layer, channel, comptime!(kernel.dims));
                    }
                    out += work[places.input_start + element];
                }
            }
            work[here + element] = out;
            work[normal_at + element] = normal;
            work[slope_at + element] = slope;
        }
    }
}

//! One layer of the encoder forwards in one launch: product, bias, GELU, layer normalisation, dropout and the residual
//! connection. A workgroup has whole rows, so nothing between them leaves its registers.

use cubecl::prelude::*;

use super::dims::Dims;
use super::product::{ACROSS, DOWN, Left, Right, TILE_ROWS, Tile, UNIT_ROWS, accumulate};
use super::rows::{PARTS, gelu, total};
use fedner_kernels::NORM_EPSILON;

/// What a layer's kernel is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    pub dims: Dims,
    /// The input layer, which has no window, no residual connection and no dropout.
    pub first: bool,
    /// Whether channels are dropped.
    pub dropped: bool,
}

impl Shape {
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

/// Writes what comes out of a layer and what its way back needs; zeros in empty rows.
///
/// `layer_at` says where its parameters begin, `keep_at` where the batch's dropout masks do.
#[cube(launch)]
pub(super) fn forward(
    parameters: &[f32],
    batch: &[u32],
    work: &mut [f32],
    rows: usize,
    layer: usize,
    layer_at: usize,
    keep_at: usize,
    #[comptime] shape: Shape,
) {
    let first_row = CUBE_POS_X as usize * TILE_ROWS;
    let mut input_at = 0usize.runtime();
    if comptime!(!shape.first) {
        input_at = rows * (comptime!(shape.dims.hidden()) + (layer - 1) * shape.dims.channels);
    }
    let mut values = Array::<f32>::new(comptime!(UNIT_ROWS * shape.tile().unit_columns()));
    let inner = comptime!(shape.inner()).runtime();
    accumulate(&mut values, &*work, input_at, parameters, layer_at, first_row, 0, rows, inner, comptime!(shape.tile()));

    let bias_at = layer_at + comptime!(shape.inner() * shape.dims.channels);
    let mut parts = Shared::<[f32]>::new_slice(PARTS);
    let mut slopes = Array::<f32>::new(comptime!(UNIT_ROWS * shape.tile().unit_columns()));
    let mut means = activate(&mut values, &mut slopes, parameters, bias_at, shape);
    total(&mut means, &mut parts);
    let mut squares = centre(&mut values, &means, shape);
    total(&mut squares, &mut parts);
    let places = Places { rows, layer, input_at, bias_at, keep_at };
    #[unroll]
    for i in 0..UNIT_ROWS {
        let row = first_row + UNIT_POS_Y as usize + i * DOWN;
        if row < rows {
            let variance = squares[i] / comptime!(shape.dims.channels as f32);
            write(parameters, batch, work, &values, &slopes, variance, row, &places, i, shape);
        }
    }
}

/// Where a layer's input, parameters and masks lie.
#[derive(CubeType, Clone, Copy)]
struct Places {
    rows: usize,
    layer: usize,
    input_at: usize,
    bias_at: usize,
    keep_at: usize,
}

/// Turns products into what GELU gives of them with their bias, and writes its slopes. Answers with each row's sum.
#[cube]
fn activate(
    values: &mut Array<f32>,
    slopes: &mut Array<f32>,
    parameters: &[f32],
    bias_at: usize,
    #[comptime] shape: Shape,
) -> Array<f32> {
    let columns = comptime!(shape.tile().unit_columns());
    let mut sums = Array::<f32>::new(UNIT_ROWS);
    #[unroll]
    for i in 0..UNIT_ROWS {
        sums[i] = 0.0f32;
        #[unroll]
        for j in 0..columns {
            let channel = UNIT_POS_X as usize + j * ACROSS;
            if channel < shape.dims.channels {
                let (value, slope) = gelu(values[i * columns + j] + parameters[bias_at + channel]);
                values[i * columns + j] = value;
                slopes[i * columns + j] = slope;
                sums[i] += value;
            }
        }
    }
    sums
}

/// Takes each row's mean from its values; `sums` are the rows'. Answers with each row's sum of squares.
#[cube]
fn centre(values: &mut Array<f32>, sums: &Array<f32>, #[comptime] shape: Shape) -> Array<f32> {
    let columns = comptime!(shape.tile().unit_columns());
    let mut squares = Array::<f32>::new(UNIT_ROWS);
    #[unroll]
    for i in 0..UNIT_ROWS {
        squares[i] = 0.0f32;
        #[unroll]
        for j in 0..columns {
            if UNIT_POS_X as usize + j * ACROSS < shape.dims.channels {
                let apart = values[i * columns + j] - sums[i] / comptime!(shape.dims.channels as f32);
                values[i * columns + j] = apart;
                squares[i] += apart * apart;
            }
        }
    }
    squares
}

/// Writes a row of what comes out of the layer, and what its way back needs. `i` says which of the unit's rows it is.
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
    places: &Places,
    #[comptime] i: usize,
    #[comptime] shape: Shape,
) {
    let channels = shape.dims.channels;
    let columns = comptime!(shape.tile().unit_columns());
    let (rows, layer) = (places.rows, places.layer);
    let here = rows * (comptime!(shape.dims.hidden()) + layer * channels);
    let normal_at = rows * (comptime!(shape.dims.normal()) + layer * channels);
    let slope_at = rows * (comptime!(shape.dims.slope()) + layer * channels);
    let sentence = batch[row] as usize;
    let scale = 1.0f32 / (variance + comptime!(NORM_EPSILON as f32)).sqrt();
    if UNIT_POS_X == 0 {
        work[rows * (comptime!(shape.dims.scale()) + layer) + row] = scale;
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
                out = normal * parameters[places.bias_at + channels + channel]
                    + parameters[places.bias_at + 2 * channels + channel];
                if comptime!(!shape.first) {
                    if comptime!(shape.dropped) {
                        out *= keep(batch, places.keep_at, sentence, layer, channel, comptime!(shape.dims));
                    }
                    out += work[places.input_at + element];
                }
            }
            work[here + element] = out;
            work[normal_at + element] = normal;
            work[slope_at + element] = slope;
        }
    }
}

/// A block's mask for a channel of a sentence, counted from 1 as a row's mark is. The LSTM's output is masked as a block
/// above the last one would be.
#[cube]
pub(super) fn keep(
    batch: &[u32],
    keep_at: usize,
    sentence: usize,
    layer: usize,
    channel: usize,
    #[comptime] dims: Dims,
) -> f32 {
    let sentence_at = keep_at + (sentence - 1) * comptime!(dims.masked());
    f32::reinterpret(batch[sentence_at + (layer - 1) * dims.channels + channel])
}

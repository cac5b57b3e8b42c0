//! Dense layers of the encoder: the input layer and the residual blocks.

mod activation;
mod backward;
mod forward;
mod gradients;

use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::device::buffer;
use super::matmul::{ACROSS, TILE_ROWS};
use super::pass::{Pass, tile_units};
use backward::{Above, BackwardKernel, DenseBackward, InputLayer};
use forward::{DenseForward, ForwardKernel};
use gradients::{DenseLayers, InputAndBlocks, WeightsKernel};

/// Writes each layer's output, and what its backward pass needs.
pub(super) fn forward(pass: &Pass<'_>) {
    for (layer, parameters) in pass.layout.dense().iter().enumerate() {
        let (rows, start, masks_start) = (pass.rows(), parameters.start, pass.masks_start());
        forward::forward::launch(
            pass.gpu.next(),
            pass.tiles(1),
            tile_units(),
            buffer(&pass.parameters),
            buffer(&pass.batch),
            buffer(&pass.workspace),
            DenseForward { rows, layer, start, masks_start }.argument(),
            ForwardKernel { dims: pass.dims, first: layer == 0, dropped: pass.dropped() },
        );
    }
}

/// From the last layer's output to the summed embeddings: writes the gradients by all activations.
pub(super) fn backward(pass: &Pass<'_>) {
    let (dims, rows, layers) = (pass.dims, pass.rows(), pass.layout.dense());
    for (layer, parameters) in layers.iter().enumerate().rev() {
        let (above, above_start) = match layers.get(layer + 1) {
            Some(above) => (Above::Block, above.start),
            None if dims.lstm.is_some() => (Above::Lstm, pass.layout.lstm().start),
            None => (Above::Output, pass.layout.output().start),
        };
        let (gamma_start, masks_start) = (parameters.end - 2 * dims.channels, pass.masks_start());
        backward::backward::launch(
            pass.gpu.next(),
            pass.tiles(1),
            tile_units(),
            buffer(&pass.parameters),
            buffer(&pass.batch),
            buffer(&pass.workspace),
            DenseBackward { rows, layer, above_start, gamma_start, masks_start }.argument(),
            BackwardKernel { dims, above, first: layer == 0, dropped: pass.dropped() },
        );
    }
    backward::d_embedded::launch(
        pass.gpu.next(),
        pass.tiles(backward::embedded_groups(dims)),
        tile_units(),
        buffer(&pass.parameters),
        buffer(&pass.workspace),
        InputLayer { rows, start: layers[0].start }.argument(),
        dims,
    );
}

/// Writes the gradients of the parameters, from those by the activations.
pub(super) fn gradients(pass: &Pass<'_>, gradient: &CubeTensor) {
    let (dims, rows, layers) = (pass.dims, pass.rows(), pass.layout.dense());
    let blocks_start = layers.get(1).map(|block| block.start);
    for (first, start, count) in [(true, Some(layers[0].start), 1), (false, blocks_start, layers.len() - 1)] {
        let Some(start) = start else { continue };
        let kernel = WeightsKernel { dims, first };
        gradients::weights::launch(
            pass.gpu.next(),
            CubeCount::new_2d(kernel.inputs().div_ceil(TILE_ROWS) as u32, count as u32),
            tile_units(),
            buffer(&pass.workspace),
            buffer(gradient),
            DenseLayers { rows, start }.argument(),
            kernel,
        );
    }
    let layers = InputAndBlocks { rows, input_start: layers[0].start, blocks_start: blocks_start.unwrap_or(0) };
    gradients::vectors::launch(
        pass.gpu.next(),
        CubeCount::new_2d(dims.channels.div_ceil(ACROSS) as u32, dims.layers as u32),
        tile_units(),
        buffer(&pass.workspace),
        buffer(gradient),
        layers.argument(),
        dims,
    );
}

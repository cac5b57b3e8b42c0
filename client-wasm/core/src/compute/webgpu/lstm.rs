//! The bidirectional LSTM over a whole batch. One product gives the tokens' part of all gates; then each workgroup goes over
//! the tokens of some sentences in one direction, with the states in workgroup memory, and the backward pass does the same.
//! A unit uses each weight that it reads for all its workgroup's sentences. The number of launches doesn't depend on the
//! sentences' lengths.

mod backward;
mod forward;
mod gates;
mod gradients;
mod walk;

use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::device::buffer;
use super::matmul::ACROSS;
use super::pass::{Pass, tile_units, units};
use gates::{LstmLayer, LstmLayerLaunch};
use gradients::WeightsKernel;
use walk::{LstmKernel, LstmStarts, LstmStartsLaunch};

/// Writes the layer's output, and what its backward pass needs.
pub(super) fn forward(pass: &Pass<'_>) {
    gates::gates::launch(
        pass.gpu.next(),
        pass.tiles(gates::gates_groups(pass.dims)),
        tile_units(),
        buffer(&pass.parameters),
        buffer(&pass.workspace),
        layer(pass),
        pass.dims,
    );
    forward::forward::launch(
        pass.gpu.next(),
        groups(pass),
        units(),
        buffer(&pass.parameters),
        buffer(&pass.batch),
        buffer(&pass.workspace),
        pass.sentences(),
        starts(pass),
        kernel(pass),
    );
}

/// Writes the gradients by the gates' sums and of the layer's parameters, from those by the emissions.
pub(super) fn backward(pass: &Pass<'_>, gradient: &CubeTensor) {
    let dims = pass.dims;
    backward::backward::launch(
        pass.gpu.next(),
        groups(pass),
        units(),
        buffer(&pass.parameters),
        buffer(&pass.batch),
        buffer(&pass.workspace),
        pass.sentences(),
        starts(pass),
        kernel(pass),
    );
    for recurrent in [false, true] {
        let kernel = WeightsKernel { dims, recurrent };
        let [along_rows, along_columns, matrices] = kernel.groups().map(|groups| groups as u32);
        gradients::weights::launch(
            pass.gpu.next(),
            CubeCount::new_3d(along_rows, along_columns, matrices),
            tile_units(),
            buffer(&pass.workspace),
            buffer(gradient),
            layer(pass),
            kernel,
        );
    }
    gradients::biases::launch(
        pass.gpu.next(),
        CubeCount::new_1d((2 * dims.gates()).div_ceil(ACROSS) as u32),
        tile_units(),
        buffer(&pass.workspace),
        buffer(gradient),
        layer(pass),
        dims,
    );
}

fn layer(pass: &Pass<'_>) -> LstmLayerLaunch {
    LstmLayer { rows: pass.rows(), start: pass.layout.lstm().start }.argument()
}

fn starts(pass: &Pass<'_>) -> LstmStartsLaunch {
    let (lstm, output) = (pass.layout.lstm().start, pass.layout.output().start);
    LstmStarts { lstm, output, masks: pass.masks_start() }.argument()
}

fn kernel(pass: &Pass<'_>) -> LstmKernel {
    LstmKernel { dims: pass.dims, dropped: pass.dropped() }
}

/// Workgroups for all sentences in each direction.
fn groups(pass: &Pass<'_>) -> CubeCount {
    CubeCount::new_2d(pass.words.sentences.div_ceil(pass.dims.sentences_per_group()) as u32, 2)
}

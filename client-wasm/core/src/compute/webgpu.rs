//! WebGPU: kernels in CubeCL (compiled to WGSL when they are first launched), each a part of the network large enough to be
//! worth a launch. How many launches a step takes depends on the model's layers alone, never on the number or the length of
//! its sentences; [`launches`] counts them.
//!
//! All kernels read the flat parameters as they are, and share one workspace (see `workspace`). Every barrier is in uniform
//! control flow: loops around one have bounds that are kernel arguments, never values read from memory, as WebGPU demands.

mod adamw;
mod arguments;
mod batch_words;
mod crf;
mod dense;
mod device;
mod dropout;
mod embedding;
mod lstm;
mod matmul;
mod network;
mod output;
mod pass;
mod reduction;
mod sentences;
mod workspace;

use std::sync::Arc;

use burn_cubecl::{CubeBackend, tensor::CubeTensor};
use fedner_kernels::{AdamWStep, ParameterLayout};
use fedner_protocol::Decoder;

pub use device::launches;

use super::backend::{ComputeBackend, StepInput};
use crate::{batch::Batch, model::Layout};
use device::contiguous;
use pass::Pass;
use workspace::Dims;

/// The widest layer whose rows fit a workgroup's registers and memory.
const CHANNELS_MAX: usize = 256;
/// The most cells a direction whose gates fit a workgroup's memory.
const CELLS_MAX: usize = 256;
/// The most bytes of a workspace: what every device binds in one piece is 128 MiB.
const WORKSPACE_BYTES_MAX: usize = 120 << 20;

/// Whether the kernels can compute a batch with a model of this layout.
pub fn can_compute(layout: &Layout, batch: &Batch) -> bool {
    layout.spec().decoder == Decoder::Crf && fits(layout.parameter_layout(), batch)
}

/// Whether layers, batch and workspace fit the kernels.
fn fits(layout: &ParameterLayout, batch: &Batch) -> bool {
    let dims = Dims::of(layout);
    let rows = batch.lengths.iter().sum::<usize>() + batch.lengths.len() + 1;
    let layers = layout.dense();
    let blocks = layers[1..].windows(2).all(|pair| pair[0].end == pair[1].start);
    let bytes = dims.workspace(rows, batch.lengths.len()) * size_of::<f32>();
    let fits = dims.channels <= CHANNELS_MAX && dims.cells() <= CELLS_MAX;
    fits && blocks && bytes <= WORKSPACE_BYTES_MAX
}

impl ComputeBackend for CubeBackend {
    fn batch_gradient(parameters: CubeTensor, input: Arc<StepInput>) -> (CubeTensor, CubeTensor) {
        let pass = Pass::new(parameters, &input, true);
        let emissions = network::forward(&pass);
        network::backward(&pass, &emissions)
    }

    fn batch_emissions(parameters: CubeTensor, input: Arc<StepInput>) -> CubeTensor {
        network::forward(&Pass::new(parameters, &input, false))
    }

    fn adamw_step(
        parameters: CubeTensor,
        first: CubeTensor,
        second: CubeTensor,
        loss: CubeTensor,
        gradient: CubeTensor,
        step: AdamWStep,
    ) -> (CubeTensor, CubeTensor, CubeTensor, CubeTensor) {
        let own = |tensor: CubeTensor| {
            let tensor = contiguous(tensor);
            if tensor.can_mut() { tensor } else { tensor.copy() }
        };
        let [parameters, first, second, loss] = [parameters, first, second, loss].map(own);
        let state = adamw::State { parameters, first, second, loss };
        adamw::step(&state, contiguous(gradient), step);
        (state.parameters, state.first, state.second, state.loss)
    }
}

#[cfg(test)]
mod tests;

//! The fused operations on WebGPU: kernels in CubeCL (compiled to WGSL when they are first launched), each a part of the
//! network large enough to be worth a launch. How many launches a step takes hangs on the model's layers alone, never on
//! how many or how long its sentences are; [`launches`] counts them.
//!
//! All kernels read the flat parameters as they are, and share one workspace (see `dims`). Whether units of a workgroup
//! meet never hangs on what is in memory: browsers refuse a kernel where it might.

mod adam;
mod backward;
mod crf;
mod crf_walk;
mod device;
mod dims;
mod embedding;
mod input;
mod layer;
mod lstm;
mod lstm_back;
mod lstm_walk;
mod lstm_weights;
mod product;
mod rows;
mod steps;
mod weights;

use std::sync::Arc;

use burn_cubecl::{CubeBackend, tensor::CubeTensor};
use fedner_kernels::Plan;

pub use device::launches;

use super::{AdamStep, FusedOps, StepInput};
use crate::batch::Batch;
use device::contiguous;
use dims::Dims;
use steps::Step;

/// The widest layer whose rows fit a workgroup's registers and memory.
const CHANNELS_MAX: usize = 256;
/// The most cells a direction whose gates fit a workgroup's memory.
const CELLS_MAX: usize = 256;
/// The most bytes of a workspace: what every device binds in one piece is 128 MiB.
const WORKSPACE_BYTES_MAX: usize = 120 << 20;

/// Whether the kernels can go through a batch with a model of this plan.
pub fn takes(plan: &Plan, batch: &Batch) -> bool {
    let dims = Dims::of(plan);
    let rows = batch.lengths.iter().sum::<usize>() + batch.lengths.len() + 1;
    let layers = plan.layers();
    let blocks = layers[1..].windows(2).all(|pair| pair[0].end == pair[1].start);
    let bytes = dims.workspace(rows, batch.lengths.len()) * size_of::<f32>();
    let fits = dims.channels <= CHANNELS_MAX && dims.cells() <= CELLS_MAX;
    fits && blocks && bytes <= WORKSPACE_BYTES_MAX
}

impl FusedOps for CubeBackend {
    fn fused_gradient(parameters: CubeTensor, input: Arc<StepInput>) -> (CubeTensor, CubeTensor) {
        let step = Step::new(parameters, &input, true);
        step.forward();
        let emissions = step.emissions();
        step.backward(&emissions)
    }

    fn fused_emissions(parameters: CubeTensor, input: Arc<StepInput>) -> CubeTensor {
        let step = Step::new(parameters, &input, false);
        step.forward();
        step.emissions()
    }

    fn fused_adam(
        parameters: CubeTensor,
        first: CubeTensor,
        second: CubeTensor,
        loss: CubeTensor,
        gradient: CubeTensor,
        step: AdamStep,
    ) -> (CubeTensor, CubeTensor, CubeTensor, CubeTensor) {
        let own = |tensor: CubeTensor| {
            let tensor = contiguous(tensor);
            if tensor.can_mut() { tensor } else { tensor.copy() }
        };
        let state = [parameters, first, second, loss].map(own);
        steps::adam(&state, contiguous(gradient), step);
        let [parameters, first, second, loss] = state;
        (parameters, first, second, loss)
    }
}

#[cfg(test)]
mod tests;

//! The loops that take the time of training and tagging on the CPU: the network over flat buffers of `f32`, the CRF's sums
//! in `f64`.
//!
//! A package of its own, so that it is compiled for speed where everything around it is compiled for a small download.
//! Each layer has a module here, and one of the same name in `fedner_core`'s `compute::webgpu` (its kernels on the GPU) and
//! `compute::reference` (what the tests compare both with). A new layer is those three modules, its tensors in
//! `fedner_core`'s `model::layout` and [`ParameterNames`], and a line in each of the three `network` modules; a tensor that
//! is missing, has another shape or is read by no layer is then reported by its name.

mod adamw;
mod crf;
mod dense;
mod dropout;
mod embedding;
mod lstm;
pub mod math;
mod matmul;
mod network;
mod packed;
mod parameters;

pub use adamw::AdamWStep;
pub use crf::{ForwardBackward, LinearChainCrf, log_sum};
pub use dense::{DenseNames, NORM_EPSILON};
pub use dropout::DropoutMasks;
pub use lstm::{BiLstm, LstmActivations, LstmInput, LstmNames};
pub use network::{ForwardContext, SavedActivations, backward, forward};
pub use packed::PackedSentences;
pub use parameters::{CrfNames, LayoutError, ModelSizes, NamedTensor, OutputNames, ParameterLayout, ParameterNames};

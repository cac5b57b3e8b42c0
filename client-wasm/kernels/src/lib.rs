//! The loops that take the time of training and tagging on the CPU: the network over flat buffers of `f32`, the CRF's sums
//! in `f64`.
//!
//! A package of its own, so that it is compiled for speed where everything around it is compiled for a small download.

mod adam;
mod chain;
mod dense;
mod embedding;
mod lstm;
mod math;
mod matmul;
mod network;
mod packed;

pub use adam::AdamStep;
pub use chain::{Chain, ChainSums, log_sum};
pub use dense::{Keep, NORM_EPSILON};
pub use lstm::{BiLstm, LstmTape, Way};
pub use network::{Input, Plan, Sizes, Tape, backward, forward};
pub use packed::Packed;

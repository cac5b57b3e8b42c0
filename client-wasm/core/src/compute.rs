//! The contract of a device: the gradient of a batch, its emission scores, and a step of AdamW. Everything above this
//! module computes through it; everything below belongs to one device.
//!
//! Three implementations lie side by side, with the same layer names in each: `cpu` (burn's flex backend, whose loops are
//! in the package `fedner_kernels`, compiled for speed), `webgpu` (kernels in CubeCL), and `reference` (a plain composition
//! of burn's operations with its automatic differentiation, which the tests compare the other two with). Each takes the
//! flat parameter buffer as it is, so nothing is cut up, copied or recorded.

mod adamw;
mod backend;
mod cpu;
mod gradient;
mod placement;
#[cfg(test)]
mod reference;
#[cfg(feature = "webgpu")]
mod webgpu;

pub use adamw::AdamW;
pub(crate) use gradient::read_loss;
pub use gradient::{Gradient, emissions, gradient};
pub use placement::launches;

#[cfg(test)]
mod tests;

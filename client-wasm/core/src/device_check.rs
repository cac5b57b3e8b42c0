//! Whether a device computes the right values, and how fast.

pub mod self_check;
pub mod step_timing;

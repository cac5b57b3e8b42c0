//! GELU.

use cubecl::prelude::*;

/// Beyond this GELU is a straight line to f32's precision.
const GELU_LIMIT: f32 = 8.0;

/// GELU and its slope, as `fedner_kernels` computes them. NaN stays NaN.
#[cube]
pub(super) fn gelu(x: f32) -> (f32, f32) {
    let mut within = x;
    if x > GELU_LIMIT {
        within = f32::new(GELU_LIMIT);
    }
    if x < -GELU_LIMIT {
        within = f32::new(-GELU_LIMIT);
    }
    let bell = (within * within * -0.5f32).exp();
    let t = 1.0f32 / (1.0f32 + 0.231_641_89f32 * within.abs());
    let series =
        t * (0.254_829_6f32 + t * (-0.284_496_72f32 + t * (1.421_413_8f32 + t * (-1.453_152f32 + t * 1.061_405_4f32))));
    let tail = 0.5f32 * series * bell;
    let mut below = 1.0f32 - tail;
    if x < 0.0f32 {
        below = tail;
    }
    (x * below, below + within * bell * 0.398_942_3f32)
}

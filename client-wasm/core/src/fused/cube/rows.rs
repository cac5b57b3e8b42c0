//! What a layer does with each row of its products, in the registers of the units that computed it.

use cubecl::prelude::*;

use super::product::{ACROSS, DOWN, TILE_ROWS, UNIT_ROWS};

/// From one row's partial sums to the next in workgroup memory.
const PARTS_STRIDE: usize = ACROSS + 1;
/// Elements of workgroup memory that [`total`] wants.
pub(super) const PARTS: usize = TILE_ROWS * PARTS_STRIDE + TILE_ROWS;

/// GELU is a line beyond this: nothing that f32 can tell is left of the bell.
const GELU_LIMIT: f32 = 8.0;

/// Turns each of a unit's partial sums into that of the whole row. All units of a workgroup must call this together.
#[cube]
pub(super) fn total(sums: &mut Array<f32>, parts: &mut Shared<[f32]>) {
    let across = UNIT_POS_X as usize;
    let down = UNIT_POS_Y as usize;
    #[unroll]
    for i in 0..UNIT_ROWS {
        parts[(down + i * DOWN) * PARTS_STRIDE + across] = sums[i];
    }
    sync_cube();
    let unit = UNIT_POS as usize;
    if unit < TILE_ROWS {
        let mut sum = 0.0f32;
        for part in 0..ACROSS {
            sum += parts[unit * PARTS_STRIDE + part];
        }
        parts[TILE_ROWS * PARTS_STRIDE + unit] = sum;
    }
    sync_cube();
    #[unroll]
    for i in 0..UNIT_ROWS {
        sums[i] = parts[TILE_ROWS * PARTS_STRIDE + down + i * DOWN];
    }
}

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

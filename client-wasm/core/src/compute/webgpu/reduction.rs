//! Sums over the units of a workgroup. They have barriers, so all of its units must call them together.

use cubecl::prelude::*;

use super::matmul::{ACROSS, DOWN, TILE_ROWS, UNIT_ROWS};

/// From one row's partial sums to the next in workgroup memory.
const PARTS_STRIDE: usize = ACROSS + 1;
/// Elements of workgroup memory that [`row_totals`] needs.
pub(super) const PARTS: usize = TILE_ROWS * PARTS_STRIDE + TILE_ROWS;

/// Replaces each of a unit's partial sums by the sum of the whole row.
#[cube]
pub(super) fn row_totals(sums: &mut Array<f32>, parts: &mut Shared<[f32]>) {
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

/// The sum over the units in a column of a workgroup.
#[cube]
pub(super) fn column_total(sum: f32, parts: &mut Shared<[f32]>) -> f32 {
    let across = UNIT_POS_X as usize;
    parts[UNIT_POS_Y as usize * ACROSS + across] = sum;
    sync_cube();
    let mut whole = 0.0f32;
    for part in 0..DOWN {
        whole += parts[part * ACROSS + across];
    }
    sync_cube();
    whole
}

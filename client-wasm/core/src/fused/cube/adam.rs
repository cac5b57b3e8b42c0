//! AdamW with clipping by the global norm: two launches for the norm, one that moves everything.

use cubecl::prelude::*;

use super::product::UNITS;

/// Instead of a factor for the gradient: nothing is moved.
const NOTHING: f32 = -1.0;
/// The bits of an `f32`'s exponent.
const EXPONENT: u32 = 0x7f80_0000;
/// Workgroups that sum squares.
pub(super) const NORM_GROUPS: usize = 64;

/// The numbers of one step.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
#[expand(derive(Clone, Copy))]
pub(super) struct Numbers {
    pub rate: f32,
    pub kept: f32,
    pub second_correction: f32,
    pub beta_1: f32,
    pub beta_2: f32,
    pub epsilon: f32,
}

/// Writes each workgroup's sum of squares.
#[cube(launch)]
pub(super) fn squares(values: &[f32], parts: &mut [f32], count: usize) {
    let mut sum = 0.0f32;
    let mut element = ABSOLUTE_POS;
    while element < count {
        let value = values[element];
        sum += value * value;
        element += comptime!(NORM_GROUPS * UNITS);
    }
    let sum = group_sum(sum, UNITS);
    if UNIT_POS == 0 {
        parts[CUBE_POS_X as usize] = sum;
    }
}

/// Writes what the gradient is multiplied with, so that its norm is no larger than the greatest allowed; [`NOTHING`] where
/// its norm or the loss is no number, and then the loss is none either.
#[cube(launch)]
pub(super) fn clip(parts: &[f32], loss: &mut [f32], scale: &mut [f32], clip_norm: f32) {
    let sum = group_sum(parts[UNIT_POS as usize], NORM_GROUPS);
    if UNIT_POS == 0 {
        let mut factor = clip_norm / (sum.sqrt() + 1e-6f32);
        if factor > 1.0f32 {
            factor = 1.0f32;
        }
        if !is_number(sum) {
            loss[0] = sum;
        }
        if !is_number(loss[0]) {
            factor = NOTHING.runtime();
        }
        scale[0] = factor;
    }
}

/// Neither infinite nor NaN. By its bits, for a shader's comparisons may take every value for a number.
#[cube]
fn is_number(value: f32) -> bool {
    u32::reinterpret(value) & EXPONENT != EXPONENT
}

/// The sum over a workgroup of as many units, a power of two. All of them must call this together.
#[cube]
fn group_sum(value: f32, #[comptime] units: usize) -> f32 {
    let unit = UNIT_POS as usize;
    let mut sums = Shared::<[f32]>::new_slice(units);
    sums[unit] = value;
    sync_cube();
    #[unroll]
    for halving in 0..comptime!(units.ilog2()) {
        let half = comptime!(units >> (halving + 1));
        if unit < half {
            let other = sums[unit + half];
            sums[unit] += other;
        }
        sync_cube();
    }
    sums[0]
}

/// Moves parameters and both moments, unless the scale says [`NOTHING`]. Weight decay acts on the ranges `decays`, which a kernel is compiled for.
#[cube(launch)]
#[allow(clippy::needless_range_loop)] // The loop is unrolled by its index.
pub(super) fn adam(
    values: &mut [f32],
    first: &mut [f32],
    second: &mut [f32],
    gradient: &[f32],
    scale: &[f32],
    count: usize,
    numbers: Numbers,
    #[comptime] decays: Vec<(usize, usize)>,
) {
    let scale = scale[0];
    let mut element = ABSOLUTE_POS;
    if scale < 0.0f32 {
        element = count;
    }
    while element < count {
        let gradient = gradient[element] * scale;
        let mean = first[element] * numbers.beta_1 + gradient * (1.0f32 - numbers.beta_1);
        let square = second[element] * numbers.beta_2 + gradient * gradient * (1.0f32 - numbers.beta_2);
        let root = (square * numbers.second_correction).sqrt() + numbers.epsilon;
        let mut kept = 1.0f32;
        #[unroll]
        for range in 0..comptime!(decays.len()) {
            let within = element >= comptime!(decays[range].0) && element < comptime!(decays[range].1);
            kept = select(within, numbers.kept, kept);
        }
        values[element] = values[element] * kept - mean / root * numbers.rate;
        first[element] = mean;
        second[element] = square;
        element += CUBE_COUNT * CUBE_DIM as usize;
    }
}

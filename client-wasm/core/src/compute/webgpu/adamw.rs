//! AdamW with clipping by the global norm: two launches for the norm, one that moves everything.

use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;
use fedner_kernels::AdamWStep;

use super::device::{Gpu, buffer};
use super::matmul::UNITS;
use super::pass::{groups, units};

/// In place of the gradient's factor: no parameter is moved.
const NO_STEP: f32 = -1.0;
/// The bits of an `f32`'s exponent.
const EXPONENT: u32 = 0x7f80_0000;
/// Workgroups that sum squares.
const NORM_GROUPS: usize = 64;

/// Parameters, both moments and the loss of a step.
pub(super) struct State {
    pub parameters: CubeTensor,
    pub first: CubeTensor,
    pub second: CubeTensor,
    pub loss: CubeTensor,
}

/// Takes a step in place.
pub(super) fn step(state: &State, gradient: CubeTensor, step: AdamWStep) {
    let gpu = Gpu::of(&gradient);
    let count = gradient.meta.num_elements();
    let (sums, scale) = (gpu.empty([NORM_GROUPS]), gpu.empty([1]));
    squares::launch(
        gpu.next(),
        CubeCount::new_1d(NORM_GROUPS as u32),
        units(),
        buffer(&gradient),
        buffer(&sums),
        count,
    );
    clip::launch(
        gpu.next(),
        CubeCount::new_single(),
        CubeDim::new_1d(NORM_GROUPS as u32),
        buffer(&sums),
        buffer(&state.loss),
        buffer(&scale),
        step.clip_norm,
    );
    let (beta_1, beta_2) = step.betas;
    let numbers = NumbersLaunch::new(step.rate, step.kept, step.second_correction, beta_1, beta_2, step.epsilon);
    adam::launch(
        gpu.next(),
        groups(count),
        units(),
        buffer(&state.parameters),
        buffer(&state.first),
        buffer(&state.second),
        buffer(&gradient),
        buffer(&scale),
        count,
        numbers,
        step.decays.iter().map(|range| (range.start, range.end)).collect(),
    );
}

/// The numbers of one step.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
#[expand(derive(Clone, Copy))]
struct Numbers {
    pub rate: f32,
    pub kept: f32,
    pub second_correction: f32,
    pub beta_1: f32,
    pub beta_2: f32,
    pub epsilon: f32,
}

/// Writes each workgroup's sum of squares.
#[cube(launch)]
fn squares(values: &[f32], parts: &mut [f32], count: usize) {
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

/// Writes the factor that clips the gradient's norm; [`NO_STEP`] where the norm or the loss is not finite. Then the loss
/// becomes not finite, too.
#[cube(launch)]
fn clip(parts: &[f32], loss: &mut [f32], scale: &mut [f32], clip_norm: f32) {
    let sum = group_sum(parts[UNIT_POS as usize], NORM_GROUPS);
    if UNIT_POS == 0 {
        let mut factor = clip_norm / (sum.sqrt() + 1e-6f32);
        if factor > 1.0f32 {
            factor = 1.0f32;
        }
        if !is_finite(sum) {
            loss[0] = sum;
        }
        if !is_finite(loss[0]) {
            factor = NO_STEP.runtime();
        }
        scale[0] = factor;
    }
}

/// Neither infinite nor NaN. It looks at the bits: shader compilers may assume that every value is finite.
#[cube]
fn is_finite(value: f32) -> bool {
    u32::reinterpret(value) & EXPONENT != EXPONENT
}

/// The sum over a workgroup of so many units, a power of two. It has barriers, so all of them must call it together.
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

/// Moves parameters and both moments, unless the scale is [`NO_STEP`]. Weight decay acts on the ranges `decays`, which the
/// kernel is compiled for.
#[cube(launch)]
#[allow(clippy::needless_range_loop)] // The loop is unrolled by its index.
fn adam(
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

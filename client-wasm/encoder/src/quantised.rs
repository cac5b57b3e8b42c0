//! Products of integers: weights as signed bytes with a scale a row, activations as 7-bit numbers with a scale and a zero a
//! row, chosen for each row as it comes. The sums are exact, so every device has the same ones.

mod dot;
mod tiles;

use std::cell::RefCell;

use fedner_kernels::math::vectorised;

/// The largest activation. Seven bits: what relaxed SIMD's dot product takes, and what no 16-bit sum of two overflows with.
const ACTIVATION_MAX: f32 = 127.0;
/// The largest weight.
const WEIGHT_MAX: f32 = 127.0;
/// Inputs that are multiplied and added in one instruction.
const GROUP: usize = 4;

thread_local! {
    /// The last product's activations: the next one uses their memory.
    static ACTIVATIONS: RefCell<Activations> = RefCell::default();
}

/// Rounds each row of `[rows, columns]` to signed bytes with a scale.
pub fn quantise_rows(values: &[f32], columns: usize) -> (Vec<i8>, Vec<f32>) {
    let mut bytes = Vec::with_capacity(values.len());
    let mut scales = Vec::with_capacity(values.len() / columns.max(1));
    for row in values.chunks_exact(columns) {
        let largest = row.iter().fold(0f32, |largest, value| largest.max(value.abs()));
        let scale = if largest > 0.0 { largest / WEIGHT_MAX } else { 1.0 };
        bytes.extend(row.iter().map(|value| (value / scale).round().clamp(-WEIGHT_MAX, WEIGHT_MAX) as i8));
        scales.push(scale);
    }
    (bytes, scales)
}

/// A matrix of signed bytes, `[outputs, inputs]`, laid out for the innermost loops.
#[derive(Debug, Clone)]
pub struct QuantisedMatrix {
    /// Panels of outputs; in a panel, groups of inputs; in a group, each output's inputs.
    panels: Vec<i8>,
    scales: Vec<f32>,
    /// Sum of each output's weights.
    sums: Vec<i32>,
    outputs: usize,
    inputs: usize,
    /// Inputs, to whole groups.
    padded: usize,
}

/// Rows as 7-bit numbers.
#[derive(Debug, Default)]
struct Activations {
    /// `[rows, padded inputs]`.
    values: Vec<u8>,
    scales: Vec<f32>,
    zeros: Vec<i32>,
}

impl QuantisedMatrix {
    /// Lays out `[outputs, inputs]`.
    pub fn new(weight: &[i8], scales: Vec<f32>, inputs: usize) -> Self {
        let (outputs, padded) = (scales.len(), inputs.next_multiple_of(GROUP));
        assert_eq!(weight.len(), outputs * inputs, "a scale for each row of weights");
        let panel = tiles::PANEL;
        let mut panels = vec![0; outputs.next_multiple_of(panel) * padded];
        for (output, row) in weight.chunks_exact(inputs).enumerate() {
            let start = output / panel * panel * padded + output % panel * GROUP;
            for (input, value) in row.iter().enumerate() {
                panels[start + input / GROUP * panel * GROUP + input % GROUP] = *value;
            }
        }
        let sums = weight.chunks_exact(inputs).map(|row| row.iter().map(|value| i32::from(*value)).sum()).collect();
        Self { panels, scales, sums, outputs, inputs, padded }
    }

    /// `out = matrix · input + bias`, row by row.
    pub fn multiply(&self, input: &[f32], bias: &[f32], out: &mut [f32]) {
        ACTIVATIONS.with_borrow_mut(|activations| {
            activations.quantise(input, self.inputs, self.padded);
            let finish = Finish { matrix: self, activations, bias };
            dot::product(&self.panels, &activations.values, self.padded, |row, output, sums| {
                finish.write(row, output, sums, &mut out[row * self.outputs..(row + 1) * self.outputs]);
            });
        });
    }
}

/// What turns integer sums into values.
struct Finish<'a> {
    matrix: &'a QuantisedMatrix,
    activations: &'a Activations,
    bias: &'a [f32],
}

impl Finish<'_> {
    #[inline(always)]
    fn write(&self, row: usize, output: usize, sums: &[i32], out: &mut [f32]) {
        let (scale, zero) = (self.activations.scales[row], self.activations.zeros[row]);
        let end = (output + sums.len()).min(out.len());
        let outputs = output..end;
        let weights = self.matrix.scales[outputs.clone()].iter().zip(&self.matrix.sums[outputs.clone()]);
        let out = out[outputs.clone()].iter_mut().zip(&self.bias[outputs]);
        for (((out, bias), (weight_scale, weight_sum)), sum) in out.zip(weights).zip(sums) {
            *out = (sum - zero * weight_sum) as f32 * (scale * weight_scale) + bias;
        }
    }
}

impl Activations {
    fn quantise(&mut self, input: &[f32], columns: usize, padded: usize) {
        let rows = input.len() / columns;
        let Self { values, scales, zeros } = self;
        values.clear();
        values.resize(rows * padded, 0);
        scales.clear();
        zeros.clear();
        vectorised(
            #[inline(always)]
            || {
                for (row, to) in input.chunks_exact(columns).zip(values.chunks_exact_mut(padded)) {
                    let (low, high) = bounds(row);
                    let scale = ((high - low) / ACTIVATION_MAX).max(f32::MIN_POSITIVE);
                    let (zero, factor) = ((-low / scale).round(), 1.0 / scale);
                    for (to, value) in to.iter_mut().zip(row) {
                        // The half rounds, since what follows cuts off.
                        *to = (value * factor + zero + 0.5).clamp(0.0, ACTIVATION_MAX) as u8;
                    }
                    scales.push(scale);
                    zeros.push(zero as i32);
                }
            },
        );
    }
}

/// The lowest and the highest value, zero among them.
#[inline(always)]
fn bounds(row: &[f32]) -> (f32, f32) {
    const LANES: usize = 16;
    let (mut low, mut high) = ([0f32; LANES], [0f32; LANES]);
    let chunks = row.chunks_exact(LANES);
    for value in chunks.remainder() {
        (low[0], high[0]) = (low[0].min(*value), high[0].max(*value));
    }
    for chunk in chunks {
        for lane in 0..LANES {
            low[lane] = if chunk[lane] < low[lane] { chunk[lane] } else { low[lane] };
            high[lane] = if chunk[lane] > high[lane] { chunk[lane] } else { high[lane] };
        }
    }
    (low.iter().fold(0.0, |a, b| a.min(*b)), high.iter().fold(0.0, |a, b| a.max(*b)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn products_are_near_the_plain_ones(
            (rows, inputs, outputs) in (0usize..12, 1usize..40, 1usize..50),
            seed in any::<u32>(),
        ) {
            let value = |at: usize| ((at as u32).wrapping_mul(2_654_435_761).wrapping_add(seed) >> 8) as f32 / 8_388_608.0 - 1.0;
            let weight: Vec<f32> = (0..outputs * inputs).map(value).collect();
            let input: Vec<f32> = (0..rows * inputs).map(|at| value(at + 7919)).collect();
            let bias: Vec<f32> = (0..outputs).map(|at| at as f32).collect();
            let (bytes, scales) = quantise_rows(&weight, inputs);
            let mut out = vec![f32::NAN; rows * outputs];
            QuantisedMatrix::new(&bytes, scales, inputs).multiply(&input, &bias, &mut out);
            for row in 0..rows {
                for output in 0..outputs {
                    let exact: f32 = (0..inputs).map(|k| weight[output * inputs + k] * input[row * inputs + k]).sum();
                    let found = out[row * outputs + output] - bias[output];
                    prop_assert!((found - exact).abs() < 0.02 * inputs as f32, "{found} and {exact}");
                }
            }
        }
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        let inputs = 4096;
        let (bytes, scales) = quantise_rows(&vec![-1.0; inputs], inputs);
        let mut out = [0.0];
        QuantisedMatrix::new(&bytes, scales, inputs).multiply(&vec![1.0; inputs], &[0.0], &mut out);
        assert!((out[0] + 4096.0).abs() < 0.1, "{out:?}");
    }
}

//! Layer normalisation (Ba, Kiros and Hinton 2016, arXiv 1607.06450), its sums in f32.

use fedner_kernels::math::{sum, vectorised};

/// Scale and shift of a layer normalisation.
#[derive(Debug, Clone, PartialEq)]
pub struct Norm {
    /// `[width]`.
    pub gamma: Vec<f32>,
    /// `[width]`.
    pub beta: Vec<f32>,
}

impl Norm {
    /// Normalises each row of `values`, `[rows, width]`, after adding `residual` to it.
    pub(crate) fn add_and_normalise(&self, values: &mut [f32], residual: Option<&[f32]>, epsilon: f32) {
        let width = self.gamma.len();
        vectorised(
            #[inline(always)]
            || {
                for (at, row) in values.chunks_exact_mut(width).enumerate() {
                    if let Some(residual) = residual {
                        let residual = &residual[at * width..(at + 1) * width];
                        row.iter_mut().zip(residual).for_each(|(value, residual)| *value += residual);
                    }
                    let mean = sum(row) / width as f32;
                    row.iter_mut().for_each(|value| *value -= mean);
                    let variance = fedner_kernels::math::dot(row, row) / width as f32;
                    let scale = 1.0 / (variance + epsilon).sqrt();
                    for ((value, gamma), beta) in row.iter_mut().zip(&self.gamma).zip(&self.beta) {
                        *value = *value * scale * gamma + beta;
                    }
                }
            },
        );
    }
}

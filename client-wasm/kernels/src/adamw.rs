//! AdamW (Loshchilov and Hutter 2019) in one pass over flat buffers, in place.

use std::ops::Range;

use super::math::{dot, vectorised};

/// Elements summed in single precision before their sum goes into a wider one.
const SUM_ELEMENTS: usize = 4096;

/// The numbers of one step.
#[derive(Debug, Clone, PartialEq)]
pub struct AdamWStep {
    /// Learning rate, with the first moment's correction in it.
    pub rate: f32,
    /// `1 −` learning rate `·` weight decay, for tensors that decay.
    pub kept: f32,
    /// Correction of the second moment.
    pub second_correction: f32,
    /// Largest global norm of a gradient.
    pub clip_norm: f32,
    /// Decay rates of the moments.
    pub betas: (f32, f32),
    /// Added to the root of the second moment.
    pub epsilon: f32,
    /// Which elements weight decay acts on, in order.
    pub decays: Vec<Range<usize>>,
}

impl AdamWStep {
    /// Moves the parameters and both moments; returns whether it did. Where the gradient's norm is not finite nothing moves.
    #[must_use]
    pub fn take(&self, values: &mut [f32], first: &mut [f32], second: &mut [f32], gradient: &[f32]) -> bool {
        let norm = norm(gradient);
        if !norm.is_finite() {
            return false;
        }
        let scale = (self.clip_norm / (norm + 1e-6)).min(1.0);
        let mut done = 0;
        for decaying in &self.decays {
            for (range, kept) in [(done..decaying.start, 1.0), (decaying.clone(), self.kept)] {
                let (values, first) = (&mut values[range.clone()], &mut first[range.clone()]);
                self.part(values, first, &mut second[range.clone()], &gradient[range], scale, kept);
            }
            done = decaying.end;
        }
        self.part(&mut values[done..], &mut first[done..], &mut second[done..], &gradient[done..], scale, 1.0);
        true
    }

    fn part(&self, values: &mut [f32], first: &mut [f32], second: &mut [f32], gradient: &[f32], scale: f32, kept: f32) {
        let (beta_1, beta_2) = self.betas;
        vectorised(
            #[inline(always)]
            || {
                let moments = first.iter_mut().zip(second);
                for ((value, gradient), (first, second)) in values.iter_mut().zip(gradient).zip(moments) {
                    let gradient = gradient * scale;
                    *first = *first * beta_1 + gradient * (1.0 - beta_1);
                    *second = *second * beta_2 + gradient * gradient * (1.0 - beta_2);
                    let root = (*second * self.second_correction).sqrt() + self.epsilon;
                    *value = *value * kept - *first / root * self.rate;
                }
            },
        );
    }
}

/// The Euclidean norm. NaN anywhere makes it NaN.
fn norm(values: &[f32]) -> f32 {
    let squares = vectorised(
        #[inline(always)]
        || values.chunks(SUM_ELEMENTS).map(|part| f64::from(dot(part, part))).sum::<f64>(),
    );
    squares.sqrt() as f32
}

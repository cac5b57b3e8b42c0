//! The weighted mean: `Σ nᵢ gᵢ / Σ nᵢ`.

use super::AggregateError;

#[derive(Debug)]
pub(super) struct WeightedMean {
    sums: Vec<f64>,
    weights: f64,
}

impl WeightedMean {
    pub(super) fn new(parameters: usize) -> Self {
        Self { sums: vec![0.0; parameters], weights: 0.0 }
    }

    /// Adds values, each multiplied with `scale`.
    pub(super) fn add(&mut self, values: &[f32], weight: f64, scale: f64) {
        let factor = weight * scale;
        for (sum, value) in self.sums.iter_mut().zip(values) {
            *sum += factor * f64::from(*value);
        }
        self.weights += weight;
    }

    pub(super) fn finish(mut self) -> Result<Vec<f64>, AggregateError> {
        if self.weights <= 0.0 {
            return Err(AggregateError::Empty);
        }
        for sum in &mut self.sums {
            *sum /= self.weights;
        }
        Ok(self.sums)
    }
}

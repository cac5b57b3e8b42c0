//! Updates in a quarter of their bytes: a signed byte a value and a scale a row, rounded at random so that the mean over
//! many sites and rounds is right (as in QSGD, Alistarh et al. 2017).

use rand::Rng;

use super::CodecError;
use crate::{Manifest, TensorSpec};

/// Largest value a byte stands for; −128 is left out, so that the range is symmetric.
const LEVELS: f32 = 127.0;

/// An update's values as bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Int8Update {
    /// One byte a value, in the manifest's order.
    pub(super) levels: Vec<i8>,
    /// One scale a row, in the manifest's order.
    pub(super) scales: Vec<f32>,
}

impl Int8Update {
    /// Rounds values to bytes. Every value is off by less than its row's largest over 127, on average by nothing.
    ///
    /// # Errors
    /// When a value is not finite or their number is not the manifest's.
    pub fn of(manifest: &Manifest, values: &[f32], rng: &mut impl Rng) -> Result<Self, CodecError> {
        let (found, expected) = (values.len(), manifest.parameters());
        if found != expected {
            return Err(CodecError::Length { found, expected });
        }
        let (mut levels, mut scales) = (Vec::with_capacity(values.len()), Vec::new());
        for (tensor, range) in manifest.ranges() {
            if let Some(element) = values[range.clone()].iter().position(|v| !v.is_finite()) {
                return Err(CodecError::NotFinite { name: tensor.name.clone(), element });
            }
            for row in values[range].chunks(row_len(tensor)) {
                let scale = row.iter().fold(0.0f32, |most, v| most.max(v.abs())) / LEVELS;
                scales.push(scale);
                levels.extend(row.iter().map(|value| level(*value, scale, rng)));
            }
        }
        Ok(Self { levels, scales })
    }

    /// The values that the bytes stand for.
    pub fn values(&self, manifest: &Manifest) -> Vec<f32> {
        let rows = manifest.ranges().flat_map(|(tensor, range)| self.levels[range].chunks(row_len(tensor)));
        rows.zip(&self.scales).flat_map(|(row, scale)| row.iter().map(move |level| f32::from(*level) * scale)).collect()
    }
}

/// Up or down, the nearer one more often.
fn level(value: f32, scale: f32, rng: &mut impl Rng) -> i8 {
    if scale == 0.0 {
        return 0;
    }
    (value / scale + rng.random::<f32>()).floor().clamp(-LEVELS, LEVELS) as i8
}

/// Values that share a scale: a matrix's row, or a whole vector.
pub(super) fn row_len(tensor: &TensorSpec) -> usize {
    tensor.shape.last().copied().unwrap_or(1).max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::ModelSpec;

    #[test]
    fn rounding_is_near_and_right_on_average() {
        let manifest = Manifest::of(&ModelSpec::small());
        let values = manifest.draw(3);
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        const TIMES: usize = 400;
        let mut sums = vec![0.0f64; values.len()];
        for _ in 0..TIMES {
            let near = Int8Update::of(&manifest, &values, &mut rng).unwrap().values(&manifest);
            for ((sum, near), value) in sums.iter_mut().zip(&near).zip(&values) {
                assert!((near - value).abs() <= 1.0 / LEVELS, "{near} for {value}");
                *sum += f64::from(near - value);
            }
        }
        // Each row's largest value is at most 1; the mean of so many roundings is off by a twentieth of a level.
        let bias = sums.iter().map(|sum| sum / TIMES as f64).fold(0.0f64, |most, b| most.max(b.abs()));
        assert!(bias < 0.25 / f64::from(LEVELS), "{bias}");
        let mean = sums.iter().sum::<f64>() / (TIMES * sums.len()) as f64;
        assert!(mean.abs() < 1e-5, "{mean}");
    }

    #[test]
    fn what_is_no_number_is_not_rounded_to_one() {
        let manifest = Manifest::of(&ModelSpec::small());
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut values = manifest.draw(3);
        let short = Int8Update::of(&manifest, &values[1..], &mut rng).unwrap_err();
        assert!(matches!(short, CodecError::Length { .. }));
        values[17] = f32::INFINITY;
        let sick = Int8Update::of(&manifest, &values, &mut rng).unwrap_err();
        assert_eq!(sick, CodecError::NotFinite { name: "embedding.weight".into(), element: 17 });
    }

    proptest! {
        #[test]
        fn zero_stays_zero_and_every_scale_keeps_its_sign(seed in any::<u64>(), exponent in -30i32..30) {
            let manifest = Manifest::of(&ModelSpec::small());
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let factor = 2f32.powi(exponent);
            let values: Vec<f32> = manifest.draw(seed).iter().enumerate().map(|(i, v)| if i % 3 == 0 { 0.0 } else { v * factor }).collect();
            let near = Int8Update::of(&manifest, &values, &mut rng).unwrap().values(&manifest);
            for (near, value) in near.iter().zip(&values) {
                prop_assert!((near - value).abs() <= factor / LEVELS * 1.001, "{near} for {value}");
                prop_assert!(*value != 0.0 || *near == 0.0);
            }
        }
    }
}

//! The weighted mean of updates, one update in memory at a time.

use fedner_protocol::{UpdateId, Weighting};

/// How much an update of `samples` training sentences counts.
pub fn weight(weighting: Weighting, samples: u32) -> f64 {
    match weighting {
        Weighting::Samples => f64::from(samples),
        Weighting::Uniform => 1.0,
    }
}

/// Why an update can't go into a mean.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MeanError {
    /// The updates must come in the order of their ids, each once.
    #[error("update {0} comes after one with the same or a larger id")]
    Order(UpdateId),
    /// The update has another number of values than the model.
    #[error("update {update} has {found} values, the model has {expected}")]
    Length {
        /// Which update.
        update: UpdateId,
        /// Its values.
        found: usize,
        /// The model's.
        expected: usize,
    },
    /// The weights sum to nothing.
    #[error("there is no update with a weight above 0")]
    Empty,
}

/// `Σ nᵢ gᵢ / Σ nᵢ`, summed in 64 bits and in the order of the updates' ids, so that neither the
/// order of arrival nor a restart changes a bit of it.
#[derive(Debug)]
pub struct WeightedMean {
    sums: Vec<f64>,
    weights: f64,
    last: Option<UpdateId>,
}

impl WeightedMean {
    /// An empty mean for a model of so many parameters.
    pub fn new(parameters: usize) -> Self {
        Self { sums: vec![0.0; parameters], weights: 0.0, last: None }
    }

    /// Adds one update.
    ///
    /// # Errors
    /// When it comes out of order or does not fit; the mean is unchanged then.
    pub fn add(&mut self, update: UpdateId, values: &[f32], weight: f64) -> Result<(), MeanError> {
        if self.last.is_some_and(|last| last >= update) {
            return Err(MeanError::Order(update));
        }
        if values.len() != self.sums.len() {
            return Err(MeanError::Length { update, found: values.len(), expected: self.sums.len() });
        }
        for (sum, value) in self.sums.iter_mut().zip(values) {
            *sum += weight * f64::from(*value);
        }
        self.weights += weight;
        self.last = Some(update);
        Ok(())
    }

    /// The mean.
    ///
    /// # Errors
    /// When no update has a weight.
    pub fn finish(mut self) -> Result<Vec<f64>, MeanError> {
        if self.weights <= 0.0 {
            return Err(MeanError::Empty);
        }
        for sum in &mut self.sums {
            *sum /= self.weights;
        }
        Ok(self.sums)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PARAMETERS: usize = 5;

    fn mean(mut updates: Vec<(UpdateId, Vec<f32>, u32)>) -> Vec<f64> {
        updates.sort_by_key(|(id, ..)| *id);
        let mut mean = WeightedMean::new(PARAMETERS);
        for (id, values, samples) in &updates {
            mean.add(*id, values, weight(Weighting::Samples, *samples)).unwrap();
        }
        mean.finish().unwrap()
    }

    fn updates() -> impl Strategy<Value = Vec<(UpdateId, Vec<f32>, u32)>> {
        let one = (any::<[u8; 14]>(), prop::collection::vec(-1e3f32..1e3, PARAMETERS), 1u32..5000);
        prop::collection::vec(one, 1..9).prop_map(|updates| {
            let numbered = updates.into_iter().enumerate();
            numbered
                .map(|(i, (random, values, samples))| {
                    let mut bytes = [0; 16];
                    bytes[..14].copy_from_slice(&random);
                    bytes[15] = i as u8;
                    (UpdateId::from_random(bytes), values, samples)
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn it_is_the_plain_weighted_mean(updates in updates()) {
            let total: f64 = updates.iter().map(|u| f64::from(u.2)).sum();
            let merged = mean(updates.clone());
            for (i, merged) in merged.iter().enumerate() {
                let plain: f64 = updates.iter().map(|u| f64::from(u.1[i]) * f64::from(u.2) / total).sum();
                prop_assert!((merged - plain).abs() <= 1e-9 * (1.0 + plain.abs()));
            }
        }

        #[test]
        fn the_order_of_arrival_changes_no_bit(updates in updates(), seed in any::<u64>()) {
            let mut shuffled = updates.clone();
            for i in (1..shuffled.len()).rev() {
                shuffled.swap(i, (seed.rotate_left(i as u32) % (i as u64 + 1)) as usize);
            }
            prop_assert_eq!(mean(updates), mean(shuffled));
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_and_changes_nothing() {
        let id = UpdateId::from_random([7; 16]);
        let mut mean = WeightedMean::new(2);
        mean.add(id, &[1.0, 2.0], 3.0).unwrap();
        assert_eq!(mean.add(id, &[1.0, 2.0], 3.0), Err(MeanError::Order(id)));
        let later = UpdateId::from_random([8; 16]);
        assert!(matches!(mean.add(later, &[1.0], 3.0), Err(MeanError::Length { .. })));
        assert_eq!(mean.finish(), Ok(vec![1.0, 2.0]));
        assert_eq!(WeightedMean::new(2).finish(), Err(MeanError::Empty));
    }
}

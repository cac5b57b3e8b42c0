//! Makes one pseudo-gradient of a round's updates, taking one update at a time.
//!
//! The updates come in the order of their ids and everything is summed in 64 bits, so neither the
//! order of arrival nor a restart changes a bit of the outcome.

mod mean;
mod trimmed;

use std::io::{Read, Seek, Write};

use fedner_protocol::{Aggregation, UpdateBounds, UpdateId, Weighting};

use self::mean::WeightedMean;
use self::trimmed::TrimmedMean;

/// Why a round's updates can't be made one.
#[derive(Debug, thiserror::Error)]
pub enum AggregateError {
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
    /// There is nothing to aggregate.
    #[error("there is no update with a weight above 0")]
    Empty,
    /// The place where values wait can't be used.
    #[error("the merge's scratch file: {0}")]
    Scratch(#[from] std::io::Error),
}

/// Takes updates in, one after the other. Its memory grows with the model and not with the number of
/// updates: what a trimmed mean or a median has to see side by side waits in `S`, a file.
#[derive(Debug)]
pub struct Aggregator<S> {
    parameters: usize,
    bounds: UpdateBounds,
    last: Option<UpdateId>,
    rule: Rule<S>,
}

#[derive(Debug)]
enum Rule<S> {
    Mean(WeightedMean, Weighting),
    Trimmed(TrimmedMean<S>),
}

impl<S: Read + Write + Seek> Aggregator<S> {
    /// Aggregates updates of so many parameters. `scratch` is asked for where the rule needs one.
    ///
    /// # Errors
    /// When `scratch` fails.
    pub fn new(
        aggregation: Aggregation,
        bounds: UpdateBounds,
        parameters: usize,
        scratch: impl FnOnce() -> std::io::Result<S>,
    ) -> Result<Self, AggregateError> {
        let rule = match aggregation {
            Aggregation::Mean { weighting } => Rule::Mean(WeightedMean::new(parameters), weighting),
            Aggregation::TrimmedMean { trim_percent } => {
                Rule::Trimmed(TrimmedMean::new(parameters, scratch()?, move |updates| share(updates, trim_percent)))
            }
            Aggregation::Median {} => Rule::Trimmed(TrimmedMean::new(parameters, scratch()?, most)),
        };
        Ok(Self { parameters, bounds, last: None, rule })
    }

    /// Adds one update.
    ///
    /// # Errors
    /// When it comes out of order or does not fit; nothing is changed then. When the scratch file fails.
    pub fn add(&mut self, update: UpdateId, values: &[f32], samples: u32) -> Result<(), AggregateError> {
        if self.last.is_some_and(|last| last >= update) {
            return Err(AggregateError::Order(update));
        }
        if values.len() != self.parameters {
            return Err(AggregateError::Length { update, found: values.len(), expected: self.parameters });
        }
        let scale = scale(values, &self.bounds);
        match &mut self.rule {
            Rule::Mean(mean, Weighting::Samples) => {
                mean.add(values, f64::from(samples.min(self.bounds.samples_max)), scale);
            }
            Rule::Mean(mean, Weighting::Uniform) => mean.add(values, 1.0, scale),
            Rule::Trimmed(trimmed) => trimmed.add(values, scale)?,
        }
        self.last = Some(update);
        Ok(())
    }

    /// The aggregate.
    ///
    /// # Errors
    /// When no update has a weight, or the scratch file fails.
    pub fn finish(self) -> Result<Vec<f64>, AggregateError> {
        match self.rule {
            Rule::Mean(mean, _) => mean.finish(),
            Rule::Trimmed(trimmed) => trimmed.finish(),
        }
    }
}

/// Values summed side by side; a fixed number, so that the sum is the same on every machine.
const LANES: usize = 8;

/// Euclidean norm. Finite for finite values: no square of an `f32` leaves `f64`.
pub fn norm(values: &[f32]) -> f64 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += f64::from(*value) * f64::from(*value);
        }
    }
    let rest: f64 = rest.iter().map(|value| f64::from(*value) * f64::from(*value)).sum();
    (sums.iter().sum::<f64>() + rest).sqrt()
}

/// What an update is multiplied with to bring it down to `norm_clip`.
fn scale(values: &[f32], bounds: &UpdateBounds) -> f64 {
    let Some(clip) = bounds.norm_clip.map(f64::from) else { return 1.0 };
    let norm = norm(values);
    if norm > clip { clip / norm } else { 1.0 }
}

/// Updates cut at each end for a trimmed mean; one at least stays.
fn share(updates: usize, trim_percent: u32) -> usize {
    (updates * trim_percent as usize).div_ceil(100).min(most(updates))
}

/// Updates cut at each end for a median: all but the middle one or two.
fn most(updates: usize) -> usize {
    updates.saturating_sub(1) / 2
}

#[cfg(test)]
mod tests;

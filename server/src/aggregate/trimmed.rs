//! The mean of the middle values of each parameter. Whole updates are written to a scratch file as
//! they come; at the end the file is read by blocks of parameters, so that only a block's values of
//! all updates are in memory at once.

use std::io::{Read, Seek, SeekFrom, Write};

use super::AggregateError;

/// Memory for the block of all updates that is worked on, in bytes.
const BLOCK_BYTES_MAX: usize = 8 << 20;
const VALUE_BYTES: usize = 4;

pub(super) struct TrimmedMean<S> {
    parameters: usize,
    scratch: S,
    /// What each update's values are multiplied with.
    scales: Vec<f64>,
    /// How many values are cut at each end, given how many there are.
    cut: Box<dyn Fn(usize) -> usize + Send>,
}

impl<S: Read + Write + Seek> TrimmedMean<S> {
    pub(super) fn new(parameters: usize, scratch: S, cut: impl Fn(usize) -> usize + Send + 'static) -> Self {
        Self { parameters, scratch, scales: Vec::new(), cut: Box::new(cut) }
    }

    /// Adds values, each to be multiplied with `scale`.
    pub(super) fn add(&mut self, values: &[f32], scale: f64) -> Result<(), AggregateError> {
        let mut bytes = Vec::with_capacity(values.len() * VALUE_BYTES);
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        // What a failed attempt may have left is overwritten.
        let place = self.place(self.scales.len(), 0);
        self.scratch.seek(SeekFrom::Start(place))?;
        self.scratch.write_all(&bytes)?;
        self.scales.push(scale);
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Vec<f64>, AggregateError> {
        let updates = self.scales.len();
        if updates == 0 {
            return Err(AggregateError::Empty);
        }
        let cut = (self.cut)(updates);
        let block = (BLOCK_BYTES_MAX / VALUE_BYTES / updates).clamp(1, self.parameters.max(1));
        let mut outcome = Vec::with_capacity(self.parameters);
        let mut bytes = vec![0; updates * block * VALUE_BYTES];
        let mut column = vec![0.0; updates];
        for start in (0..self.parameters).step_by(block) {
            let width = block.min(self.parameters - start) * VALUE_BYTES;
            for update in 0..updates {
                let place = self.place(update, start);
                self.scratch.seek(SeekFrom::Start(place))?;
                self.scratch.read_exact(&mut bytes[update * width..][..width])?;
            }
            for at in (0..width).step_by(VALUE_BYTES) {
                for (update, value) in column.iter_mut().enumerate() {
                    let at = update * width + at;
                    let stored = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
                    *value = f64::from(f32::from_le_bytes(stored)) * self.scales[update];
                }
                outcome.push(middle(&mut column, cut));
            }
        }
        Ok(outcome)
    }

    /// Where an update's values from one parameter on are in the scratch file.
    fn place(&self, update: usize, parameter: usize) -> u64 {
        (update as u64 * self.parameters as u64 + parameter as u64) * VALUE_BYTES as u64
    }
}

impl<S> std::fmt::Debug for TrimmedMean<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrimmedMean").field("updates", &self.scales.len()).finish_non_exhaustive()
    }
}

/// The mean without the `cut` smallest and the `cut` largest values, of which at least one must stay.
/// What stays is summed in its own order, so that it does not matter whose value is whose.
fn middle(values: &mut [f64], cut: usize) -> f64 {
    let kept = values.len() - 2 * cut;
    let values = match cut {
        0 => values,
        _ => {
            let (_, _, above) = values.select_nth_unstable_by(cut - 1, f64::total_cmp);
            above.select_nth_unstable_by(kept - 1, f64::total_cmp);
            &mut above[..kept]
        }
    };
    values.sort_unstable_by(f64::total_cmp);
    values.iter().sum::<f64>() / kept as f64
}

//! How long a training step takes on a device, so that the faster one can be chosen. Both are timed in the module with
//! WebGPU, whose CPU loops are built for plain SIMD: where a browser has relaxed SIMD, the CPU is up to a fifth faster than
//! measured here.

use burn::tensor::Device;
use fedner_protocol::{ModelSpec, TrainingPolicy};

use crate::{
    batch::Batch,
    compute::{AdamW, gradient, read_loss},
    corpus::{Corpus, Note},
    features::FeatureHasher,
    labels::{LabelSet, Span},
    model::{DeviceError, Model},
};

/// Steps before those that count: in them a device compiles its kernels and allocates its memory.
const STEPS_BEFORE: usize = 2;
/// Steps that count.
const STEPS: usize = 5;
/// After so long a device is known to be slow, and no more steps are timed.
const ENOUGH_MS: f64 = 3000.0;
const WORDS: usize = 24;
const SEED: u64 = 3;

/// Milliseconds of a training step of the default model on a batch of the default size: the median of a few steps, fewer
/// on a device that is slow.
///
/// # Errors
/// When the device failed.
pub async fn step_ms(device: &Device, now_ms: impl Fn() -> f64) -> Result<f64, DeviceError> {
    let policy = TrainingPolicy::default();
    let (spec, labels, batch) = case(policy.batch_size as usize);
    let mut model = Model::draw(&spec, &labels, SEED, device);
    let mut optimiser = AdamW::new(model.layout(), device);
    let begin = now_ms();
    let mut taken = Vec::with_capacity(STEPS);
    for step in 0..STEPS_BEFORE + STEPS {
        let start = now_ms();
        let gradient = gradient(&model, &batch, None).await?;
        let loss = optimiser.step(&mut model, gradient, policy.learning_rate, &policy);
        // The step is finished when its loss can be read.
        read_loss(loss).await?;
        if step >= STEPS_BEFORE {
            taken.push(now_ms() - start);
        }
        if !taken.is_empty() && now_ms() - begin > ENOUGH_MS {
            break;
        }
    }
    taken.sort_by(f64::total_cmp);
    Ok(taken[taken.len() / 2])
}

/// A batch of made-up sentences for the default model.
fn case(sentences: usize) -> (ModelSpec, LabelSet, Batch) {
    let spec = ModelSpec::default();
    let labels = LabelSet::new(vec!["Drug".to_owned(), "Effect".to_owned()])
        .unwrap_or_else(|_| unreachable!("two distinct labels are a label set"));
    let note = |number: usize| {
        let words: Vec<String> = (0..WORDS).map(|word| format!("word{}", number * 7 + word * 3)).collect();
        let label = if number.is_multiple_of(2) { "Drug" } else { "Effect" };
        let spans = vec![Span { start: 0, end: words[0].len(), label: label.to_owned() }];
        Note { id: String::new(), text: words.join(" "), spans, held_out: false }
    };
    let notes: Vec<Note> = (0..sentences).map(note).collect();
    let examples = Corpus::new(&notes, labels.clone()).training(&spec);
    let batch = Batch::new(&examples, FeatureHasher::new(&spec).rows_per_token());
    (spec, labels, batch)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// A clock that advances by a tick each time it is read.
    fn clock(tick_ms: f64) -> impl Fn() -> f64 {
        let now = Cell::new(0.0);
        move || {
            now.set(now.get() + tick_ms);
            now.get()
        }
    }

    #[test]
    fn the_median_of_the_steps_that_count_is_returned() {
        let median = pollster::block_on(step_ms(&Device::flex(), clock(1.0))).unwrap();
        assert!((median - 1.0).abs() < f64::EPSILON, "{median}");
    }

    #[test]
    fn a_slow_device_takes_one_step_that_counts() {
        let reads = Cell::new(0);
        let slow = clock(2.0 * ENOUGH_MS);
        let median = pollster::block_on(step_ms(&Device::flex(), || {
            reads.set(reads.get() + 1);
            slow()
        }));
        assert!((median.unwrap() - 2.0 * ENOUGH_MS).abs() < f64::EPSILON);
        // At the start; at the start of each step; after the one that counts, and to see that it is enough.
        assert_eq!(reads.get(), 1 + STEPS_BEFORE + 1 + 2);
    }

    #[test]
    fn the_batch_is_as_large_as_in_training() {
        let (_, _, batch) = case(16);
        assert_eq!((batch.lengths.len(), batch.width), (16, WORDS));
    }
}

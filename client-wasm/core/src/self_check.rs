//! One training step on two devices, compared: a browser that computes wrong values silently is
//! found before it spoils a model.

use burn::tensor::Device;
use fedner_protocol::{ModelSpec, PrivateEncoder, TrainingPolicy};
use serde::Serialize;

use crate::{
    batch::Batch,
    corpus::{Corpus, Note},
    features::FeatureHasher,
    labels::{LabelSet, Span},
    model::{DeviceError, Model, read},
    training::{AdamW, gradient},
};

/// Largest difference of a loss or gradient, as a share of the tensor's largest value.
pub const TOLERANCE: f64 = 1e-3;
/// Differences below this are rounding, whatever the scale.
const ROUNDING: f64 = 1e-6;
/// Factor of all parameters in the second comparison.
const STRESS: f32 = 8.0;
const SEED: u64 = 11;

/// What the comparison found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SelfCheck {
    /// Whether everything is within the tolerance.
    pub agrees: bool,
    /// The tolerance, relative to each tensor's largest value.
    pub tolerance: f64,
    /// The losses on the reference and on the candidate.
    pub loss: [f64; 2],
    /// Every tensor's gradient, and every tensor after the step.
    pub differences: Vec<Difference>,
}

/// How far one tensor is apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Its name.
    pub tensor: String,
    /// Its gradient, or its values after the step.
    pub what: Quantity,
    /// The largest difference of two elements.
    pub largest: f64,
    /// The largest value on the reference; for parameters the largest change.
    pub scale: f64,
}

/// What was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// A gradient.
    Gradient,
    /// Values after one optimiser step.
    Parameter,
}

/// Takes the same training step on both devices and compares loss, gradients and parameters.
///
/// # Errors
/// When a device failed.
pub async fn compare(reference: &Device, candidate: &Device) -> Result<SelfCheck, DeviceError> {
    let (spec, labels, batch) = case();
    let policy = TrainingPolicy { weight_decay: 0.01, ..TrainingPolicy::default() };
    let mut steps = Vec::with_capacity(2);
    for device in [reference, candidate] {
        let mut model = Model::draw(&spec, &labels, SEED, device);
        let before = model.read().await?;
        let step = gradient(&model, &batch, None).await?;
        let gradients = read(step.values.clone()).await?;
        AdamW::new(model.layout(), device).step(&mut model, step.values, policy.learning_rate, &policy);
        steps.push((step.loss, gradients, before, model.read().await?));
    }
    let (a, b) = (&steps[0], &steps[1]);
    let layout = crate::model::Layout::new(&spec, &labels);
    let mut check =
        SelfCheck { agrees: close(a.0, b.0, a.0), tolerance: TOLERANCE, loss: [a.0, b.0], differences: Vec::new() };
    for (tensor, range) in layout.ranges() {
        let (ga, gb) = (&a.1[range.clone()], &b.1[range.clone()]);
        check.add(&tensor.name, Quantity::Gradient, distance(ga, gb), largest(ga));
        // The reference's own change is the scale: a device that does not move at all must not pass.
        let change: Vec<f32> = range.clone().map(|i| a.3[i] - a.2[i]).collect();
        // Adam's first step follows the gradient's sign alone. Where a gradient is within the tolerance of 0,
        // both signs are right, and the parameter must only move by no more than the learning rate.
        let noise = ROUNDING + TOLERANCE * largest(ga);
        let clear = |i: &usize| f64::from(a.1[*i].abs()) > noise;
        let apart = |i: usize| f64::from((a.3[i] - b.3[i]).abs());
        let far = range.clone().filter(clear).map(apart).fold(0.0, nan_max);
        let unclear = range.filter(|i| !clear(i)).map(apart).fold(0.0, nan_max);
        check.add(&tensor.name, Quantity::Parameter, far, largest(&change));
        check.agrees &= unclear <= 2.1 * f64::from(policy.learning_rate);
    }
    let [a, b] = [stressed(reference, &batch).await?, stressed(candidate, &batch).await?];
    check.agrees &= close(a.0, b.0, a.0) && distance(&a.1, &b.1) <= ROUNDING + TOLERANCE * largest(&a.1);
    Ok(check)
}

/// Loss and gradients of a model with large activations, where some shaders give no number.
async fn stressed(device: &Device, batch: &Batch) -> Result<(f64, Vec<f32>), DeviceError> {
    let (spec, labels, _) = case();
    let mut model = Model::draw(&spec, &labels, SEED, device);
    model.set_values(model.values().clone().mul_scalar(STRESS));
    let step = gradient(&model, batch, None).await?;
    Ok((step.loss, read(step.values).await?))
}

impl SelfCheck {
    fn add(&mut self, tensor: &str, what: Quantity, apart: f64, scale: f64) {
        self.agrees &= apart <= ROUNDING + TOLERANCE * scale;
        self.differences.push(Difference { tensor: tensor.to_owned(), what, largest: apart, scale });
    }
}

fn close(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= ROUNDING + TOLERANCE * scale.abs()
}

fn largest(values: &[f32]) -> f64 {
    values.iter().map(|v| f64::from(v.abs())).fold(0.0, nan_max)
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from((a - b).abs())).fold(0.0, nan_max)
}

/// The larger one; NaN wins, so that it never hides.
fn nan_max(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

/// A small model with every kind of tensor that the default model has, and a batch with sentences of different lengths.
fn case() -> (ModelSpec, LabelSet, Batch) {
    let spec = ModelSpec { private_encoder: PrivateEncoder::Convolution { blocks: 1 }, ..ModelSpec::small() };
    let labels = LabelSet::new(vec!["Drug".to_owned(), "Effect".to_owned()])
        .unwrap_or_else(|_| unreachable!("two distinct labels are a label set"));
    let notes = [
        ("Aspirin 100 mg caused mild gastric bleeding in this patient.", 0, 7),
        ("No rash.", 3, 7),
        ("She stopped methotrexate because of nausea, vomiting and fatigue.", 12, 24),
    ];
    let notes = notes.map(|(text, start, end)| Note {
        id: String::new(),
        text: text.to_owned(),
        spans: vec![Span { start, end, label: if start == 3 { "Effect" } else { "Drug" }.to_owned() }],
        held_out: false,
    });
    let examples = Corpus::new(&notes, labels.clone()).training(&spec);
    let batch = Batch::new(&examples, FeatureHasher::new(&spec).rows_per_token());
    (spec, labels, batch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_agrees_with_itself_and_every_tensor_is_compared() {
        let device = Device::flex();
        let check = pollster::block_on(compare(&device, &device)).unwrap();
        assert!(check.agrees, "{check:?}");
        assert!(check.loss[0].is_finite() && check.loss[0] > 0.0);
        let (spec, labels, _) = case();
        assert_eq!(check.differences.len(), 2 * crate::model::Layout::new(&spec, &labels).tensors().count());
        assert!(check.differences.iter().all(|d| d.scale > 0.0), "{check:?}");
    }

    #[test]
    fn wrong_and_missing_values_are_found() {
        let mut check = SelfCheck { agrees: true, tolerance: TOLERANCE, loss: [1.0; 2], differences: Vec::new() };
        check.add("t", Quantity::Gradient, distance(&[1.0, 2.0], &[1.0, 2.001]), 2.0);
        assert!(check.agrees);
        check.add("t", Quantity::Gradient, distance(&[1.0, 2.0], &[1.0, f32::NAN]), 2.0);
        assert!(!check.agrees);
        let mut check = SelfCheck { agrees: true, ..check };
        check.add("t", Quantity::Gradient, distance(&[1.0, 2.0], &[1.0, 0.0]), 2.0);
        assert!(!check.agrees);
    }
}

//! Compares training steps on two devices, so that a browser which silently computes wrong values is found before it
//! spoils a model.

use burn::tensor::Device;
use fedner_protocol::{Digest, ModelSpec, PretrainedEncoder, PrivateEncoder, TrainingPolicy};
use serde::Serialize;

use crate::{
    batch::Batch,
    compute::{self, AdamW, gradient},
    corpus::{Corpus, Note},
    features::FeatureHasher,
    labels::{LabelSet, Span},
    model::{DeviceError, Layout, Model, read},
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
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SelfCheck {
    /// Whether everything is within the tolerance.
    pub agrees: bool,
    /// The tolerance, relative to each tensor's largest value.
    pub tolerance: f64,
    /// The losses on the reference and on the candidate, with the last of the models.
    pub loss: [f64; 2],
    /// Kernels that its step launches on the candidate; 0 on the CPU.
    pub launches: u64,
    /// Every tensor's gradient, and every tensor after the step, with each model.
    pub differences: Vec<Difference>,
}

/// How far one tensor differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Quantity {
    /// A gradient.
    Gradient,
    /// Values after one optimiser step.
    Parameter,
}

/// Takes the same training steps on both devices and compares loss, gradients and parameters.
///
/// # Errors
/// When a device failed.
pub async fn compare(reference: &Device, candidate: &Device) -> Result<SelfCheck, DeviceError> {
    let mut check =
        SelfCheck { agrees: true, tolerance: TOLERANCE, loss: [0.0; 2], launches: 0, differences: Vec::new() };
    // The last model's loss and launches are what is reported.
    let cases = cases();
    for case in &cases {
        let expected = step(case, reference).await?;
        let launched = compute::launches();
        let found = step(case, candidate).await?;
        check.launches = compute::launches() - launched;
        check.loss = [expected.loss, found.loss];
        check.compare(&case.layout, &expected, &found);
    }
    let [expected, found] = [stressed(reference, &cases[1]).await?, stressed(candidate, &cases[1]).await?];
    check.agrees &= close(expected.loss, found.loss, expected.loss);
    let apart = distance(&expected.gradient, &found.gradient);
    check.agrees &= apart <= ROUNDING + TOLERANCE * largest(&expected.gradient);
    Ok(check)
}

/// A model's layout and a batch for it.
struct Case {
    layout: Layout,
    batch: Batch,
}

/// A batch's loss and gradient, read back.
struct HostGradient {
    loss: f64,
    gradient: Vec<f32>,
}

/// What a training step computed.
struct TrainingStep {
    loss: f64,
    gradient: Vec<f32>,
    /// The parameters before the step.
    before: Vec<f32>,
    /// The parameters after the step.
    after: Vec<f32>,
}

fn policy() -> TrainingPolicy {
    TrainingPolicy { weight_decay: 0.01, ..TrainingPolicy::default() }
}

async fn step(Case { layout, batch }: &Case, device: &Device) -> Result<TrainingStep, DeviceError> {
    let mut model = Model::draw(layout.spec(), layout.labels(), SEED, device);
    let before = model.read().await?;
    let found = gradient(&model, batch, None).await?;
    let (loss, gradient) = (found.read_loss().await?, read(found.values.clone()).await?);
    AdamW::new(layout, device).step(&mut model, found, policy().learning_rate, &policy());
    Ok(TrainingStep { loss, gradient, before, after: model.read().await? })
}

/// Loss and gradient of a model with large activations, for which some shaders compute NaN.
async fn stressed(device: &Device, Case { layout, batch }: &Case) -> Result<HostGradient, DeviceError> {
    let mut model = Model::draw(layout.spec(), layout.labels(), SEED, device);
    model.set_values(model.values().clone().mul_scalar(STRESS));
    let found = gradient(&model, batch, None).await?;
    Ok(HostGradient { loss: found.read_loss().await?, gradient: read(found.values).await? })
}

impl SelfCheck {
    fn compare(&mut self, layout: &Layout, a: &TrainingStep, b: &TrainingStep) {
        self.agrees &= close(a.loss, b.loss, a.loss);
        for (tensor, range) in layout.ranges() {
            let (ga, gb) = (&a.gradient[range.clone()], &b.gradient[range.clone()]);
            self.add(&tensor.name, Quantity::Gradient, distance(ga, gb), largest(ga));
            // The reference's own change is the scale: a device that does not move at all must not pass.
            let change: Vec<f32> = range.clone().map(|i| a.after[i] - a.before[i]).collect();
            // Adam's first step depends on the gradient's sign alone. Where a gradient is within the tolerance of 0,
            // both signs are right, and the parameter must only move by no more than the learning rate.
            let noise = ROUNDING + TOLERANCE * largest(ga);
            let clear = |i: &usize| f64::from(a.gradient[*i].abs()) > noise;
            let apart = |i: usize| f64::from((a.after[i] - b.after[i]).abs());
            let far = range.clone().filter(clear).map(apart).fold(0.0, nan_max);
            let unclear = range.filter(|i| !clear(i)).map(apart).fold(0.0, nan_max);
            self.add(&tensor.name, Quantity::Parameter, far, largest(&change));
            self.agrees &= unclear <= 2.1 * f64::from(policy().learning_rate);
        }
    }

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

/// The larger one; NaN wins, so that it is never hidden.
fn nan_max(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

/// Models and batches. A device's kernels are compiled for a model's sizes, so two models are compared, the last with as
/// many layers as the default model has.
fn cases() -> [Case; 2] {
    let ModelSpec { encoder_blocks, private_encoder, .. } = ModelSpec::default();
    [odd(), case(ModelSpec { encoder_blocks, private_encoder, ..ModelSpec::small() }, &["Drug", "Effect"])]
}

/// A model whose sizes are multiples of no tile, with word vectors, an LSTM and one label.
fn odd() -> Case {
    let sizes = ModelSpec { hashes: 3, embedding_width: 5, encoder_width: 37, encoder_blocks: 1, ..ModelSpec::small() };
    let pretrained = Some(PretrainedEncoder { pack: Digest::of(&[]), width: 11 });
    case(ModelSpec { private_encoder: PrivateEncoder::Bilstm { hidden: 7 }, pretrained, ..sizes }, &["Drug"])
}

fn case(spec: ModelSpec, labels: &[&str]) -> Case {
    let last = labels[labels.len() - 1];
    let labels = LabelSet::new(labels.iter().map(|&label| label.to_owned()).collect())
        .unwrap_or_else(|_| unreachable!("one or two distinct labels are a label set"));
    let notes = [
        ("Aspirin 100 mg caused mild gastric bleeding in this patient.", 0, 7, "Drug"),
        ("No rash.", 3, 7, last),
        ("Yes", 0, 3, last),
        ("She stopped methotrexate because of nausea, vomiting and fatigue.", 12, 24, "Drug"),
    ];
    let notes = notes.map(|(text, start, end, label)| Note {
        id: String::new(),
        text: text.to_owned(),
        spans: vec![Span { start, end, label: label.to_owned() }],
        held_out: false,
    });
    let mut examples = Corpus::new(&notes, labels.clone()).training(&spec);
    for example in &mut examples {
        let values = example.tags.len() * spec.vector_width();
        example.vectors = (0..values).map(|at| (at * 37 % 101) as i8 - 50).collect();
    }
    let batch = Batch::new(&examples, FeatureHasher::new(&spec).rows_per_token());
    Case { layout: Layout::new(&spec, &labels), batch }
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
        let tensors: usize = cases().iter().map(|case| case.layout.tensors().count()).sum();
        assert_eq!(check.differences.len(), 2 * tensors);
        assert!(check.differences.iter().all(|d| d.scale > 0.0), "{check:?}");
    }

    #[test]
    fn wrong_and_missing_values_are_found() {
        let mut check =
            SelfCheck { agrees: true, tolerance: TOLERANCE, loss: [1.0; 2], launches: 0, differences: Vec::new() };
        check.add("t", Quantity::Gradient, distance(&[1.0, 2.0], &[1.0, 2.001]), 2.0);
        assert!(check.agrees);
        check.add("t", Quantity::Gradient, distance(&[1.0, 2.0], &[1.0, f32::NAN]), 2.0);
        assert!(!check.agrees);
        let mut check = SelfCheck { agrees: true, ..check };
        check.add("t", Quantity::Gradient, distance(&[1.0, 2.0], &[1.0, 0.0]), 2.0);
        assert!(!check.agrees);
    }
}

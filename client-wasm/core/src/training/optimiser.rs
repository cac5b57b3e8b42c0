//! AdamW (Loshchilov and Hutter 2019) over one flat buffer, with clipping by the global norm. No
//! value is read back from the device.

use std::ops::Range;

use burn::tensor::{Device, Tensor};
use fedner_protocol::TrainingPolicy;

use crate::{
    fused::{self, AdamStep},
    model::{DeviceError, Layout, Model, read, upload},
};

const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.999;
const EPSILON: f32 = 1e-8;

/// The optimiser's state. It is kept across rounds, as the private module is.
#[derive(Debug, Clone)]
pub struct AdamW {
    first: Tensor<1>,
    second: Tensor<1>,
    decays: Decays,
    steps: u64,
}

/// Which parameters weight decay acts on, in the form that a device takes.
#[derive(Debug, Clone)]
enum Decays {
    Ranges(Vec<Range<usize>>),
    /// 1 where it acts, else 0; `[parameters]`.
    Mask(Box<Tensor<1>>),
}

impl Decays {
    fn new(layout: &Layout, device: &Device) -> Self {
        let ranges = layout.decaying();
        if fused::is_on(device) {
            return Self::Ranges(ranges);
        }
        let mut mask = vec![0.0; layout.parameters()];
        ranges.into_iter().for_each(|range| mask[range].fill(1.0));
        Self::Mask(Box::new(upload(mask, device)))
    }
}

impl AdamW {
    /// A fresh state for a layout.
    pub fn new(layout: &Layout, device: &Device) -> Self {
        let zeros = || Tensor::zeros([layout.parameters()], device);
        Self { first: zeros(), second: zeros(), decays: Decays::new(layout, device), steps: 0 }
    }

    /// A state read from a checkpoint; both moments have the layout's length.
    pub fn restore(layout: &Layout, first: Vec<f32>, second: Vec<f32>, steps: u64, device: &Device) -> Self {
        let (first, second) = (upload(first, device), upload(second, device));
        Self { first, second, decays: Decays::new(layout, device), steps }
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Reads both moments back.
    ///
    /// # Errors
    /// When the device failed.
    pub async fn read(&self) -> Result<(Vec<f32>, Vec<f32>), DeviceError> {
        Ok((read(self.first.clone()).await?, read(self.second.clone()).await?))
    }

    /// Clips the gradient and moves the model's parameters.
    pub fn step(&mut self, model: &mut Model, gradient: Tensor<1>, rate: f32, policy: &TrainingPolicy) {
        self.steps += 1;
        let steps = self.steps.min(i32::MAX as u64) as i32;
        let correction = |beta: f32| (1.0 / (1.0 - f64::from(beta).powi(steps))) as f32;
        let numbers = Numbers {
            rate: rate * correction(BETA_1),
            second_correction: correction(BETA_2),
            lost: rate * policy.weight_decay,
            clip_norm: policy.clip_norm,
        };
        // Taken out, so that nobody else holds them and they can be changed in place.
        let empty = || Tensor::zeros([1], &model.device());
        let (first, second) =
            (std::mem::replace(&mut self.first, empty()), std::mem::replace(&mut self.second, empty()));
        let state = [model.take_values(), first, second];
        let [values, first, second] = match &self.decays {
            Decays::Ranges(decays) => numbers.fused(state, gradient, decays.clone()),
            Decays::Mask(decays) => numbers.composed(state, gradient, decays),
        };
        (self.first, self.second) = (first, second);
        model.set_values(values);
    }
}

/// The numbers of one step.
struct Numbers {
    /// Learning rate, with the first moment's correction in it.
    rate: f32,
    second_correction: f32,
    /// Share of itself that a decaying parameter loses.
    lost: f32,
    clip_norm: f32,
}

impl Numbers {
    fn fused(&self, state: [Tensor<1>; 3], gradient: Tensor<1>, decays: Vec<Range<usize>>) -> [Tensor<1>; 3] {
        let step = AdamStep {
            rate: self.rate,
            kept: 1.0 - self.lost,
            second_correction: self.second_correction,
            clip_norm: self.clip_norm,
            betas: (BETA_1, BETA_2),
            epsilon: EPSILON,
            decays,
        };
        fused::adam(state, gradient, step)
    }

    fn composed(&self, state: [Tensor<1>; 3], gradient: Tensor<1>, decays: &Tensor<1>) -> [Tensor<1>; 3] {
        let [values, first, second] = state;
        let norm = gradient.clone().square().sum().sqrt();
        let scale = norm.add_scalar(1e-6).recip().mul_scalar(self.clip_norm).clamp_max(1.0);
        let gradient = gradient.mul(scale);
        let first = first.mul_scalar(BETA_1).add(gradient.clone().mul_scalar(1.0 - BETA_1));
        let second = second.mul_scalar(BETA_2).add(gradient.square().mul_scalar(1.0 - BETA_2));
        let root = second.clone().mul_scalar(self.second_correction).sqrt().add_scalar(EPSILON);
        let change = first.clone().div(root).mul_scalar(self.rate);
        let kept = decays.clone().mul_scalar(-self.lost).add_scalar(1.0);
        [values.mul(kept).sub(change), first, second]
    }
}

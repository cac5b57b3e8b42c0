//! AdamW (Loshchilov and Hutter 2019) over one flat buffer, with clipping by the global norm. No
//! value is read back from the device.

use burn::tensor::{Device, Tensor};
use fedner_protocol::TrainingPolicy;

use crate::model::{DeviceError, Layout, Model, read, upload};

const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.999;
const EPSILON: f32 = 1e-8;

/// The optimiser's state. It is kept across rounds, as the private module is.
#[derive(Debug, Clone)]
pub struct AdamW {
    first: Tensor<1>,
    second: Tensor<1>,
    decays: Tensor<1>,
    steps: u64,
}

impl AdamW {
    /// A fresh state for a layout.
    pub fn new(layout: &Layout, device: &Device) -> Self {
        let zeros = Tensor::zeros([layout.parameters()], device);
        Self { first: zeros.clone(), second: zeros, decays: upload(layout.decay_mask(), device), steps: 0 }
    }

    /// A state read from a checkpoint; both moments have the layout's length.
    pub fn restore(layout: &Layout, first: Vec<f32>, second: Vec<f32>, steps: u64, device: &Device) -> Self {
        let (first, second) = (upload(first, device), upload(second, device));
        Self { first, second, decays: upload(layout.decay_mask(), device), steps }
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
        let norm = gradient.clone().square().sum().sqrt();
        let scale = norm.add_scalar(1e-6).recip().mul_scalar(policy.clip_norm).clamp_max(1.0);
        let gradient = gradient.mul(scale);

        let empty = || Tensor::zeros([1], &model.device());
        let first = std::mem::replace(&mut self.first, empty());
        let second = std::mem::replace(&mut self.second, empty());
        self.first = first.mul_scalar(BETA_1).add(gradient.clone().mul_scalar(1.0 - BETA_1));
        self.second = second.mul_scalar(BETA_2).add(gradient.square().mul_scalar(1.0 - BETA_2));

        let corrected = |beta: f32| (1.0 - f64::from(beta).powi(self.steps.min(i32::MAX as u64) as i32)) as f32;
        let root = self.second.clone().mul_scalar(1.0 / corrected(BETA_2)).sqrt().add_scalar(EPSILON);
        let change = self.first.clone().div(root).mul_scalar(rate / corrected(BETA_1));
        let kept = self.decays.clone().mul_scalar(-rate * policy.weight_decay).add_scalar(1.0);
        model.set_values(model.values().clone().mul(kept).sub(change));
    }
}

//! AdamW (Loshchilov and Hutter 2019) over one flat buffer, with clipping by the global norm. No
//! value is read back from the device.

use std::ops::Range;

use burn::tensor::{Device, Tensor};
use fedner_kernels::AdamWStep;
use fedner_protocol::TrainingPolicy;

use super::backend::{AdamWState, adamw_step};
use super::gradient::Gradient;
use crate::model::{DeviceError, Layout, Model, read, upload};

const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.999;
const EPSILON: f32 = 1e-8;

/// The optimiser's state. It is kept across rounds, as the private module is.
#[derive(Debug, Clone)]
pub struct AdamW {
    first: Tensor<1>,
    second: Tensor<1>,
    /// The parameters that weight decay acts on.
    decays: Vec<Range<usize>>,
    steps: u64,
}

impl AdamW {
    /// A fresh state for a layout.
    pub fn new(layout: &Layout, device: &Device) -> Self {
        let zeros = || Tensor::zeros([layout.parameters()], device);
        Self { first: zeros(), second: zeros(), decays: layout.decaying(), steps: 0 }
    }

    /// A state read from a checkpoint; both moments have the layout's length.
    pub fn restore(layout: &Layout, first: Vec<f32>, second: Vec<f32>, steps: u64, device: &Device) -> Self {
        let (first, second) = (upload(first, device), upload(second, device));
        Self { first, second, decays: layout.decaying(), steps }
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

    /// Clips the gradient and moves the model's parameters; returns the loss, `[1]`. Where the loss or the gradient's norm
    /// is not finite, the parameters stay as they are and the returned loss is not finite.
    pub fn step(&mut self, model: &mut Model, gradient: Gradient, rate: f32, policy: &TrainingPolicy) -> Tensor<1> {
        self.steps += 1;
        let steps = self.steps.min(i32::MAX as u64) as i32;
        let correction = |beta: f32| (1.0 / (1.0 - f64::from(beta).powi(steps))) as f32;
        let lost = rate * policy.weight_decay;
        let step = AdamWStep {
            rate: rate * correction(BETA_1),
            kept: 1.0 - lost,
            second_correction: correction(BETA_2),
            clip_norm: policy.clip_norm,
            betas: (BETA_1, BETA_2),
            epsilon: EPSILON,
            decays: self.decays.clone(),
        };
        // Moved out of model and optimiser: tensors with a single owner are changed in place.
        let empty = || Tensor::zeros([1], &model.device());
        let (first, second) =
            (std::mem::replace(&mut self.first, empty()), std::mem::replace(&mut self.second, empty()));
        let state = AdamWState { parameters: model.take_values(), first, second, loss: gradient.loss };
        let state = adamw_step(state, gradient.values, step);
        (self.first, self.second) = (state.first, state.second);
        model.set_values(state.parameters);
        state.loss
    }
}

//! What every device implements, and what a batch brings to it.

use std::sync::Arc;

use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;
use fedner_kernels::{AdamWStep, ParameterLayout};
use fedner_protocol::Decoder;

use crate::{
    batch::Batch,
    labels::LabelSet,
    model::{Layout, Model},
};

/// A batch and what a device must know to go through a model with it.
#[derive(Debug, Clone)]
pub struct StepInput {
    /// Where the model's tensors lie.
    pub layout: Arc<ParameterLayout>,
    /// The labels, whose tags may follow one another.
    pub labels: LabelSet,
    /// What scores tag sequences.
    pub decoder: Decoder,
    /// The sentences.
    pub batch: Batch,
    /// Scaled dropout masks of the blocks and then of the LSTM, one a channel and sentence; nothing where nothing is dropped.
    pub dropout: Option<Vec<f32>>,
}

impl StepInput {
    /// A batch for models of a layout.
    pub fn new(layout: &Layout, mut batch: Batch, dropout: Option<Vec<f32>>) -> Self {
        // Whoever brings notes has seen to it that they have the model's vectors; no device reads beyond a buffer if not.
        batch.vectors.resize(batch.lengths.len() * batch.width * layout.spec().vector_width(), 0.0);
        let (labels, decoder) = (layout.labels().clone(), layout.spec().decoder);
        Self { layout: layout.parameter_layout().clone(), labels, decoder, batch, dropout }
    }
}

/// The operations that a device implements, on burn's tensors.
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex)]
pub trait ComputeBackend: Backend {
    /// The gradient of a batch's mean loss by every parameter, `[parameters]`, and the loss, `[1]`, from the flat
    /// parameters.
    fn batch_gradient(parameters: FloatTensor<Self>, input: Arc<StepInput>) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// Emission scores, `[sentences · width, tags]`; 0 for padding.
    fn batch_emissions(parameters: FloatTensor<Self>, input: Arc<StepInput>) -> FloatTensor<Self>;

    /// One step of AdamW with clipping: parameters and both moments, changed in place where nobody else holds them, and the
    /// loss. Where the loss or the gradient's norm is not finite nothing changes, and the returned loss is not finite.
    fn adamw_step(
        parameters: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        loss: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        step: AdamWStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

/// The gradient of a batch's mean loss, `[parameters]`, and the loss, `[1]`, on the model's device.
pub fn batch_gradient(model: &Model, input: StepInput) -> (Tensor<1>, Tensor<1>) {
    let (gradient, loss) = Dispatch::batch_gradient(model.values().clone().into_dispatch(), Arc::new(input));
    (Tensor::from_dispatch(gradient), Tensor::from_dispatch(loss))
}

/// Emission scores on the model's device, `[sentences · width, tags]`.
pub fn batch_emissions(model: &Model, input: StepInput) -> Tensor<2> {
    Tensor::from_dispatch(Dispatch::batch_emissions(model.values().clone().into_dispatch(), Arc::new(input)))
}

/// What a step of AdamW changes.
#[derive(Clone)]
pub struct AdamWState {
    /// `[parameters]`.
    pub parameters: Tensor<1>,
    /// The first moment, `[parameters]`.
    pub first: Tensor<1>,
    /// The second moment, `[parameters]`.
    pub second: Tensor<1>,
    /// The batch's loss, `[1]`.
    pub loss: Tensor<1>,
}

/// Takes a step of AdamW. Where the loss or the gradient's norm is not finite nothing changes, and the returned loss is not
/// finite.
pub fn adamw_step(state: AdamWState, gradient: Tensor<1>, step: AdamWStep) -> AdamWState {
    let AdamWState { parameters, first, second, loss } = state;
    let [parameters, first, second, loss] = [parameters, first, second, loss].map(Tensor::into_dispatch);
    let (parameters, first, second, loss) =
        Dispatch::adamw_step(parameters, first, second, loss, gradient.into_dispatch(), step);
    let [parameters, first, second, loss] = [parameters, first, second, loss].map(Tensor::from_dispatch);
    AdamWState { parameters, first, second, loss }
}

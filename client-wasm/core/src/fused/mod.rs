//! A training step as three operations: the gradient of a batch, the emissions of one, and the optimiser's step. Each
//! takes the flat parameter buffer as it is, so nothing is cut up, copied or recorded. On the CPU (burn's flex backend)
//! `fedner_kernels` computes them, on WebGPU the kernels in `cube`. A plain composition of burn's operations says in tests
//! what they compute.

#[cfg(feature = "webgpu")]
mod cube;

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

#[cfg(feature = "webgpu")]
use burn::backend::DispatchDevice;
use burn::backend::{Backend, Dispatch, Flex, backend_extension, flex::FlexTensor, tensor::FloatTensor};
use burn::tensor::{Device, Tensor, TensorData};

pub use fedner_kernels::AdamStep;
use fedner_kernels::{Input, Packed, Plan, Sizes, Tape};
use fedner_protocol::Decoder;

use crate::{
    batch::Batch,
    labels::LabelSet,
    model::{Crf, DeviceError, Layout, Model},
};

thread_local! {
    /// Activations of the last batch: the next one uses their memory.
    static TAPE: RefCell<Tape> = RefCell::default();
}

/// A batch and what a device must know to go through a model with it.
#[derive(Debug, Clone)]
pub struct StepInput {
    plan: Plan,
    labels: LabelSet,
    decoder: Decoder,
    batch: Batch,
    /// Scaled keep masks of the blocks and then of the LSTM, one a channel and sentence; nothing where nothing is dropped.
    keep: Option<Vec<f32>>,
}

impl StepInput {
    /// A batch for models of a layout.
    pub fn new(layout: &Layout, batch: Batch, keep: Option<Vec<f32>>) -> Self {
        let (labels, decoder) = (layout.labels().clone(), layout.spec().decoder);
        Self { plan: plan(layout), labels, decoder, batch, keep }
    }
}

/// A layout, as the kernels want it.
fn plan(layout: &Layout) -> Plan {
    let spec = layout.spec();
    let sizes = Sizes {
        features: spec.features.len(),
        hashes: spec.hashes,
        embedding: spec.embedding_width,
        channels: spec.encoder_width,
        blocks: spec.blocks(),
        lstm: spec.private_lstm(),
        tags: layout.labels().tags(),
        parameters: layout.parameters(),
    };
    let ranges: Vec<_> = layout.ranges().map(|(_, range)| range).collect();
    Plan::new(sizes, &ranges, layout.crf_range())
}

/// The operations; see [`where_taken`].
#[backend_extension(Cube: cfg(feature = "webgpu"), Flex)]
pub trait FusedOps: Backend {
    /// The gradient of a batch's mean loss by every parameter, `[parameters]`, and the loss, `[1]`, from the flat
    /// parameters.
    fn fused_gradient(parameters: FloatTensor<Self>, input: Arc<StepInput>) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// Emission scores, `[sentences · width, tags]`; padding gets 0.
    fn fused_emissions(parameters: FloatTensor<Self>, input: Arc<StepInput>) -> FloatTensor<Self>;

    /// One step of AdamW with clipping: parameters and both moments, moved in place where nobody else holds them, and the
    /// loss. Where the loss or the gradient's norm is no number nothing is moved, and the loss that comes back is none.
    fn fused_adam(
        parameters: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        loss: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

/// The model where a batch with it can be computed: where it is, or on the CPU, which takes every batch.
///
/// # Errors
/// When the device failed.
pub async fn where_taken<'m>(model: &'m Model, batch: &Batch) -> Result<Cow<'m, Model>, DeviceError> {
    if takes(model, batch) {
        return Ok(Cow::Borrowed(model));
    }
    Model::from_values(model.layout().clone(), model.read().await?, &Device::flex()).map(Cow::Owned)
}

#[cfg(feature = "webgpu")]
fn takes(model: &Model, batch: &Batch) -> bool {
    match model.device().as_dispatch() {
        DispatchDevice::Cube(_) => {
            model.layout().spec().decoder == Decoder::Crf && cube::takes(&plan(model.layout()), batch)
        }
        _ => true,
    }
}

#[cfg(not(feature = "webgpu"))]
fn takes(_: &Model, _: &Batch) -> bool {
    true
}

/// Kernels that the operations have launched on this thread so far; 0 where they launch none.
pub fn launches() -> u64 {
    #[cfg(feature = "webgpu")]
    return cube::launches();
    #[cfg(not(feature = "webgpu"))]
    0
}

/// The gradient of a batch's mean loss, `[parameters]`, and the loss.
pub fn gradient(model: &Model, input: StepInput) -> (Tensor<1>, Tensor<1>) {
    let (gradient, loss) = Dispatch::fused_gradient(model.values().clone().into_dispatch(), Arc::new(input));
    (Tensor::from_dispatch(gradient), Tensor::from_dispatch(loss))
}

/// Emission scores, `[sentences · width, tags]`.
pub fn emissions(model: &Model, input: StepInput) -> Tensor<2> {
    Tensor::from_dispatch(Dispatch::fused_emissions(model.values().clone().into_dispatch(), Arc::new(input)))
}

/// Moves parameters and moments: `[parameters, first, second, loss]`. Where the loss or the gradient's norm is no number
/// nothing is moved, and the loss that comes back is none.
pub fn adam(state: [Tensor<1>; 4], gradient: Tensor<1>, step: AdamStep) -> [Tensor<1>; 4] {
    let [parameters, first, second, loss] = state.map(Tensor::into_dispatch);
    let (parameters, first, second, loss) =
        Dispatch::fused_adam(parameters, first, second, loss, gradient.into_dispatch(), step);
    [parameters, first, second, loss].map(Tensor::from_dispatch)
}

impl FusedOps for Flex {
    fn fused_gradient(parameters: FlexTensor, input: Arc<StepInput>) -> (FlexTensor, FlexTensor) {
        let StepInput { plan, labels, decoder, batch, keep } = &*input;
        let parameters = flat(parameters);
        let values: &[f32] = parameters.storage();
        let packed = Packed::new(&batch.lengths);
        let input = Input { width: batch.width, rows: &batch.rows, packed: &packed, keep: keep.as_deref() };
        let mut gradient = vec![0.0; plan.sizes().parameters];
        let loss = TAPE.with_borrow_mut(|tape| {
            let emissions = fedner_kernels::forward(plan, values, &input, tape);
            let sentences: Vec<_> =
                packed.sentences().zip(&batch.tags).map(|(rows, gold)| (rows.start, gold.as_slice())).collect();
            let crf = Crf::new(labels, &values[plan.crf()]);
            let mean = match decoder {
                Decoder::Crf => crf.mean_loss(&emissions, sentences.into_iter()),
                Decoder::Softmax => crf.mean_loss_of_tokens(&emissions, sentences.into_iter()),
            };
            gradient[plan.crf()].copy_from_slice(&mean.scores);
            fedner_kernels::backward(plan, values, &input, &mean.emissions, tape, &mut gradient);
            mean.loss
        });
        (tensor(gradient, [plan.sizes().parameters]), number(loss))
    }

    fn fused_emissions(parameters: FlexTensor, input: Arc<StepInput>) -> FlexTensor {
        let StepInput { plan, batch, keep, .. } = &*input;
        let parameters = flat(parameters);
        let packed = Packed::new(&batch.lengths);
        let input = Input { width: batch.width, rows: &batch.rows, packed: &packed, keep: keep.as_deref() };
        let emissions = TAPE.with_borrow_mut(|tape| fedner_kernels::forward(plan, parameters.storage(), &input, tape));
        let places = batch.lengths.len() * batch.width;
        let mut padded = vec![0.0; places * plan.sizes().tags];
        for (to, rows) in padded.chunks_mut((batch.width * plan.sizes().tags).max(1)).zip(packed.sentences()) {
            let from = &emissions[rows.start * plan.sizes().tags..rows.end * plan.sizes().tags];
            to[..from.len()].copy_from_slice(from);
        }
        tensor(padded, [places, plan.sizes().tags])
    }

    fn fused_adam(
        parameters: FlexTensor,
        first: FlexTensor,
        second: FlexTensor,
        loss: FlexTensor,
        gradient: FlexTensor,
        step: AdamStep,
    ) -> (FlexTensor, FlexTensor, FlexTensor, FlexTensor) {
        let [mut parameters, mut first, mut second, gradient] = [parameters, first, second, gradient].map(flat);
        let mut loss: f64 = loss.into_data().iter::<f64>().sum();
        let mut take =
            || step.take(parameters.storage_mut(), first.storage_mut(), second.storage_mut(), gradient.storage());
        if loss.is_finite() && !take() {
            loss = f64::NAN;
        }
        (parameters, first, second, number(loss))
    }
}

/// A tensor whose storage is exactly its elements, in order.
fn flat(tensor: FlexTensor) -> FlexTensor {
    let whole = tensor.is_contiguous() && tensor.layout().start_offset() == 0;
    let elements = tensor.layout().num_elements();
    if whole && tensor.storage::<f32>().len() == elements {
        return tensor;
    }
    FlexTensor::from_data(tensor.into_data())
}

fn number(value: f64) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(vec![value], [1]))
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

#[cfg(test)]
mod tests;

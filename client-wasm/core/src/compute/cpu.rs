//! The CPU: burn's flex backend holds the tensors, and the loops of `fedner_kernels` compute on their storage.

use std::cell::RefCell;
use std::sync::Arc;

use burn::backend::{Flex, flex::FlexTensor};
use burn::tensor::TensorData;
use fedner_kernels::{AdamWStep, ForwardContext, PackedSentences, SavedActivations};
use fedner_protocol::Decoder;

use super::backend::{ComputeBackend, StepInput};
use crate::crf::Crf;

thread_local! {
    /// The last batch's activations: the next one uses their memory.
    static SAVED: RefCell<SavedActivations> = RefCell::default();
}

impl ComputeBackend for Flex {
    fn batch_gradient(parameters: FlexTensor, input: Arc<StepInput>) -> (FlexTensor, FlexTensor) {
        let StepInput { layout, labels, decoder, batch, .. } = &*input;
        let parameters = contiguous(parameters);
        let values: &[f32] = parameters.storage();
        let sentences = PackedSentences::new(&batch.lengths);
        let context = context(&input, values, &sentences);
        let mut gradient = vec![0.0; layout.parameters()];
        let loss = SAVED.with_borrow_mut(|saved| {
            let emissions = fedner_kernels::forward(&context, saved);
            let gold: Vec<_> =
                sentences.token_rows().zip(&batch.tags).map(|(rows, gold)| (rows.start, gold.as_slice())).collect();
            let crf = Crf::new(labels, &values[layout.crf()]);
            let mean = match decoder {
                Decoder::Crf => crf.mean_loss(&emissions, gold.into_iter()),
                Decoder::Softmax => crf.mean_loss_of_tokens(&emissions, gold.into_iter()),
            };
            gradient[layout.crf()].copy_from_slice(&mean.scores);
            fedner_kernels::backward(&context, &mean.emissions, saved, &mut gradient);
            mean.loss
        });
        (tensor(gradient, [layout.parameters()]), scalar(loss))
    }

    fn batch_emissions(parameters: FlexTensor, input: Arc<StepInput>) -> FlexTensor {
        let StepInput { layout, batch, .. } = &*input;
        let parameters = contiguous(parameters);
        let sentences = PackedSentences::new(&batch.lengths);
        let context = context(&input, parameters.storage(), &sentences);
        let emissions = SAVED.with_borrow_mut(|saved| fedner_kernels::forward(&context, saved));
        let (places, tags) = (batch.lengths.len() * batch.width, layout.sizes().tags);
        let mut padded = vec![0.0; places * tags];
        for (to, rows) in padded.chunks_mut((batch.width * tags).max(1)).zip(sentences.token_rows()) {
            let from = &emissions[rows.start * tags..rows.end * tags];
            to[..from.len()].copy_from_slice(from);
        }
        tensor(padded, [places, tags])
    }

    fn adamw_step(
        parameters: FlexTensor,
        first: FlexTensor,
        second: FlexTensor,
        loss: FlexTensor,
        gradient: FlexTensor,
        step: AdamWStep,
    ) -> (FlexTensor, FlexTensor, FlexTensor, FlexTensor) {
        let [mut parameters, mut first, mut second, gradient] = [parameters, first, second, gradient].map(contiguous);
        let mut loss: f64 = loss.into_data().iter::<f64>().sum();
        let mut take =
            || step.take(parameters.storage_mut(), first.storage_mut(), second.storage_mut(), gradient.storage());
        if loss.is_finite() && !take() {
            loss = f64::NAN;
        }
        (parameters, first, second, scalar(loss))
    }
}

fn context<'a>(input: &'a StepInput, parameters: &'a [f32], sentences: &'a PackedSentences) -> ForwardContext<'a> {
    ForwardContext {
        layout: &input.layout,
        parameters,
        sentences,
        embedding_rows: &input.batch.rows,
        vectors: &input.batch.vectors,
        width: input.batch.width,
        dropout: input.dropout.as_deref(),
    }
}

/// A tensor whose storage is exactly its elements, in order.
fn contiguous(tensor: FlexTensor) -> FlexTensor {
    let whole = tensor.is_contiguous() && tensor.layout().start_offset() == 0;
    let elements = tensor.layout().num_elements();
    if whole && tensor.storage::<f32>().len() == elements {
        return tensor;
    }
    FlexTensor::from_data(tensor.into_data())
}

fn scalar(value: f64) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(vec![value], [1]))
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

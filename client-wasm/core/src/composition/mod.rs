//! The model as a composition of burn's operations, with burn's automatic differentiation: what the operations of our own
//! are compared with in tests. Nothing else computes with it.

mod forward;
mod lstm;

use burn::tensor::{Tensor, TensorData};

pub(crate) use forward::{BatchInput, emissions};

use crate::{
    batch::Batch,
    model::{Crf, DeviceError, MeanLoss, Model, read, upload},
    training::Gradient,
};

/// A flat tensor for each of the layout's tensors, in order.
pub(crate) fn parameters(model: &Model) -> Vec<Tensor<1>> {
    model.layout().ranges().map(|(_, range)| model.values().clone().slice([range])).collect()
}

/// The loss of a batch and its gradient.
pub(crate) async fn gradient(model: &Model, batch: &Batch, keep: Option<Vec<f32>>) -> Result<Gradient, DeviceError> {
    let (layout, device) = (model.layout(), model.device());
    let tags = layout.labels().tags();
    let mut input = BatchInput::new(batch, &device);
    if let Some(keep) = keep {
        input = input.with_dropout(keep, &device);
    }
    let leaves: Vec<Tensor<1>> = parameters(model).into_iter().map(|tensor| tensor.autodiff().require_grad()).collect();
    let scores = emissions(layout, &leaves, &input);

    let places = batch.lengths.len() * batch.width * tags;
    let crf_range = layout.crf_range();
    let flat = scores.clone().inner().reshape([places]);
    let host = read(Tensor::cat(vec![flat, model.values().clone().slice([crf_range])], 0)).await?;
    let (host_emissions, crf_scores) = host.split_at(places);
    let sentences = batch.tags.iter().enumerate().map(|(at, gold)| (at * batch.width, gold.as_slice()));
    let MeanLoss { loss, emissions: d_emissions, scores: d_crf } =
        Crf::new(layout.labels(), crf_scores).mean_loss(host_emissions, sentences);

    let d_emissions = TensorData::new(d_emissions, [batch.lengths.len() * batch.width, tags]);
    let d_emissions = Tensor::<2>::from_data(d_emissions, &device).autodiff();
    let mut gradients = scores.mul(d_emissions).sum().backward();
    let crf_start = layout.crf_range().start;
    let mut parts = Vec::with_capacity(leaves.len());
    for ((_, range), leaf) in layout.ranges().zip(&leaves).take_while(|((_, range), _)| range.start < crf_start) {
        let zeros = || Tensor::zeros([range.len()], &device);
        parts.push(leaf.grad_remove(&mut gradients).unwrap_or_else(zeros));
    }
    let crf_len = d_crf.len();
    parts.push(Tensor::from_data(TensorData::new(d_crf, [crf_len]), &device));
    Ok(Gradient { loss: upload(vec![loss as f32], &device), values: Tensor::cat(parts, 0) })
}

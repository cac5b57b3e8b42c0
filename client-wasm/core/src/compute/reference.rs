//! The model as a plain composition of burn's operations, with burn's automatic differentiation: the tests compare the CPU's
//! loops and the GPU's kernels with it. Nothing else computes with it.

mod batch_input;
mod dense;
mod embedding;
mod lstm;
mod network;
mod parameters;

use burn::tensor::{Tensor, TensorData};

pub(crate) use batch_input::BatchInput;
pub(crate) use network::emissions;
pub(crate) use parameters::NamedParameters;

use super::gradient::Gradient;
use crate::{
    batch::Batch,
    crf::{Crf, MeanLoss},
    model::{DeviceError, Model, read, upload},
};

/// The loss of a batch and its gradient.
pub(crate) async fn gradient(model: &Model, batch: &Batch, dropout: Option<Vec<f32>>) -> Result<Gradient, DeviceError> {
    let (layout, device) = (model.layout(), model.device());
    let tags = layout.labels().tags();
    let mut input = BatchInput::new(batch, &device);
    if let Some(masks) = dropout {
        input = input.with_dropout(masks, &device);
    }
    let parameters = NamedParameters::of(model).requiring_gradients();
    let scores = emissions(layout, &parameters, &input);

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
    let mut parts = Vec::new();
    for (tensor, range) in layout.ranges().take_while(|(_, range)| range.start < crf_start) {
        let zeros = || Tensor::zeros([range.len()], &device);
        parts.push(parameters.flat(&tensor.name).grad_remove(&mut gradients).unwrap_or_else(zeros));
    }
    // The CRF's scores are the last parameters.
    parts.push(upload(d_crf, &device));
    Ok(Gradient { loss: upload(vec![loss as f32], &device), values: Tensor::cat(parts, 0) })
}

//! Training on a device: one optimiser step, an epoch, scoring.

mod assess;
mod best;
mod course;
mod learn;
mod optimiser;
mod relabel;
mod score;
mod session;
mod tagger;

pub use assess::{Assessment, Prediction, assess, predict};
pub use course::{Course, Finish};
pub use learn::LearnReport;
pub use optimiser::AdamW;
pub use score::{evaluate, tag};
pub use session::{LocalTraining, Session, Standing, TrainReport};

use burn::tensor::{Tensor, TensorData};
use fedner_protocol::TrainingPolicy;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::{
    batch::{Batch, dropout_masks},
    features::FeatureHasher,
    fused::{self, StepInput},
    model::{BatchInput, Crf, DeviceError, MeanLoss, Model, emissions, read},
};

/// Why training stopped.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TrainError {
    /// The device failed or returned nothing.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A loss that is no number: the device computes wrong values, or the learning rate is far too high.
    #[error("the loss of step {step} is {loss}: the device computes wrong values, or the learning rate is too high")]
    NotFinite {
        /// The step.
        step: u64,
        /// Its loss.
        loss: f64,
    },
    /// There is nothing to train on.
    #[error("there is no sentence to train on")]
    NoSentences,
}

/// A batch's loss and the gradient of every parameter.
pub struct Gradient {
    /// Mean negative log likelihood of a sentence.
    pub loss: f64,
    /// Gradient of the loss, `[parameters]`, on the device.
    pub values: Tensor<1>,
}

/// The loss of a batch and its gradient. `keep` holds dropout masks, or nothing for none.
///
/// The CRF runs on the host: the device computes emission scores, the host the loss and its gradient
/// by the emissions, and the device carries that back to every parameter.
///
/// # Errors
/// When the device failed.
pub async fn gradient(model: &Model, batch: &Batch, keep: Option<Vec<f32>>) -> Result<Gradient, DeviceError> {
    let (layout, device) = (model.layout(), model.device());
    if fused::is_on(&device) {
        let (values, loss) = fused::gradient(model, StepInput::new(layout, batch.clone(), keep));
        let loss = loss.into_data_async().await.map_err(|e| DeviceError(format!("{e:?}")))?;
        return Ok(Gradient { loss: loss.iter::<f64>().sum(), values });
    }
    composed_gradient(model, batch, keep).await
}

/// The same as a composition of burn's operations and its automatic differentiation, for every device.
pub(crate) async fn composed_gradient(
    model: &Model,
    batch: &Batch,
    keep: Option<Vec<f32>>,
) -> Result<Gradient, DeviceError> {
    let (layout, device) = (model.layout(), model.device());
    let tags = layout.labels().tags();
    let mut input = BatchInput::new(batch, &device);
    if let Some(keep) = keep {
        input = input.with_dropout(keep, &device);
    }
    let parameters = model.parameters().into_iter();
    let leaves: Vec<Tensor<1>> = parameters.map(|tensor| tensor.autodiff().require_grad()).collect();
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
    Ok(Gradient { loss, values: Tensor::cat(parts, 0) })
}

/// One optimiser step on a batch; returns its loss. Word and channel dropout are drawn from the seed
/// and the step's number, so they are the same on every device and after every restart.
///
/// # Errors
/// When the device failed or the loss is no number; the model is then as it was.
pub async fn step(
    model: &mut Model,
    optimiser: &mut AdamW,
    mut batch: Batch,
    rate: f32,
    policy: &TrainingPolicy,
    seed: u64,
) -> Result<f64, TrainError> {
    let number = optimiser.steps() + 1;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(number);
    batch.hide_forms(&FeatureHasher::new(model.layout().spec()), policy.word_dropout, &mut rng);
    let spec = model.layout().spec();
    let keep = (policy.dropout > 0.0).then(|| dropout_masks(spec, batch.lengths.len(), policy.dropout, &mut rng));
    let Gradient { loss, values } = gradient(model, &batch, keep).await?;
    if !loss.is_finite() {
        return Err(TrainError::NotFinite { step: number, loss });
    }
    optimiser.step(model, values, rate, policy);
    Ok(loss)
}

#[cfg(test)]
pub(crate) mod tests;

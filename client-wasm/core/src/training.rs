//! Training: one optimiser step, and the schedules of local, federated and background training.

mod background;
mod best_checkpoint;
mod federated;
mod local;
mod optimiser;
mod pending;
mod schedule;
mod scoring;
mod steps;

pub use federated::FinishOutcome;
pub use local::{LocalTraining, TrainReport};
pub use optimiser::AdamW;
pub use pending::{Ahead, PendingLoss};
pub use schedule::{FederatedSchedule, Schedule};

use std::borrow::Cow;

use burn::tensor::Tensor;
use fedner_protocol::TrainingPolicy;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::{
    batch::{Batch, dropout_masks},
    features::FeatureHasher,
    fused::{self, StepInput},
    model::{DeviceError, Model, read, upload},
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

/// A batch's loss and the gradient of every parameter, on the device.
pub struct Gradient {
    /// Mean negative log likelihood of a sentence, `[1]`.
    pub loss: Tensor<1>,
    /// Gradient of the loss, `[parameters]`.
    pub values: Tensor<1>,
}

impl Gradient {
    /// Reads the loss back, which waits until the device has computed it.
    ///
    /// # Errors
    /// When the device failed.
    pub async fn read_loss(&self) -> Result<f64, DeviceError> {
        read_loss(self.loss.clone()).await
    }
}

pub(crate) async fn read_loss(loss: Tensor<1>) -> Result<f64, DeviceError> {
    Ok(loss.into_data_async().await.map_err(|e| DeviceError(format!("{e:?}")))?.iter::<f64>().sum())
}

/// The loss of a batch and its gradient. `keep` holds dropout masks, or nothing for none.
///
/// # Errors
/// When the device failed.
pub async fn gradient(model: &Model, batch: &Batch, keep: Option<Vec<f32>>) -> Result<Gradient, DeviceError> {
    let near = fused::where_taken(model, batch).await?;
    let (mut values, mut loss) = fused::gradient(&near, StepInput::new(model.layout(), batch.clone(), keep));
    if matches!(near, Cow::Owned(_)) {
        values = upload(read(values).await?, &model.device());
        loss = upload(vec![read_loss(loss).await? as f32], &model.device());
    }
    Ok(Gradient { loss, values })
}

/// Has the device take one optimiser step on a batch, and does not wait for it. Word and channel dropout are drawn from the
/// seed and the step's number, so they are the same on every device and after every restart.
///
/// # Errors
/// When the device failed. That a loss is no number is known when it is; the step has not changed the model then.
pub async fn step(
    model: &mut Model,
    optimiser: &mut AdamW,
    mut batch: Batch,
    rate: f32,
    policy: &TrainingPolicy,
    seed: u64,
) -> Result<PendingLoss, DeviceError> {
    let number = optimiser.steps() + 1;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(number);
    batch.hide_forms(&FeatureHasher::new(model.layout().spec()), policy.word_dropout, &mut rng);
    let spec = model.layout().spec();
    let keep = (policy.dropout > 0.0).then(|| dropout_masks(spec, batch.lengths.len(), policy.dropout, &mut rng));
    let gradient = gradient(model, &batch, keep).await?;
    let loss = optimiser.step(model, gradient, rate, policy);
    Ok(PendingLoss::of(number, loss))
}

#[cfg(test)]
pub(crate) mod tests;

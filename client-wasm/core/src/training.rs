//! Training: one optimiser step, and the schedules of local, federated and background training.

mod background;
mod best_checkpoint;
mod federated;
mod local;
mod loss_queue;
mod schedule;
mod scoring;
mod steps;

pub use federated::FinishOutcome;
pub use local::{LocalTraining, TrainReport, TrainingLength};
pub use loss_queue::{LossQueue, PendingLoss};
pub use schedule::{FederatedSchedule, Schedule};

use fedner_protocol::TrainingPolicy;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::{
    batch::{Batch, dropout_masks},
    compute::{AdamW, gradient},
    corpus::NotRead,
    features::FeatureHasher,
    model::{DeviceError, LayoutError, Model},
    session::SaveError,
};

/// Why training stopped.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TrainError {
    /// The device failed or returned nothing.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// Parameters that don't fit the model.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// A checkpoint can't be written.
    #[error("{0}")]
    Encoding(String),
    /// A loss that is not finite: the device computes wrong values, or the learning rate is far too high.
    #[error("the loss of step {step} is {loss}: the device computes wrong values, or the learning rate is too high")]
    NotFinite {
        /// The step.
        step: u64,
        /// Its loss.
        loss: f64,
    },
    /// The model reads word vectors, and the sentences have none of its encoder's.
    #[error(transparent)]
    NotRead(#[from] NotRead),
    /// There is nothing to train on.
    #[error("there is no sentence to train on")]
    NoSentences,
}

impl From<SaveError> for TrainError {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Device(error) => error.into(),
            SaveError::Encoding(_) => Self::Encoding(error.to_string()),
        }
    }
}

/// Has the device take one optimiser step on a batch, and does not wait for it. Word and channel dropout are drawn from the
/// seed and the step's number, so they are the same on every device and after every restart.
///
/// # Errors
/// When the device failed. A loss that is not finite is only found when it is read; the step has not changed the model then.
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
    let dropout = (policy.dropout > 0.0).then(|| dropout_masks(spec, batch.lengths.len(), policy.dropout, &mut rng));
    let gradient = gradient(model, &batch, dropout).await?;
    let loss = optimiser.step(model, gradient, rate, policy);
    Ok(PendingLoss::new(number, loss))
}

#[cfg(test)]
pub(crate) mod tests;

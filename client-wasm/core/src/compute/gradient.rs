//! A batch's gradient and its emission scores, on whichever device can compute them.

use std::borrow::Cow;

use burn::tensor::Tensor;

use super::backend::{StepInput, batch_emissions, batch_gradient};
use super::placement::on_capable_device;
use crate::{
    batch::Batch,
    model::{DeviceError, Model, read, upload},
};

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

/// Reads a loss, `[1]`, back.
pub(crate) async fn read_loss(loss: Tensor<1>) -> Result<f64, DeviceError> {
    Ok(loss.into_data_async().await.map_err(|e| DeviceError(format!("{e:?}")))?.iter::<f64>().sum())
}

/// The loss of a batch and its gradient, on the model's device. `dropout` holds scaled dropout masks, or nothing for none.
///
/// # Errors
/// When the device failed.
pub async fn gradient(model: &Model, batch: &Batch, dropout: Option<Vec<f32>>) -> Result<Gradient, DeviceError> {
    let capable = on_capable_device(model, batch).await?;
    let (mut values, mut loss) = batch_gradient(&capable, StepInput::new(model.layout(), batch.clone(), dropout));
    if matches!(capable, Cow::Owned(_)) {
        values = upload(read(values).await?, &model.device());
        loss = upload(vec![read_loss(loss).await? as f32], &model.device());
    }
    Ok(Gradient { loss, values })
}

/// Emission scores of a batch, `[sentences, width, tags]`, read back; 0 for padding.
///
/// # Errors
/// When the device failed.
pub async fn emissions(model: &Model, batch: &Batch) -> Result<Vec<f32>, DeviceError> {
    let capable = on_capable_device(model, batch).await?;
    read(batch_emissions(&capable, StepInput::new(model.layout(), batch.clone(), None))).await
}

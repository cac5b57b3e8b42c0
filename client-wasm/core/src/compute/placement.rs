//! Which device computes a batch: the model's own, or the CPU where that one can't.

use std::borrow::Cow;

#[cfg(feature = "webgpu")]
use burn::backend::DispatchDevice;
use burn::tensor::Device;

use crate::{
    batch::Batch,
    model::{DeviceError, Model},
};

#[cfg(feature = "webgpu")]
use super::webgpu;

/// The model on a device that can compute this batch: where it is, or copied to the CPU, which computes every batch.
///
/// # Errors
/// When the device failed.
pub async fn on_capable_device<'m>(model: &'m Model, batch: &Batch) -> Result<Cow<'m, Model>, DeviceError> {
    if can_compute(model, batch) {
        return Ok(Cow::Borrowed(model));
    }
    let (layout, values) = (model.layout().clone(), model.read().await?);
    Model::from_values(layout, values, &Device::flex()).map(Cow::Owned).map_err(|error| DeviceError(error.to_string()))
}

#[cfg(feature = "webgpu")]
fn can_compute(model: &Model, batch: &Batch) -> bool {
    match model.device().as_dispatch() {
        DispatchDevice::Cube(_) => webgpu::can_compute(model.layout(), batch),
        _ => true,
    }
}

#[cfg(not(feature = "webgpu"))]
fn can_compute(_: &Model, _: &Batch) -> bool {
    true
}

/// Kernels that were launched on this thread so far; 0 on devices that launch none.
pub fn launches() -> u64 {
    #[cfg(feature = "webgpu")]
    return webgpu::launches();
    #[cfg(not(feature = "webgpu"))]
    0
}

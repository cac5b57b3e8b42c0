//! The model: FedNER's split into a shared and a private module (Ge et al. 2020), over one flat
//! parameter buffer.

mod layout;
mod tensor_names;

pub use fedner_kernels::LayoutError;
pub use layout::Layout;
pub(crate) use layout::TagDimensions;

use burn::tensor::{Device, Tensor, TensorData};
use fedner_protocol::{Digest, ModelSpec};

use crate::{crf::Temperature, labels::LabelSet};

/// A device that failed, lost its memory, or returned nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the device failed: {0}")]
pub struct DeviceError(pub String);

/// A model on a device: its layout, and all its parameters as one flat tensor, shared ones first.
#[derive(Debug, Clone)]
pub struct Model {
    layout: Layout,
    values: Tensor<1>,
    /// Neutral until one is chosen for these parameters.
    temperature: Temperature,
}

impl Model {
    /// A new model. The shared module is drawn as a server would draw it from the same seed, the
    /// private one from a seed derived from it.
    pub fn draw(spec: &ModelSpec, labels: &LabelSet, seed: u64, device: &Device) -> Self {
        let layout = Layout::new(spec, labels);
        let mut values = layout.manifest().draw(seed);
        values.extend(layout.draw_private(seed));
        Self::on_device(layout, values, device)
    }

    /// A model with given parameters, in the layout's order.
    ///
    /// # Errors
    /// When their number is not the layout's.
    pub fn from_values(layout: Layout, values: Vec<f32>, device: &Device) -> Result<Self, LayoutError> {
        let (expected, found) = (layout.parameters(), values.len());
        if found != expected {
            return Err(LayoutError::Count { module: "the model", expected, found });
        }
        Ok(Self::on_device(layout, values, device))
    }

    /// A model with as many parameters as its layout has.
    pub(crate) fn on_device(layout: Layout, values: Vec<f32>, device: &Device) -> Self {
        Self { layout, values: upload(values, device), temperature: Temperature::NEUTRAL }
    }

    /// Names, shapes and order of the parameters.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The device the parameters are on.
    pub fn device(&self) -> Device {
        self.values.device()
    }

    /// All parameters on the device, shape `[parameters]`.
    pub fn values(&self) -> &Tensor<1> {
        &self.values
    }

    /// Takes the parameters out to change them in place; [`Model::set_values`] puts them back.
    pub(crate) fn take_values(&mut self) -> Tensor<1> {
        let empty = Tensor::zeros([1], &self.device());
        std::mem::replace(&mut self.values, empty)
    }

    /// Replaces the parameters; the temperature becomes neutral, since it was chosen for the old ones.
    pub fn set_values(&mut self, values: Tensor<1>) {
        debug_assert_eq!(values.dims(), [self.layout.parameters()]);
        self.values = values;
        self.temperature = Temperature::NEUTRAL;
    }

    /// The temperature of the confidences. It belongs to the private module: no update contains it.
    pub fn temperature(&self) -> Temperature {
        self.temperature
    }

    /// Sets the temperature that was chosen for the present parameters.
    pub(crate) fn set_temperature(&mut self, temperature: Temperature) {
        self.temperature = temperature;
    }

    /// Reads all parameters back.
    ///
    /// # Errors
    /// When the device failed.
    pub async fn read(&self) -> Result<Vec<f32>, DeviceError> {
        read(self.values.clone()).await
    }

    /// Reads the shared module back, in the manifest's order.
    ///
    /// # Errors
    /// When the device failed.
    pub async fn read_shared(&self) -> Result<Vec<f32>, DeviceError> {
        read(self.values.clone().slice(0..self.layout.shared_parameters())).await
    }

    /// Replaces the shared module by a global one; the private module stays as it is.
    ///
    /// # Errors
    /// When the number of values is not the manifest's.
    pub fn set_shared(&mut self, shared: Vec<f32>) -> Result<(), LayoutError> {
        let (expected, found) = (self.layout.shared_parameters(), shared.len());
        if found != expected {
            return Err(LayoutError::Count { module: "the shared module", expected, found });
        }
        let private = self.values.clone().slice(expected..self.layout.parameters());
        self.set_values(Tensor::cat(vec![upload(shared, &self.device()), private], 0));
        Ok(())
    }

    /// SHA-256 over all parameters' bytes: equal digests mean equal models.
    ///
    /// # Errors
    /// When the device failed.
    pub async fn digest(&self) -> Result<Digest, DeviceError> {
        Ok(Digest::of_values([self.read().await?.as_slice()]))
    }
}

/// Copies values to a device as a flat tensor.
pub(crate) fn upload(values: Vec<f32>, device: &Device) -> Tensor<1> {
    let len = values.len();
    Tensor::from_data(TensorData::new(values, [len]), device)
}

/// Copies a tensor back. Never blocks: a synchronous read of a WebGPU buffer panics in a browser.
pub(crate) async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, DeviceError> {
    let data = tensor.into_data_async().await.map_err(|e| DeviceError(format!("{e:?}")))?;
    data.try_into_vec::<f32>().map_err(|e| DeviceError(format!("{e:?}")))
}

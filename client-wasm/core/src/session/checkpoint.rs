//! A session as one safetensors file: shared and private tensors by name, the optimiser's moments, the label set and the
//! session's state, and the models that are kept beside it. It holds no credential and no text.

use std::borrow::Cow;
use std::collections::HashMap;

use burn::tensor::Device;
use fedner_protocol::{Digest, ModelSpec, bytes_to_values, values_to_bytes};
use safetensors::tensor::{Dtype, SafeTensors, View};
use serde::{Deserialize, Serialize};

use crate::{
    compute::AdamW,
    crf::Temperature,
    labels::LabelSet,
    model::{DeviceError, Layout, Model},
    observer::Observer,
    session::{
        Session, SessionState,
        stored_models::{self, StoredModels},
    },
};

/// Version of the format; it is raised when files of older versions can no longer be read.
const FORMAT: u32 = 1;
/// The one metadata key; its value is JSON.
const METADATA_KEY: &str = "fedner";
/// Name prefix of shared tensors; private ones start with `private.` already.
const SHARED: &str = "shared.";
/// Largest checkpoint that is read, in bytes.
const BYTES_MAX: usize = 512 << 20;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    format: u32,
    model: ModelSpec,
    labels: Vec<String>,
    /// Named as the first version named it.
    #[serde(rename = "standing")]
    state: SessionState,
    optimiser_steps: u64,
    /// The temperature of its confidences, where one was chosen.
    #[serde(default, skip_serializing_if = "Temperature::is_neutral")]
    temperature: Temperature,
    /// Over the tensors' bytes, in the layout's order.
    digest: Digest,
}

/// Why bytes are not a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not a safetensors file with this program's metadata.
    #[error("this is not a saved FedNER model: {0}")]
    NotACheckpoint(String),
    /// Written by a newer or older program.
    #[error("this model was saved in format {0}; this page reads format {FORMAT}")]
    Format(u32),
    /// A shared module of a model with other sizes.
    #[error("this shared module was learnt by models of other sizes than this page's")]
    OtherSizes,
    /// A tensor is missing or has another shape.
    #[error("the saved model is incomplete: {0}")]
    Tensor(String),
    /// The bytes were changed after saving.
    #[error("the saved model is damaged: its tensors don't have the digest it was saved with")]
    Damaged,
}

/// Why a model can't be saved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SaveError {
    /// The device failed, or computed a parameter that is not finite.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The values can't be encoded as a file.
    #[error("the model can't be written as a file: {0}")]
    Encoding(String),
}

impl Session {
    /// Writes the session.
    ///
    /// # Errors
    /// When the device failed, a parameter is not finite, or the file can't be encoded.
    pub async fn save(&self) -> Result<Vec<u8>, SaveError> {
        let layout = self.model.layout();
        let values = self.model.read().await?;
        if let Some(at) = values.iter().position(|v| !v.is_finite()) {
            // Such a model must neither replace the last good checkpoint nor be sent.
            return Err(DeviceError(format!("it computed a value that is not finite (parameter {at})")).into());
        }
        let (first, second) = self.optimiser.read().await?;
        let metadata = Metadata {
            format: FORMAT,
            model: layout.spec().clone(),
            labels: layout.labels().types().to_vec(),
            state: self.state.clone(),
            optimiser_steps: self.optimiser.steps(),
            temperature: self.model.temperature(),
            digest: Digest::of_values([values.as_slice(), &first, &second]),
        };
        let metadata = serde_json::to_string(&metadata).map_err(|e| SaveError::Encoding(e.to_string()))?;
        let mut views: Vec<(String, Values<'_>)> = named_tensors(layout)
            .map(|(name, shape, range)| (name, Values { shape, values: &values[range] }))
            .collect();
        for (name, values) in [("optimiser.first", &first), ("optimiser.second", &second)] {
            views.push((name.to_owned(), Values { shape: vec![layout.parameters()], values }));
        }
        let mut header = HashMap::from([(METADATA_KEY.to_owned(), metadata)]);
        let stored = StoredModels::of(self).await?;
        stored.write(&mut header, &mut views);
        safetensors::serialize(views, Some(header)).map_err(|e| SaveError::Encoding(e.to_string()))
    }

    /// Hands a checkpoint to the observer.
    pub(crate) async fn report_checkpoint(&mut self, observer: &mut impl Observer) -> Result<(), SaveError> {
        observer.checkpoint(self.save().await?);
        self.unsaved_steps = 0;
        Ok(())
    }

    /// Reads a session onto a device.
    ///
    /// # Errors
    /// When the bytes are not an undamaged checkpoint.
    pub fn restore(bytes: &[u8], device: &Device) -> Result<Self, CheckpointError> {
        let not = |e: String| CheckpointError::NotACheckpoint(e);
        if bytes.len() > BYTES_MAX {
            return Err(not(format!("{} bytes are more than {BYTES_MAX}", bytes.len())));
        }
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| not(e.to_string()))?;
        let entries = header.metadata().clone().unwrap_or_default();
        let metadata = entries.get(METADATA_KEY).ok_or_else(|| not("it has no \"fedner\" metadata".to_owned()))?;
        let metadata: Metadata = serde_json::from_str(metadata).map_err(|e| not(e.to_string()))?;
        if metadata.format != FORMAT {
            return Err(CheckpointError::Format(metadata.format));
        }
        metadata.model.validate().map_err(|e| not(e.to_string()))?;
        let labels = LabelSet::new(metadata.labels).map_err(|e| not(e.to_string()))?;
        let layout = Layout::new(&metadata.model, &labels);

        let file = SafeTensors::deserialize(bytes).map_err(|e| not(e.to_string()))?;
        let mut values = Vec::with_capacity(layout.parameters() * 4);
        for (name, shape, _) in named_tensors(&layout) {
            values.extend_from_slice(tensor(&file, &name, &shape)?);
        }
        let flat = [layout.parameters()];
        let first = tensor(&file, "optimiser.first", &flat)?;
        let second = tensor(&file, "optimiser.second", &flat)?;
        if Digest::of_parts([values.as_slice(), first, second]) != metadata.digest {
            return Err(CheckpointError::Damaged);
        }
        let optimiser = AdamW::restore(
            &layout,
            bytes_to_values(first).collect(),
            bytes_to_values(second).collect(),
            metadata.optimiser_steps,
            device,
        );
        let mut model = Model::from_values(layout, bytes_to_values(&values).collect(), device)
            .map_err(|e| CheckpointError::Tensor(e.to_string()))?;
        model.set_temperature(metadata.temperature);
        let state = metadata.state;
        let models = stored_models::read(&entries, &file, &state, device)?;
        Ok(Self { model, optimiser, state, models, unsaved_steps: 0 })
    }
}

/// A tensor to write. Its bytes are made only when it is written, so that not all tensors are in memory twice.
pub(super) struct Values<'v> {
    pub shape: Vec<usize>,
    pub values: &'v [f32],
}

impl View for Values<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Owned(values_to_bytes(self.values))
    }

    fn data_len(&self) -> usize {
        size_of_val(self.values)
    }
}

/// Each tensor's name in the file, its shape, and its range in the flat buffer.
fn named_tensors(layout: &Layout) -> impl Iterator<Item = (String, Vec<usize>, std::ops::Range<usize>)> {
    layout.ranges().map(|(tensor, range)| {
        let private = range.start >= layout.shared_parameters();
        let name = if private { tensor.name.clone() } else { format!("{SHARED}{}", tensor.name) };
        (name, tensor.shape.clone(), range)
    })
}

/// The bytes of a tensor of this shape.
pub(super) fn tensor<'a>(file: &SafeTensors<'a>, name: &str, shape: &[usize]) -> Result<&'a [u8], CheckpointError> {
    let view = file.tensor(name).map_err(|_| CheckpointError::Tensor(format!("tensor {name:?} is missing")))?;
    if view.dtype() != Dtype::F32 || view.shape() != shape {
        let found = format!("{:?} {:?}", view.dtype(), view.shape());
        return Err(CheckpointError::Tensor(format!("tensor {name:?} is {found}, it should be F32 {shape:?}")));
    }
    Ok(view.data())
}

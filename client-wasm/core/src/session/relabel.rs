//! Another label set for a trained model; what it knows of labels in both sets is kept.

use std::{collections::BTreeMap, ops::Range};

use fedner_protocol::TensorSpec;

use super::Session;
use crate::{
    compute::AdamW,
    labels::{LabelSet, Tag},
    model::{DeviceError, Layout, Model, TagDimensions},
    observer::{Event, Observer},
};

impl Session {
    /// This session for another label set: the shared module, the private encoder and all that the output layer, the
    /// CRF and the optimiser know of labels in both sets are kept; new labels start from random values. The
    /// change is reported; where labels are removed, as [`Event::Replaced`]. The models beside it stay as they are.
    ///
    /// # Errors
    /// When the device failed.
    pub async fn with_labels(&self, labels: &LabelSet, observer: &mut impl Observer) -> Result<Self, DeviceError> {
        let old = self.model.layout();
        if old.labels() == labels {
            return Ok(self.clone());
        }
        let (new, device) = (Layout::new(old.spec(), labels), self.model.device());
        let mut fresh = vec![0.0; new.shared_parameters()];
        fresh.extend(new.draw_private(self.state.seed));
        let zeros = vec![0.0; new.parameters()];
        let (first, second) = self.optimiser.read().await?;
        let values = carry_over(old, &self.model.read().await?, &new, fresh);
        let first = carry_over(old, &first, &new, zeros.clone());
        let second = carry_over(old, &second, &new, zeros);
        report_change(old.labels(), labels, observer);
        let optimiser = AdamW::restore(&new, first, second, self.optimiser.steps(), &device);
        let model = Model::on_device(new, values, &device);
        let (state, models) = (self.state.clone(), self.models.clone());
        Ok(Self { model, optimiser, state, models, unsaved_steps: self.unsaved_steps })
    }
}

fn report_change(old: &LabelSet, new: &LabelSet, observer: &mut impl Observer) {
    let missing = |from: &LabelSet, of: &LabelSet| -> Vec<String> {
        of.types().iter().filter(|name| from.index(name).is_none()).cloned().collect()
    };
    let (lost, added) = (missing(new, old), missing(old, new));
    if !lost.is_empty() {
        let lost = lost.join(", ");
        let reason = format!("the model goes on without these labels: {lost}; what it knows of the others is kept");
        observer.event(Event::Replaced { reason });
    } else if !added.is_empty() {
        let message = format!("new labels for the model: {}; what it knows is kept", added.join(", "));
        observer.event(Event::Notice { message });
    }
}

/// The old layout's values where the new one has the same, and `fresh` ones elsewhere.
fn carry_over(old: &Layout, values: &[f32], new: &Layout, fresh: Vec<f32>) -> Vec<f32> {
    let from: Vec<Option<usize>> =
        new.labels().all_tags().map(|tag| old_tag(old.labels(), new.labels(), tag)).collect();
    let old_tensors: BTreeMap<&str, (&TensorSpec, Range<usize>)> =
        old.ranges().map(|(tensor, range)| (tensor.name.as_str(), (tensor, range))).collect();
    let mut carried = fresh;
    for (tensor, target) in new.ranges() {
        let Some((old_tensor, source)) = old_tensors.get(tensor.name.as_str()) else { continue };
        let (source, target) = (&values[source.clone()], &mut carried[target]);
        let dimensions = new.tag_dimensions(&tensor.name);
        if dimensions == TagDimensions::None {
            target.copy_from_slice(source);
            continue;
        }
        let row_of = |row: usize| if dimensions == TagDimensions::RowsAndColumns { from[row] } else { Some(row) };
        let (width, old_width) = (columns(tensor), columns(old_tensor));
        for (at, value) in target.iter_mut().enumerate() {
            if let (Some(row), Some(column)) = (row_of(at / width), from[at % width]) {
                *value = source[row * old_width + column];
            }
        }
    }
    carried
}

fn columns(tensor: &TensorSpec) -> usize {
    tensor.shape.last().copied().unwrap_or(1)
}

/// The index of the old set's tag with the same name.
fn old_tag(old: &LabelSet, new: &LabelSet, tag: Tag) -> Option<usize> {
    old.tag(&new.tag_name(tag)).map(Tag::index)
}

//! A model's parameters as one tensor each, found by name.

use std::collections::BTreeMap;

use burn::tensor::Tensor;

use crate::model::{Layout, Model};

/// The tensors by name.
pub(crate) struct NamedParameters(BTreeMap<String, Tensor<1>>);

impl NamedParameters {
    /// A model's parameters.
    pub fn of(model: &Model) -> Self {
        let tensor = |(name, range)| (name, model.values().clone().slice([range]));
        Self(names_and_ranges(model.layout()).map(tensor).collect())
    }

    /// The same, each with a gradient to come.
    pub fn requiring_gradients(self) -> Self {
        Self(self.0.into_iter().map(|(name, tensor)| (name, tensor.autodiff().require_grad())).collect())
    }

    /// A tensor of a shape.
    pub fn get<const D: usize>(&self, name: &str, shape: [usize; D]) -> Tensor<D> {
        self.flat(name).clone().reshape(shape)
    }

    /// A tensor as it lies in the flat buffer.
    pub fn flat(&self, name: &str) -> &Tensor<1> {
        self.0.get(name).unwrap_or_else(|| panic!("the model has no tensor {name:?}"))
    }
}

fn names_and_ranges(layout: &Layout) -> impl Iterator<Item = (String, std::ops::Range<usize>)> {
    layout.ranges().map(|(tensor, range)| (tensor.name.clone(), range))
}

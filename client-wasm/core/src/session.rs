//! A model in training: its parameters, its optimiser's state, and what it was trained on so far.

mod checkpoint;
mod relabel;
mod shared_module;
mod state;

pub use checkpoint::{CheckpointError, SaveError};
pub use state::SessionState;

use burn::tensor::Device;
use fedner_protocol::ModelSpec;

use crate::{compute::AdamW, labels::LabelSet, model::Model};

/// A model, its optimiser and its state.
#[derive(Debug, Clone)]
pub struct Session {
    /// The model.
    pub model: Model,
    /// The optimiser.
    pub optimiser: AdamW,
    /// What it was trained on so far.
    pub state: SessionState,
    /// Steps since the last checkpoint, or since the session was made or restored.
    pub(crate) unsaved_steps: u64,
}

impl Session {
    /// A new model for a label set.
    pub fn new(spec: &ModelSpec, labels: &LabelSet, seed: u64, device: &Device) -> Self {
        let model = Model::draw(spec, labels, seed, device);
        let optimiser = AdamW::new(model.layout(), device);
        Self { model, optimiser, state: SessionState { seed, ..SessionState::default() }, unsaved_steps: 0 }
    }
}

//! A model in training: its parameters, its optimiser's state, what it was trained on so far, and the models that are kept
//! beside it.

mod checkpoint;
mod kept_model;
mod relabel;
mod shared_module;
mod site_models;
mod state;
mod stored_models;

pub use checkpoint::{CheckpointError, SaveError};
pub use kept_model::{KeptModel, Origin};
pub use site_models::{Choice, FederationModels, ModelReport, ModelsReport, SiteModels, Which};
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
    /// The models beside it, of which one may be in use in its place.
    pub models: SiteModels,
    /// Steps since the last checkpoint, or since the session was made or restored.
    pub(crate) unsaved_steps: u64,
}

impl Session {
    /// A new model for a label set.
    pub fn new(spec: &ModelSpec, labels: &LabelSet, seed: u64, device: &Device) -> Self {
        let model = Model::draw(spec, labels, seed, device);
        let optimiser = AdamW::new(model.layout(), device);
        let state = SessionState { seed, ..SessionState::default() };
        Self { model, optimiser, state, models: SiteModels::Session { origin: Origin::Alone }, unsaved_steps: 0 }
    }
}

//! The models beside a session in its checkpoint file: a second metadata entry and a flat tensor each. Programs that don't
//! know them read the session alone.

use std::collections::HashMap;

use burn::tensor::Device;
use fedner_protocol::{Digest, ModelSpec, bytes_to_values};
use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};

use super::{
    CheckpointError, FederationModels, KeptModel, Origin, SaveError, Session, SessionState, SiteModels,
    checkpoint::{Values, tensor},
};
use crate::{
    crf::Temperature,
    labels::LabelSet,
    model::{Layout, Model},
    scores::{Scores, SentenceOutcome},
};

/// The metadata entry; its value is JSON.
const METADATA_KEY: &str = "fedner-models";
/// Names of the tensors, `[parameters]` each.
const OWN: &str = "models.own";
const BEST: &str = "models.federation";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(clippy::large_enum_variant, reason = "a file has one")]
enum Metadata {
    Session { origin: Origin },
    Federation { own: Option<KeptMetadata>, best: Option<KeptMetadata> },
}

#[derive(Serialize, Deserialize)]
struct KeptMetadata {
    model: ModelSpec,
    labels: Vec<String>,
    state: SessionState,
    steps: u64,
    scores: Option<Scores>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    outcomes: Vec<SentenceOutcome>,
    origin: Origin,
    #[serde(default, skip_serializing_if = "Temperature::is_neutral")]
    temperature: Temperature,
    digest: Digest,
}

/// What a checkpoint holds of the models beside its session.
#[derive(Default)]
pub(super) struct StoredModels {
    metadata: Option<String>,
    tensors: Vec<(&'static str, Vec<f32>)>,
}

impl StoredModels {
    /// Reads the models of a session from its device.
    pub async fn of(session: &Session) -> Result<Self, SaveError> {
        let mut stored = Self::default();
        let metadata = match &session.models {
            // Most sessions; they need no entry, and their files are those of earlier versions.
            SiteModels::Session { origin } if *origin == Origin::of(&session.state) => return Ok(stored),
            SiteModels::Session { origin } => Metadata::Session { origin: origin.clone() },
            SiteModels::Federation(FederationModels { own, best }) => Metadata::Federation {
                own: stored.add(OWN, own.as_ref()).await?,
                best: stored.add(BEST, best.as_ref()).await?,
            },
        };
        let text = serde_json::to_string(&metadata);
        stored.metadata = Some(text.map_err(|e| SaveError::Encoding(e.to_string()))?);
        Ok(stored)
    }

    async fn add(&mut self, name: &'static str, kept: Option<&KeptModel>) -> Result<Option<KeptMetadata>, SaveError> {
        let Some(KeptModel { model, state, steps, scores, origin }) = kept.cloned() else { return Ok(None) };
        let values = model.read().await?;
        let metadata = KeptMetadata {
            model: model.layout().spec().clone(),
            labels: model.layout().labels().types().to_vec(),
            state,
            steps,
            outcomes: scores.as_ref().map(|scores| scores.outcomes.clone()).unwrap_or_default(),
            scores,
            origin,
            temperature: model.temperature(),
            digest: Digest::of_values([values.as_slice()]),
        };
        self.tensors.push((name, values));
        Ok(Some(metadata))
    }

    /// Adds them to what is written.
    pub fn write<'v>(&'v self, header: &mut HashMap<String, String>, views: &mut Vec<(String, Values<'v>)>) {
        header.extend(self.metadata.iter().map(|text| (METADATA_KEY.to_owned(), text.clone())));
        let view = |(name, values): &'v (&'static str, Vec<f32>)| {
            ((*name).to_owned(), Values { shape: vec![values.len()], values })
        };
        views.extend(self.tensors.iter().map(view));
    }
}

/// The models beside a session with this state, from its checkpoint.
pub(super) fn read(
    header: &HashMap<String, String>,
    file: &SafeTensors<'_>,
    state: &SessionState,
    device: &Device,
) -> Result<SiteModels, CheckpointError> {
    let Some(metadata) = header.get(METADATA_KEY) else {
        return Ok(SiteModels::Session { origin: Origin::of(state) });
    };
    match serde_json::from_str(metadata).map_err(not_a_checkpoint)? {
        Metadata::Session { origin } => Ok(SiteModels::Session { origin }),
        Metadata::Federation { own, best } => {
            let kept = |name, metadata: Option<KeptMetadata>| metadata.map(|m| m.read(name, file, device)).transpose();
            Ok(SiteModels::Federation(FederationModels { own: kept(OWN, own)?, best: kept(BEST, best)? }))
        }
    }
}

impl KeptMetadata {
    fn read(self, name: &str, file: &SafeTensors<'_>, device: &Device) -> Result<KeptModel, CheckpointError> {
        self.model.validate().map_err(not_a_checkpoint)?;
        let labels = LabelSet::new(self.labels).map_err(not_a_checkpoint)?;
        let layout = Layout::new(&self.model, &labels);
        let bytes = tensor(file, name, &[layout.parameters()])?;
        if Digest::of_parts([bytes]) != self.digest {
            return Err(CheckpointError::Damaged);
        }
        let mut model = Model::from_values(layout, bytes_to_values(bytes).collect(), device)
            .map_err(|e| CheckpointError::Tensor(e.to_string()))?;
        model.set_temperature(self.temperature);
        let Self { state, steps, mut scores, outcomes, origin, .. } = self;
        if let Some(scores) = &mut scores {
            scores.outcomes = outcomes;
        }
        Ok(KeptModel { model, state, steps, scores, origin })
    }
}

fn not_a_checkpoint(error: impl ToString) -> CheckpointError {
    CheckpointError::NotACheckpoint(error.to_string())
}

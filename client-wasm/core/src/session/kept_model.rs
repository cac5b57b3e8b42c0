//! A model that is kept beside the session that trains: without the optimiser's moments, with its scores.

use fedner_protocol::FederationId;
use serde::{Deserialize, Serialize};

use super::{Session, SessionState, SiteModels};
use crate::{
    compute::AdamW,
    corpus::Corpus,
    model::{DeviceError, Model},
    observer::{NoopObserver, Observer},
    scores::Scores,
};

/// Where a model comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "ModelOrigin"))]
pub enum Origin {
    /// Trained at this site, without a federation since.
    Alone,
    /// Trained at this site alone, beside a federation, to be compared with its model.
    Baseline,
    /// Taken in from a file.
    Loaded,
    /// From a round of a federation: merged in it, or trained at this site in it.
    Round {
        /// The federation.
        #[cfg_attr(feature = "typescript", ts(type = "string"))]
        federation: FederationId,
        /// The round, from 1; 0 for the model that the federation began with.
        round: u32,
    },
    /// From a federation that is finished, trained on at this site alone.
    Finish {
        /// The federation.
        #[cfg_attr(feature = "typescript", ts(type = "string"))]
        federation: FederationId,
        /// Passes over the site's notes since the last round.
        passes: u32,
    },
    /// The mean of the shared modules of a finished federation's model and of the site's own.
    Interpolated {
        /// The federation.
        #[cfg_attr(feature = "typescript", ts(type = "string"))]
        federation: FederationId,
    },
}

impl Origin {
    /// What a session's state says of its model.
    pub(crate) fn of(state: &SessionState) -> Self {
        let (round, passes) = (state.version, state.finish_passes);
        match state.federation.clone() {
            None => Self::Alone,
            Some(federation) if passes > 0 => Self::Finish { federation, passes },
            Some(federation) => Self::Round { federation, round },
        }
    }

    /// The federation that it comes from, if it comes from one.
    pub fn federation(&self) -> Option<&FederationId> {
        match self {
            Self::Alone | Self::Baseline | Self::Loaded => None,
            Self::Round { federation, .. } | Self::Finish { federation, .. } | Self::Interpolated { federation } => {
                Some(federation)
            }
        }
    }
}

/// A model that is kept beside a session.
#[derive(Debug, Clone)]
pub struct KeptModel {
    /// The model.
    pub model: Model,
    /// What it was trained on.
    pub state: SessionState,
    /// Optimiser steps that were taken for it.
    pub steps: u64,
    /// Scores on the held-out notes when it was scored last; `None` without such notes.
    pub scores: Option<Scores>,
    /// Where it comes from.
    pub origin: Origin,
}

impl KeptModel {
    /// The present model of a session.
    pub(crate) fn of(session: &Session, scores: Option<Scores>, origin: Origin) -> Self {
        let (model, state, steps) = (session.model.clone(), session.state.clone(), session.optimiser.steps());
        Self { model, state, steps, scores, origin }
    }

    /// Strict F1 on the held-out notes.
    pub fn f1(&self) -> Option<f64> {
        self.scores.as_ref().map(|scores| scores.strict.f1)
    }

    /// A session that begins with this model. Its optimiser knows nothing yet.
    pub(crate) fn session(&self) -> Session {
        Session {
            model: self.model.clone(),
            optimiser: AdamW::new(self.model.layout(), &self.model.device()),
            state: self.state.clone(),
            models: SiteModels::Session { origin: self.origin.clone() },
            unsaved_steps: 0,
        }
    }

    /// The same model for the labels of a corpus, scored on its held-out notes. When it was cancelled, the scores are the
    /// earlier ones; there are none where the model's pretrained encoder has not read the notes.
    pub(crate) async fn scored_on(self, corpus: &Corpus, observer: &mut impl Observer) -> Result<Self, DeviceError> {
        let mut session = self.session().with_labels(corpus.labels(), &mut NoopObserver).await?;
        if corpus.is_read_for(session.model.layout().spec()).is_err() {
            return Ok(Self { model: session.model, scores: None, ..self });
        }
        let held_out = corpus.held_out(session.model.layout().spec());
        let scores = session.score(&held_out, observer).await?;
        let scores = if held_out.is_empty() { None } else { scores.or(self.scores) };
        Ok(Self { model: session.model, scores, ..self })
    }
}

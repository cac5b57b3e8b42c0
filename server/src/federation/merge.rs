//! Makes the next version from the updates in the store, one update in memory at a time.

use std::sync::Arc;

use fedner_protocol::{CodecError, Manifest, decode_model, decode_update, encode_model};

use super::Surroundings;
use crate::aggregate::{MeanError, WeightedMean, weight};
use crate::config::FederationConfig;
use crate::error::Error;
use crate::optimiser;
use crate::rounds::Merging;
use crate::store::{NewVersion, StoreError};

/// What can be wrong with stored updates or models; both were checked before they were stored.
#[derive(Debug, thiserror::Error)]
enum MergeError {
    #[error(transparent)]
    Codec(#[from] CodecError),
    #[error(transparent)]
    Mean(#[from] MeanError),
}

pub(super) async fn merge(
    config: &FederationConfig,
    manifest: &Arc<Manifest>,
    around: &Surroundings,
    merging: &Merging,
) -> Result<NewVersion, Error> {
    let (store, federation, round) = (&around.store, &config.id, merging.round());
    let mut mean = WeightedMean::new(manifest.parameters());
    for id in merging.updates() {
        let body = store.update_body(federation, id).await?;
        let (manifest, weighting) = (Arc::clone(manifest), config.rounds.weighting);
        mean = compute(move || {
            let (header, values) = decode_update(&manifest, &body)?;
            mean.add(id, &values, weight(weighting, header.samples))?;
            Ok(mean)
        })
        .await?;
    }
    let base = store.model(federation, round - 1).await?;
    let base = base.ok_or_else(|| StoreError::Damaged(format!("version {} is not there", round - 1)))?;
    let state = store.optimiser_state(federation).await?;
    let (manifest, settings) = (Arc::clone(manifest), config.optimiser);
    let (model, optimiser) = compute(move || {
        let (_, mut weights) = decode_model(&manifest, &base.body)?;
        let state = optimiser::step(&settings, state, &mut weights, &mean.finish()?);
        Ok((encode_model(&manifest, round, &weights)?, state))
    })
    .await?;
    Ok(NewVersion {
        federation: federation.clone(),
        version: round,
        model,
        updates: merging.updates().collect(),
        optimiser,
        models_kept: config.models_kept,
        now: around.clock.now(),
    })
}

/// Runs a computation of some milliseconds beside the tasks that answer requests.
async fn compute<T: Send + 'static>(work: impl FnOnce() -> Result<T, MergeError> + Send + 'static) -> Result<T, Error> {
    let outcome = tokio::task::spawn_blocking(work).await.map_err(|e| Error::Internal(format!("merging: {e}")))?;
    outcome.map_err(|e| Error::Store(StoreError::Damaged(e.to_string())))
}

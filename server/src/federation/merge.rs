//! Makes the next version from the updates in the store, one update in memory at a time.

use std::io::ErrorKind;
use std::sync::Arc;

use fedner_protocol::{CodecError, Manifest, decode_model, decode_update, encode_model};

use super::Surroundings;
use crate::aggregate::{AggregateError, Aggregator};
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
    Aggregate(#[from] AggregateError),
}

pub(super) async fn merge(
    config: &FederationConfig,
    manifest: &Arc<Manifest>,
    around: &Surroundings,
    merging: &Merging,
) -> Result<NewVersion, Error> {
    let (store, federation, round) = (&around.store, &config.id, merging.round());
    let (aggregation, bounds, parameters) = (config.aggregation, config.bounds.clone(), manifest.parameters());
    let folder = around.scratch_dir.clone();
    let mut aggregator = compute(move || {
        let scratch = || tempfile::tempfile_in(folder);
        Ok(Aggregator::new(aggregation, bounds, parameters, scratch)?)
    })
    .await?;
    for id in merging.updates() {
        let body = store.update_body(federation, id).await?;
        let manifest = Arc::clone(manifest);
        aggregator = compute(move || {
            let (header, values) = decode_update(&manifest, &body)?;
            aggregator.add(id, &values, header.samples)?;
            Ok(aggregator)
        })
        .await?;
    }
    let base = store.model(federation, round - 1).await?;
    let base = base.ok_or_else(|| StoreError::Damaged(format!("version {} is not there", round - 1)))?;
    let state = store.optimiser_state(federation).await?;
    let (manifest, settings) = (Arc::clone(manifest), config.optimiser);
    let (model, optimiser) = compute(move || {
        let (_, mut weights) = decode_model(&manifest, &base.body)?;
        let state = optimiser::step(&settings, state, &mut weights, &aggregator.finish()?);
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
        rounds_kept: config.rounds_kept,
        now: around.clock.now(),
    })
}

/// Runs a computation of some milliseconds beside the tasks that answer requests.
async fn compute<T: Send + 'static>(work: impl FnOnce() -> Result<T, MergeError> + Send + 'static) -> Result<T, Error> {
    let outcome = tokio::task::spawn_blocking(work).await.map_err(|e| Error::Internal(format!("merging: {e}")))?;
    outcome.map_err(|e| Error::Store(e.into()))
}

impl From<MergeError> for StoreError {
    fn from(error: MergeError) -> Self {
        let text = error.to_string();
        match error {
            MergeError::Aggregate(AggregateError::Scratch(e)) => match e.kind() {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full(text),
                ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => Self::ReadOnly(text),
                _ => Self::Database(text),
            },
            _ => Self::Damaged(text),
        }
    }
}

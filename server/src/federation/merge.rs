//! Makes the next version from the updates in the store, one update in memory at a time.

use std::sync::Arc;

use fedner_protocol::{Manifest, decode_model, decode_update, encode_model};

use super::FederationContext;
use crate::aggregate::{AggregateError, Aggregator};
use crate::config::FederationConfig;
use crate::error::Error;
use crate::optimiser;
use crate::rounds::Merging;
use crate::store::{DamagedPart, DamagedRow, NewVersion, StoreError, StoredModel};
use crate::work;

/// Why there is no merge.
#[derive(Debug)]
pub(super) enum MergeError {
    /// A stored row is not what was written: without it the merge may go on.
    Damaged(DamagedRow),
    /// Something else.
    Failed(Error),
}

pub(super) async fn merge(
    config: &FederationConfig,
    manifest: &Arc<Manifest>,
    context: &FederationContext,
    merging: &Merging,
) -> Result<NewVersion, MergeError> {
    let (store, federation, round) = (&context.store, &config.id, merging.round());
    let (aggregation, bounds, parameters) = (config.aggregation, config.bounds.clone(), manifest.parameters());
    let folder = context.scratch_dir.clone();
    // Of an update or a model, as numbers.
    let bytes = parameters * size_of::<f32>();
    let mut aggregator = compute(bytes, move || {
        let scratch = || tempfile::tempfile_in(folder);
        Ok(Aggregator::new(aggregation, bounds, parameters, scratch)?)
    })
    .await?;
    let damaged =
        |part, reason: String| MergeError::Damaged(DamagedRow { federation: federation.clone(), part, reason });
    let base = store.model(federation, round - 1).await?;
    let base = base.ok_or_else(|| damaged(DamagedPart::Model(round - 1), "it is not there".to_owned()))?;
    for id in merging.updates() {
        let body = store.update_body(federation, id).await?;
        let manifest = Arc::clone(manifest);
        let decoded = compute(bytes, move || Ok(decode_update(&manifest, &body))).await?;
        let (header, values) = decoded.map_err(|e| damaged(DamagedPart::update(id), e.to_string()))?;
        // Those of earlier programs name none.
        if header.base_model.is_some_and(|model| model != base.digest) {
            return Err(damaged(DamagedPart::update(id), "it was trained from another model".to_owned()));
        }
        aggregator = compute(bytes, move || {
            aggregator.add(id, &values, header.samples)?;
            Ok(aggregator)
        })
        .await?;
    }
    let state = store.optimiser_state(federation).await?;
    let decoded_with = Arc::clone(manifest);
    let decoded = compute(bytes, move || Ok(decode_model(&decoded_with, &base.body))).await?;
    let (_, mut weights) = decoded.map_err(|e| damaged(DamagedPart::Model(round - 1), e.to_string()))?;
    let (manifest, settings) = (Arc::clone(manifest), config.optimiser);
    let (model, optimiser) = compute(bytes, move || {
        let state = optimiser::step(&settings, state, &mut weights, &aggregator.finish()?);
        let model = encode_model(&manifest, round, &weights);
        let model = model.map_err(|e| MergeError::Failed(Error::Internal(format!("version {round}: {e}"))))?;
        Ok((StoredModel::new(model), state))
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
        now: context.clock.now(),
    })
}

/// Runs a computation, of some milliseconds where the model is large.
async fn compute<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> Result<T, MergeError> + Send + 'static,
) -> Result<T, MergeError> {
    let failed = |e| MergeError::Failed(Error::Internal(format!("merging: {e}")));
    work::run(bytes, work).await.map_err(failed)?
}

impl From<StoreError> for MergeError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::DamagedRow(row) => Self::Damaged(row),
            error => Self::Failed(error.into()),
        }
    }
}

impl From<AggregateError> for MergeError {
    fn from(error: AggregateError) -> Self {
        Self::Failed(error.into())
    }
}

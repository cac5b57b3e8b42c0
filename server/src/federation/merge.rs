//! Makes the next version from the updates in the store, one update in memory at a time.

use std::sync::Arc;

use fedner_protocol::{Digest, FederationId, Manifest, UpdateId, decode_model, decode_update, encode_model};

use super::FederationContext;
use super::secure::unmasked_mean;
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
    /// The sum of masked updates can't be unmasked; the next attempt has other masks.
    Spoilt(String),
}

pub(super) async fn merge(
    config: &FederationConfig,
    manifest: &Arc<Manifest>,
    context: &FederationContext,
    merging: &Merging,
) -> Result<NewVersion, MergeError> {
    let (store, federation, round) = (&context.store, &config.id, merging.round());
    // Of an update or a model, as numbers.
    let bytes = manifest.parameters() * size_of::<f32>();
    let damaged =
        |part, reason: String| MergeError::Damaged(DamagedRow { federation: federation.clone(), part, reason });
    let base = store.model(federation, round - 1).await?;
    let base = base.ok_or_else(|| damaged(DamagedPart::Model(round - 1), "it is not there".to_owned()))?;
    let mean = match &config.secure_aggregation {
        Some(policy) => unmasked_mean(config, policy, (manifest, &base.digest), context, merging).await?,
        None => aggregate(config, (manifest, &base.digest), context, merging).await?,
    };
    let state = store.optimiser_state(federation).await?;
    let decoded_with = Arc::clone(manifest);
    let decoded = compute(bytes, move || Ok(decode_model(&decoded_with, &base.body))).await?;
    let (_, mut weights) = decoded.map_err(|e| damaged(DamagedPart::Model(round - 1), e.to_string()))?;
    let (manifest, settings) = (Arc::clone(manifest), config.optimiser);
    let (model, optimiser) = compute(bytes, move || {
        let state = optimiser::step(&settings, state, &mut weights, &mean);
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

/// The aggregate of a round's plain updates.
async fn aggregate(
    config: &FederationConfig,
    (manifest, base): (&Arc<Manifest>, &Digest),
    context: &FederationContext,
    merging: &Merging,
) -> Result<Vec<f64>, MergeError> {
    let (store, federation) = (&context.store, &config.id);
    let bytes = manifest.parameters() * size_of::<f32>();
    let (aggregation, bounds, parameters) = (config.aggregation, config.bounds.clone(), manifest.parameters());
    let folder = context.scratch_dir.clone();
    let mut aggregator = compute(bytes, move || {
        let scratch = || tempfile::tempfile_in(folder);
        Ok(Aggregator::new(aggregation, bounds, parameters, scratch)?)
    })
    .await?;
    for id in merging.updates() {
        let body = store.update_body(federation, id).await?;
        let manifest = Arc::clone(manifest);
        let decoded = compute(bytes, move || Ok(decode_update(&manifest, &body))).await?;
        let (header, values) = decoded.map_err(|e| damaged_update(federation, id, e.to_string()))?;
        // Those of earlier programs name none.
        if header.base_model.is_some_and(|model| model != *base) {
            return Err(damaged_update(federation, id, "it was trained from another model".to_owned()));
        }
        aggregator = compute(bytes, move || {
            aggregator.add(id, &values, header.samples)?;
            Ok(aggregator)
        })
        .await?;
    }
    compute(bytes, move || Ok(aggregator.finish()?)).await
}

/// An update whose stored bytes are not what was written.
pub(super) fn damaged_update(federation: &FederationId, update: UpdateId, reason: String) -> MergeError {
    MergeError::Damaged(DamagedRow { federation: federation.clone(), part: DamagedPart::update(update), reason })
}

/// Runs a computation, of some milliseconds where the model is large.
pub(super) async fn compute<T: Send + 'static>(
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

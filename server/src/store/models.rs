//! Versions of the global shared module, and the server optimiser's state.

use fedner_protocol::{Digest, FederationId, UpdateId};
use serde::Serialize;
use sqlx::AssertSqlSafe;

use super::change::Change;
use super::damage::WRONG_DIGEST;
use super::{DamagedPart, DamagedRow, Revision, Store, StoreError, failure, rows};
use crate::audit::{Actor, AuditEntry, AuditEvent};
use crate::failpoint::WritePoint;
use crate::optimiser::OptimiserState;
use crate::timestamp::Timestamp;

/// Merged updates that one statement names.
const UPDATES_AT_ONCE: usize = 500;

/// A merge's outcome; all of it is stored, or nothing.
#[derive(Debug, Clone)]
pub struct NewVersion {
    /// The federation.
    pub federation: FederationId,
    /// The new version.
    pub version: u32,
    /// Its model.
    pub model: StoredModel,
    /// The updates in it, whose tensors are removed.
    pub updates: Vec<UpdateId>,
    /// The server optimiser's new state.
    pub optimiser: OptimiserState,
    /// Models to keep, the new one among them.
    pub models_kept: u32,
    /// Rounds whose updates are remembered, this one among them.
    pub rounds_kept: u32,
    /// Now.
    pub now: Timestamp,
}

/// A model's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredModel {
    /// The safetensors file.
    pub body: Vec<u8>,
    /// Its digest.
    pub digest: Digest,
}

/// A version without its tensors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredVersion {
    /// Its number.
    pub version: u32,
    /// Its digest as it is stored.
    pub digest: String,
    /// When it was made.
    pub made_at_ms: u64,
    /// Updates in it.
    pub updates: u32,
}

/// Most versions that are listed.
pub const VERSIONS_LISTED_MAX: u32 = 100;

impl StoredModel {
    /// With its digest.
    pub fn new(body: Vec<u8>) -> Self {
        Self { digest: Digest::of(&body), body }
    }
}

impl Store {
    /// A model; `None` when it is not made yet or not kept any more.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn model(&self, federation: &FederationId, version: u32) -> Result<Option<StoredModel>, StoreError> {
        let query = sqlx::query("SELECT body, digest FROM models WHERE federation = $1 AND version = $2")
            .bind(federation.as_str())
            .bind(i64::from(version));
        let Some(row) = query.fetch_optional(&self.readers).await.map_err(failure)? else {
            return Ok(None);
        };
        let damaged = |reason: String| DamagedRow::new(federation, DamagedPart::Model(version), reason);
        let digest = rows::digest(&row, "digest").map_err(|e| damaged(e.to_string()))?;
        let body = rows::checked(rows::bytes(&row, "body")?, &digest).await?;
        let body = body.ok_or_else(|| damaged(WRONG_DIGEST.to_owned()))?;
        Ok(Some(StoredModel { body, digest }))
    }

    /// The digest of a model; `None` when it is not made yet or not kept any more.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn model_digest(&self, federation: &FederationId, version: u32) -> Result<Option<Digest>, StoreError> {
        let query = sqlx::query("SELECT digest FROM models WHERE federation = $1 AND version = $2")
            .bind(federation.as_str())
            .bind(i64::from(version));
        let row = query.fetch_optional(&self.readers).await.map_err(failure)?;
        row.map(|row| rows::digest(&row, "digest")).transpose()
    }

    /// The newest versions that are kept, newest first.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn versions(&self, federation: &FederationId, count: u32) -> Result<Vec<StoredVersion>, StoreError> {
        let query = "SELECT version, digest, made_at_ms, updates FROM models WHERE federation = $1
                     ORDER BY version DESC LIMIT $2";
        let query = sqlx::query(query).bind(federation.as_str()).bind(i64::from(count));
        let found = query.fetch_all(&self.readers).await.map_err(failure)?;
        let read = found.iter().map(|row| {
            Ok(StoredVersion {
                version: rows::number(row, "version")?,
                digest: rows::text(row, "digest")?,
                made_at_ms: rows::number(row, "made_at_ms")?,
                updates: rows::number(row, "updates")?,
            })
        });
        read.collect()
    }

    /// How many updates went into a version; `None` when it is not kept any more.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn updates_in(&self, federation: &FederationId, version: u32) -> Result<Option<u32>, StoreError> {
        let query = sqlx::query("SELECT updates FROM models WHERE federation = $1 AND version = $2")
            .bind(federation.as_str())
            .bind(i64::from(version));
        let row = query.fetch_optional(&self.readers).await.map_err(failure)?;
        row.map(|row| rows::number(&row, "updates")).transpose()
    }

    /// The server optimiser's state.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn optimiser_state(&self, federation: &FederationId) -> Result<OptimiserState, StoreError> {
        let query = "SELECT state, digest FROM optimiser_states WHERE federation = $1";
        let row = sqlx::query(query).bind(federation.as_str()).fetch_one(&self.readers).await.map_err(failure)?;
        let damaged = |reason: &str| DamagedRow::new(federation, DamagedPart::OptimiserState, reason);
        let state = rows::bytes(&row, "state")?;
        // An earlier version stored none.
        if rows::optional_text(&row, "digest")?.is_some_and(|digest| digest != Digest::of(&state).as_str()) {
            return Err(damaged(WRONG_DIGEST).into());
        }
        OptimiserState::from_bytes(&state).ok_or_else(|| damaged("it is not the state of an optimiser").into())
    }

    /// Stores a merge: model, optimiser state, round and updates in one transaction; `None` when the federation
    /// is not at `revision` any more.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn insert_version(&self, revision: Revision, new: &NewVersion) -> Result<Option<Revision>, StoreError> {
        let mut change = self.change(WritePoint::MergeRound, new.model.body.len() as u64).await?;
        let Some(next) = change.advance(&new.federation, revision).await? else {
            return Ok(None);
        };
        // What is not needed any more goes first: the new model then fits where it was.
        remove_merged(&mut change, new).await?;
        change.end_exchange(&new.federation).await?;
        insert_model(&mut change, &new.federation, new.version, new.updates.len(), &new.model, new.now).await?;
        let state = new.optimiser.to_bytes();
        let digest = String::from(Digest::of(&state));
        let query = sqlx::query("UPDATE optimiser_states SET state = $1, digest = $2 WHERE federation = $3")
            .bind(state)
            .bind(digest)
            .bind(new.federation.as_str());
        change.execute(query).await?;
        let query = "UPDATE federations SET version = $1, attempt = 1, deadline_ms = NULL, present = '[]'
                     WHERE id = $2";
        change.execute(sqlx::query(query).bind(i64::from(new.version)).bind(new.federation.as_str())).await?;
        let (round, model, updates) = (new.version, new.model.digest.clone(), new.updates.clone());
        let event = AuditEvent::RoundMerged { round, model, updates };
        let federation = Some(new.federation.clone());
        change.record(&AuditEntry { at: new.now, actor: Actor::Server, federation, event }).await?;
        change.commit().await?;
        self.must_erase();
        Ok(Some(next))
    }
}

/// Removes the tensors of merged updates and the models that are too old.
async fn remove_merged(change: &mut Change<'_>, new: &NewVersion) -> Result<(), StoreError> {
    let federation = new.federation.as_str();
    for ids in new.updates.chunks(UPDATES_AT_ONCE) {
        let places: Vec<_> = (0..ids.len()).map(|place| format!("${}", place + 3)).collect();
        let query = format!(
            "UPDATE updates SET merged_into = $1, body = NULL
             WHERE federation = $2 AND merged_into IS NULL AND id IN ({})",
            places.join(", ")
        );
        let query = sqlx::query(AssertSqlSafe(query)).bind(i64::from(new.version)).bind(federation);
        let query = ids.iter().fold(query, |query, id| query.bind(id.to_string()));
        let (found, expected) = (change.execute(query).await?, ids.len());
        if found != expected as u64 {
            let what = format!("of {expected} updates of round {}, {found} are there and not merged yet", new.version);
            return Err(StoreError::Damaged(what));
        }
    }
    let gone = i64::from(new.version) - i64::from(new.models_kept);
    let query = "DELETE FROM models WHERE federation = $1 AND version <= $2";
    change.execute(sqlx::query(query).bind(federation).bind(gone)).await?;
    let gone = i64::from(new.version) - i64::from(new.rounds_kept);
    let query = "DELETE FROM updates WHERE federation = $1 AND round <= $2 AND body IS NULL";
    change.execute(sqlx::query(query).bind(federation).bind(gone)).await.map(|_| ())
}

/// Version 0 of a federation and an empty optimiser state.
pub(super) async fn insert_first(
    change: &mut Change<'_>,
    federation: &FederationId,
    model: &[u8],
    now: Timestamp,
) -> Result<(), StoreError> {
    let model = StoredModel::new(model.to_vec());
    insert_model(change, federation, 0, 0, &model, now).await?;
    let state = OptimiserState::Empty.to_bytes();
    let query = sqlx::query("INSERT INTO optimiser_states (federation, state, digest) VALUES ($1, $2, $3)")
        .bind(federation.as_str())
        .bind(state.clone())
        .bind(String::from(Digest::of(&state)));
    change.execute(query).await.map(|_| ())
}

async fn insert_model(
    change: &mut Change<'_>,
    federation: &FederationId,
    version: u32,
    updates: usize,
    model: &StoredModel,
    now: Timestamp,
) -> Result<(), StoreError> {
    let query = sqlx::query(
        "INSERT INTO models (federation, version, digest, made_at_ms, updates, body) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(federation.as_str())
    .bind(i64::from(version))
    .bind(model.digest.as_str())
    .bind(rows::ms(now))
    .bind(i64::try_from(updates).unwrap_or(i64::MAX))
    .bind(model.body.as_slice());
    change.execute(query).await.map(|_| ())
}

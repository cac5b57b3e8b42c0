//! Rows that no longer hold what was written into them: a disk that loses bits must not stop the rounds.
//!
//! A damaged update is set aside, so that its site can send it again. A damaged model that is not the newest is
//! set aside too. The newest model can't be replaced by anything: it stays where it is and is named.

use std::fmt;

use fedner_protocol::{Digest, FederationId, UpdateId};
use futures_util::TryStreamExt;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::change::{Change, SMALL_CHANGE_BYTES};
use super::{Revision, Store, StoreError, StoredFederation, failure, rows};
use crate::audit::{Actor, AuditEntry, AuditEvent};
use crate::failpoint::WritePoint;
use crate::optimiser::OptimiserState;
use crate::timestamp::Timestamp;

/// Most damaged rows that are listed.
const LISTED_MAX: i64 = 100;

/// Which row is damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DamagedPart {
    /// An update that is not merged yet, by its id as it is stored.
    Update(String),
    /// A version of the global shared module.
    Model(u32),
    /// The state of the server optimiser.
    OptimiserState,
    /// A site, by its id as it is stored.
    Site(String),
    /// An invitation, by its id as it is stored.
    Invitation(String),
}

/// A damaged row, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{part} of federation {federation}: {reason}")]
pub struct DamagedRow {
    /// Its federation.
    pub federation: FederationId,
    /// Which row.
    pub part: DamagedPart,
    /// What is wrong with it.
    pub reason: String,
}

/// What is said of bytes whose digest is not the stored one.
pub(super) const WRONG_DIGEST: &str = "its bytes are not those whose digest was stored";

impl DamagedPart {
    /// Of an update.
    pub fn update(id: UpdateId) -> Self {
        Self::Update(id.to_string())
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Update(_) => "update",
            Self::Model(_) => "model",
            Self::OptimiserState => "optimiser-state",
            Self::Site(_) => "site",
            Self::Invitation(_) => "invitation",
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Update(id) | Self::Site(id) | Self::Invitation(id) => id.clone(),
            Self::Model(version) => version.to_string(),
            Self::OptimiserState => String::new(),
        }
    }

    fn of(kind: &str, name: String) -> Result<Self, StoreError> {
        match kind {
            "update" => Ok(Self::Update(name)),
            "model" => name.parse().map(Self::Model).map_err(|e| StoreError::Damaged(format!("column name: {e}"))),
            "optimiser-state" => Ok(Self::OptimiserState),
            "site" => Ok(Self::Site(name)),
            "invitation" => Ok(Self::Invitation(name)),
            other => Err(StoreError::Damaged(format!("column kind: {other:?}"))),
        }
    }
}

impl fmt::Display for DamagedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Update(id) => write!(f, "update {id}"),
            Self::Model(version) => write!(f, "version {version} of the model"),
            Self::OptimiserState => f.write_str("the optimiser state"),
            Self::Site(id) => write!(f, "site {id}"),
            Self::Invitation(id) => write!(f, "invitation {id}"),
        }
    }
}

impl DamagedRow {
    pub(super) fn new(federation: &FederationId, part: DamagedPart, reason: impl Into<String>) -> Self {
        Self { federation: federation.clone(), part, reason: reason.into() }
    }

    /// The audit row about it.
    fn entry(&self, now: Timestamp) -> AuditEntry {
        let event = AuditEvent::RowDamaged { kind: self.part.kind(), name: self.part.name() };
        AuditEntry { at: now, actor: Actor::Server, federation: Some(self.federation.clone()), event }
    }
}

impl Store {
    /// A federation as it stands, after updates that can't be read at all were set aside.
    ///
    /// # Errors
    /// When it can't be read or stored.
    pub async fn federation_without_damage(
        &self,
        id: &FederationId,
        now: Timestamp,
    ) -> Result<StoredFederation, StoreError> {
        loop {
            let stored = self.federation(id).await?;
            let Some(row) = stored.unreadable.first() else { return Ok(stored) };
            tracing::error!(federation = %id, "damaged: {row}");
            // Also when another server was quicker: what it left is looked at again.
            self.set_update_aside(stored.revision, row, now).await?;
        }
    }

    /// Takes a damaged update out of its round and opens the round anew, which asks its site to send it again;
    /// `None` when the federation is not at `revision` any more.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn set_update_aside(
        &self,
        revision: Revision,
        row: &DamagedRow,
        now: Timestamp,
    ) -> Result<Option<Revision>, StoreError> {
        let mut change = self.change(WritePoint::SetAside, SMALL_CHANGE_BYTES).await?;
        let Some(next) = change.advance(&row.federation, revision).await? else {
            return Ok(None);
        };
        let query = "DELETE FROM updates WHERE federation = $1 AND id = $2 AND merged_into IS NULL";
        change.execute(sqlx::query(query).bind(row.federation.as_str()).bind(row.part.name())).await?;
        let query = "UPDATE federations SET attempt = attempt + 1, deadline_ms = NULL, present = '[]' WHERE id = $1";
        change.execute(sqlx::query(query).bind(row.federation.as_str())).await?;
        change.insert_damage(row, now).await?;
        change.record(&row.entry(now)).await?;
        change.commit().await?;
        Ok(Some(next))
    }

    /// Takes a damaged model away, so that sites learn that it is not kept. The newest one stays: it is only
    /// noted. Returns whether it was taken away.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn set_model_aside(&self, row: &DamagedRow, version: u32, now: Timestamp) -> Result<bool, StoreError> {
        let mut change = self.change(WritePoint::SetAside, SMALL_CHANGE_BYTES).await?;
        change.lock(&row.federation).await?;
        let query = "DELETE FROM models WHERE federation = $1 AND version = $2
                     AND version < (SELECT version FROM federations WHERE id = $1)";
        let query = sqlx::query(query).bind(row.federation.as_str()).bind(i64::from(version));
        let is_removed = change.execute(query).await? > 0;
        if change.insert_damage(row, now).await? {
            change.record(&row.entry(now)).await?;
            change.commit().await?;
        } else if is_removed {
            change.commit().await?;
        }
        Ok(is_removed)
    }

    /// Puts an empty state in the place of a damaged one: the server optimiser begins anew, the round goes on.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn set_optimiser_state_aside(&self, row: &DamagedRow, now: Timestamp) -> Result<(), StoreError> {
        let mut change = self.change(WritePoint::SetAside, SMALL_CHANGE_BYTES).await?;
        change.lock(&row.federation).await?;
        let empty = OptimiserState::Empty.to_bytes();
        let query = sqlx::query("UPDATE optimiser_states SET state = $1, digest = $2 WHERE federation = $3")
            .bind(empty.clone())
            .bind(String::from(Digest::of(&empty)))
            .bind(row.federation.as_str());
        change.execute(query).await?;
        change.insert_damage(row, now).await?;
        change.record(&row.entry(now)).await?;
        change.commit().await
    }

    /// Those rows of a list that can be read. The others stay where they are, and are noted: one damaged row must not
    /// hide all others.
    pub(super) async fn readable<T>(
        &self,
        rows: &[AnyRow],
        read: impl Fn(&AnyRow) -> Result<T, StoreError>,
        part: impl Fn(String) -> DamagedPart,
        now: Timestamp,
    ) -> Result<Vec<T>, StoreError> {
        let (mut readable, mut damaged) = (Vec::new(), Vec::new());
        for row in rows {
            match read(row) {
                Ok(read) => readable.push(read),
                Err(StoreError::Damaged(reason)) => match rows::parsed(row, "federation") {
                    Ok(federation) => {
                        damaged.push(DamagedRow::new(&federation, part(rows::text(row, "id")?), reason));
                    }
                    Err(_) => tracing::error!("damaged: {}: {reason}", part(rows::text(row, "id")?)),
                },
                Err(error) => return Err(error),
            }
        }
        for row in &damaged {
            tracing::error!(federation = %row.federation, "damaged: {row}");
            if let Err(error) = self.note_damage(row, now).await {
                tracing::warn!("a damaged row can't be noted: {error}");
            }
        }
        Ok(readable)
    }

    async fn note_damage(&self, row: &DamagedRow, now: Timestamp) -> Result<(), StoreError> {
        let mut change = self.change(WritePoint::SetAside, SMALL_CHANGE_BYTES).await?;
        change.lock(&row.federation).await?;
        if change.insert_damage(row, now).await? {
            change.record(&row.entry(now)).await?;
            change.commit().await?;
        }
        Ok(())
    }

    /// The damaged rows that were found since the store began, newest first, up to some number.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn damage(&self) -> Result<Vec<DamagedRow>, StoreError> {
        let query = "SELECT federation, kind, name, reason FROM damaged ORDER BY found_at_ms DESC, name LIMIT $1";
        let found = sqlx::query(query).bind(LISTED_MAX).fetch_all(&self.readers).await.map_err(failure)?;
        let read = found.iter().map(|row| {
            let part = DamagedPart::of(&rows::text(row, "kind")?, rows::text(row, "name")?)?;
            let (federation, reason) = (rows::parsed(row, "federation")?, rows::text(row, "reason")?);
            Ok(DamagedRow { federation, part, reason })
        });
        read.collect()
    }

    /// Compares everything that has a digest with it. Reads the whole store.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn find_damage(&self) -> Result<Vec<DamagedRow>, StoreError> {
        const BODIES: [(&str, &str); 3] = [
            ("model", "SELECT federation, CAST(version AS TEXT) AS id, digest, body FROM models"),
            ("update", "SELECT federation, id, digest, body FROM updates WHERE body IS NOT NULL"),
            (
                "optimiser-state",
                "SELECT federation, '' AS id, digest, state AS body FROM optimiser_states WHERE digest IS NOT NULL",
            ),
        ];
        let mut damaged = Vec::new();
        for (kind, query) in BODIES {
            let mut found = sqlx::query(query).fetch(&self.readers);
            while let Some(row) = found.try_next().await.map_err(failure)? {
                let body = rows::bytes(&row, "body")?;
                if rows::digest(&row, "digest").is_ok_and(|digest| digest == Digest::of(&body)) {
                    continue;
                }
                let id: String = row.try_get("id").map_err(failure)?;
                let federation = rows::parsed(&row, "federation")?;
                damaged.push(DamagedRow::new(&federation, DamagedPart::of(kind, id)?, WRONG_DIGEST));
            }
        }
        Ok(damaged)
    }
}

impl Change<'_> {
    /// `false` when it was known already.
    async fn insert_damage(&mut self, row: &DamagedRow, now: Timestamp) -> Result<bool, StoreError> {
        let query = sqlx::query(
            "INSERT INTO damaged (federation, kind, name, reason, found_at_ms) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (federation, kind, name) DO NOTHING",
        )
        .bind(row.federation.as_str())
        .bind(row.part.kind())
        .bind(row.part.name())
        .bind(row.reason.as_str())
        .bind(rows::ms(now));
        Ok(self.execute(query).await? == 1)
    }
}

//! Federations, and where their rounds stand.

use std::collections::BTreeSet;

use fedner_protocol::{Digest, FederationId, SiteId};
use sqlx::any::AnyRow;

use super::change::SMALL_CHANGE_BYTES;
use super::{DamagedPart, DamagedRow, Revision, Store, StoreError, StoredExchange, failure, models, rows};
use crate::audit::{Actor, AuditEntry, AuditEvent};
use crate::failpoint::WritePoint;
use crate::rounds::{Exchange, Received};
use crate::timestamp::Timestamp;

/// A federation as it is first stored.
#[derive(Debug, Clone)]
pub struct NewFederation {
    /// Its name in URLs.
    pub id: FederationId,
    /// Digest of its manifest.
    pub manifest: Digest,
    /// Seed of version 0.
    pub seed: u64,
    /// Version 0.
    pub model: Vec<u8>,
    /// Now.
    pub now: Timestamp,
}

/// A federation as it was left.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredFederation {
    /// Digest of its manifest.
    pub manifest: Digest,
    /// Seed of version 0.
    pub seed: u64,
    /// Which state this is.
    pub revision: Revision,
    /// Newest version.
    pub version: u32,
    /// Digest of that version.
    pub model: Digest,
    /// The next round: how often it was tried, and whether it is open.
    pub round: StoredRound,
    /// Whether the operator has paused it.
    pub paused: bool,
    /// Updates acknowledged for the next round.
    pub received: Received,
    /// How far secure aggregation of the open attempt has come; of an attempt that was interrupted, too.
    pub exchange: Option<StoredExchange>,
    /// Updates of the next round of which not even the id and the site can be read.
    pub unreadable: Vec<DamagedRow>,
}

/// Where a federation's next round stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRound {
    /// 1, or more after it failed.
    pub attempt: u32,
    /// When it closes; `None` while it is not open.
    pub deadline: Option<Timestamp>,
    /// Sites that were present when it opened.
    pub present: BTreeSet<SiteId>,
}

impl Store {
    /// The federation as it was left, or, the first time, as `new`.
    ///
    /// # Errors
    /// When it can't be read or stored.
    pub async fn open_federation(&self, new: &NewFederation) -> Result<StoredFederation, StoreError> {
        if !self.has_federation(&new.id).await? {
            self.insert_federation(new).await?;
        }
        self.federation(&new.id).await
    }

    /// Whether a federation of this name was ever started.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn has_federation(&self, id: &FederationId) -> Result<bool, StoreError> {
        let known = sqlx::query("SELECT id FROM federations WHERE id = $1").bind(id.as_str());
        Ok(known.fetch_optional(&self.readers).await.map_err(failure)?.is_some())
    }

    async fn insert_federation(&self, new: &NewFederation) -> Result<(), StoreError> {
        let mut change = self.change(WritePoint::StartFederation, new.model.len() as u64).await?;
        let query = "INSERT INTO federations (id, manifest, seed) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING";
        let query = sqlx::query(query).bind(new.id.as_str()).bind(new.manifest.as_str()).bind(new.seed.to_string());
        if change.execute(query).await? == 0 {
            // Another server that started at the same time made it.
            return Ok(());
        }
        models::insert_first(&mut change, &new.id, &new.model, new.now).await?;
        let event = AuditEvent::FederationStarted { manifest: new.manifest.clone(), model: Digest::of(&new.model) };
        let federation = Some(new.id.clone());
        change.record(&AuditEntry { at: new.now, actor: Actor::Server, federation, event }).await?;
        change.commit().await
    }

    /// A federation that is there, as it stands.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn federation(&self, id: &FederationId) -> Result<StoredFederation, StoreError> {
        // One transaction, so that round and updates are of the same moment.
        let mut snapshot = self.readers.begin_with(self.dialect.begin_to_read()).await.map_err(failure)?;
        let query = "SELECT manifest, seed, revision, version, attempt, deadline_ms, present, paused,
                     (SELECT digest FROM models WHERE federation = id AND models.version = federations.version) AS model
                     FROM federations WHERE id = $1";
        let row = sqlx::query(query).bind(id.as_str()).fetch_one(&mut *snapshot).await.map_err(failure)?;
        let version: u32 = rows::number(&row, "version")?;
        let updates = sqlx::query("SELECT id, site FROM updates WHERE federation = $1 AND round = $2")
            .bind(id.as_str())
            .bind(i64::from(version) + 1);
        let updates = updates.fetch_all(&mut *snapshot).await.map_err(failure)?;
        snapshot.rollback().await.map_err(failure)?;
        let (received, unreadable) = read_received(id, &updates)?;
        // Not of the same moment: where it has moved on, so has the revision, and this state is refused.
        let exchange = self.exchange(id).await?;
        Ok(StoredFederation {
            manifest: rows::digest(&row, "manifest")?,
            seed: rows::parsed(&row, "seed")?,
            revision: Revision::new(rows::number(&row, "revision")?),
            version,
            // The row may be missing or damaged. The merge says so then, and no update was trained from this digest.
            model: rows::digest(&row, "model").unwrap_or_else(|_| Digest::of(b"")),
            round: StoredRound {
                attempt: rows::number(&row, "attempt")?,
                deadline: rows::time(&row, "deadline_ms")?,
                present: rows::json(&row, "present")?,
            },
            paused: rows::number::<u32>(&row, "paused")? != 0,
            received,
            exchange,
            unreadable,
        })
    }

    /// At which revision a federation is.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn revision(&self, id: &FederationId) -> Result<Revision, StoreError> {
        let query = sqlx::query("SELECT revision FROM federations WHERE id = $1").bind(id.as_str());
        let row = query.fetch_one(&self.readers).await.map_err(failure)?;
        rows::number(&row, "revision").map(Revision::new)
    }

    /// Notes that the next round opened, with secure aggregation or without, or failed; `None` when the
    /// federation is not at `revision` any more.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn set_round(
        &self,
        federation: &FederationId,
        revision: Revision,
        round: &StoredRound,
        exchange: Option<&Exchange>,
        now: Timestamp,
    ) -> Result<Option<Revision>, StoreError> {
        let present = serde_json::to_string(&round.present).map_err(|e| StoreError::Database(e.to_string()))?;
        let opens = round.deadline.is_some();
        let point = if opens { WritePoint::OpenRound } else { WritePoint::FailRound };
        let mut change = self.change(point, SMALL_CHANGE_BYTES).await?;
        let Some(next) = change.advance(federation, revision).await? else {
            return Ok(None);
        };
        let query = "UPDATE federations SET attempt = $1, deadline_ms = $2, present = $3 WHERE id = $4
                     RETURNING version + 1 AS round";
        let query = sqlx::query(query)
            .bind(i64::from(round.attempt))
            .bind(round.deadline.map(rows::ms))
            .bind(present)
            .bind(federation.as_str());
        let row = change.row(query).await?;
        let row = row.ok_or_else(|| StoreError::Damaged(format!("federation {federation} is not there")))?;
        if let Some(exchange) = exchange {
            change.begin_exchange(federation, round.attempt, exchange).await?;
        }
        let (number, attempt) = (rows::number(&row, "round")?, round.attempt);
        let event = if opens {
            AuditEvent::RoundOpened { round: number, attempt }
        } else {
            AuditEvent::RoundFailed { round: number, attempt: attempt.saturating_sub(1) }
        };
        let federation = Some(federation.clone());
        change.record(&AuditEntry { at: now, actor: Actor::Server, federation, event }).await?;
        change.commit().await?;
        Ok(Some(next))
    }
}

/// The acknowledged updates, and those whose id or site is damaged.
fn read_received(federation: &FederationId, found: &[AnyRow]) -> Result<(Received, Vec<DamagedRow>), StoreError> {
    let (mut received, mut unreadable) = (Received::new(), Vec::new());
    for row in found {
        match (rows::parsed(row, "id"), rows::parsed(row, "site")) {
            (Ok(update), Ok(site)) => drop(received.insert(update, site)),
            (Err(StoreError::Damaged(reason)), _) | (_, Err(StoreError::Damaged(reason))) => {
                unreadable.push(DamagedRow::new(federation, DamagedPart::Update(rows::text(row, "id")?), reason));
            }
            (Err(error), _) | (_, Err(error)) => return Err(error),
        }
    }
    Ok((received, unreadable))
}

//! Updates, from the acknowledgement to the merge.

use fedner_protocol::{Digest, FederationId, SiteId, UpdateId};

use super::damage::WRONG_DIGEST;
use super::{DamagedPart, DamagedRow, Revision, Store, StoreError, failure, rows};
use crate::failpoint::WritePoint;
use crate::timestamp::Timestamp;

/// What is known of an update without its tensors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredUpdate {
    /// Who sent it.
    pub site: SiteId,
    /// Its round.
    pub round: u32,
    /// Digest of its bytes.
    pub digest: Digest,
}

/// An update to store.
#[derive(Debug, Clone)]
pub struct NewUpdate {
    /// Its federation.
    pub federation: FederationId,
    /// The update.
    pub id: UpdateId,
    /// Who sent it, for which round.
    pub update: StoredUpdate,
    /// Digest of the model that it was trained from.
    pub base: Digest,
    /// Its bytes.
    pub body: Vec<u8>,
    /// Now.
    pub now: Timestamp,
}

/// Said of an update whose site was never enrolled, or came with another backup.
const UNKNOWN_SITE: &str = "an update of a site that is not there";

/// What became of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acknowledged {
    /// It is stored.
    Stored(Revision),
    /// The federation is not any more at the revision that the decision rests on.
    Overtaken,
    /// The operator has ended the site's part since the request was let in.
    SiteRevoked,
}

impl Store {
    /// Acknowledges an update of a site that still takes part.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn insert_update(&self, revision: Revision, new: &NewUpdate) -> Result<Acknowledged, StoreError> {
        let mut change = self.change(WritePoint::StoreUpdate, new.body.len() as u64).await?;
        let Some(next) = change.advance(&new.federation, revision).await? else {
            return Ok(Acknowledged::Overtaken);
        };
        // Revoking takes the federation first as well, so none can come between this and the commit.
        if !change.note_sent(new.update.site, new.now).await? {
            let query = sqlx::query("SELECT id FROM sites WHERE id = $1").bind(new.update.site.to_string());
            let is_known = change.row(query).await?.is_some();
            return if is_known {
                Ok(Acknowledged::SiteRevoked)
            } else {
                Err(StoreError::Database(UNKNOWN_SITE.to_owned()))
            };
        }
        let query = sqlx::query(
            "INSERT INTO updates (federation, id, site, round, digest, received_at_ms, body)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(new.federation.as_str())
        .bind(new.id.to_string())
        .bind(new.update.site.to_string())
        .bind(i64::from(new.update.round))
        .bind(new.update.digest.as_str())
        .bind(rows::ms(new.now))
        .bind(new.body.as_slice());
        change.execute(query).await?;
        change.commit().await?;
        Ok(Acknowledged::Stored(next))
    }

    /// An update of any round, merged or not.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn update(&self, federation: &FederationId, id: UpdateId) -> Result<Option<StoredUpdate>, StoreError> {
        let query = sqlx::query("SELECT site, round, digest FROM updates WHERE federation = $1 AND id = $2")
            .bind(federation.as_str())
            .bind(id.to_string());
        let Some(row) = query.fetch_optional(&self.readers).await.map_err(failure)? else {
            return Ok(None);
        };
        Ok(Some(StoredUpdate {
            site: rows::parsed(&row, "site")?,
            round: rows::number(&row, "round")?,
            digest: rows::digest(&row, "digest")?,
        }))
    }

    /// The bytes of an update that is not merged yet.
    ///
    /// # Errors
    /// When it can't be read or is not there.
    pub async fn update_body(&self, federation: &FederationId, id: UpdateId) -> Result<Vec<u8>, StoreError> {
        let query =
            sqlx::query("SELECT body, digest FROM updates WHERE federation = $1 AND id = $2 AND body IS NOT NULL")
                .bind(federation.as_str())
                .bind(id.to_string());
        let row = query.fetch_optional(&self.readers).await.map_err(failure)?;
        let row = row.ok_or_else(|| StoreError::Damaged(format!("update {id} has no body")))?;
        let damaged = |reason: String| DamagedRow::new(federation, DamagedPart::update(id), reason);
        let digest = rows::digest(&row, "digest").map_err(|e| damaged(e.to_string()))?;
        let body = rows::checked(rows::bytes(&row, "body")?, &digest).await?;
        Ok(body.ok_or_else(|| damaged(WRONG_DIGEST.to_owned()))?)
    }
}

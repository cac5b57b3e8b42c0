//! Updates, from the acknowledgement to the merge.

use fedner_protocol::{Digest, FederationId, SiteId, UpdateId};

use super::{Revision, Store, StoreError, failure, rows};
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
    /// Its bytes.
    pub body: Vec<u8>,
    /// Now.
    pub now: Timestamp,
}

impl Store {
    /// Acknowledges an update; `None` when the federation is not at `revision` any more.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn insert_update(&self, revision: Revision, new: &NewUpdate) -> Result<Option<Revision>, StoreError> {
        let mut change = self.change(WritePoint::StoreUpdate, new.body.len() as u64).await?;
        let Some(next) = change.advance(&new.federation, revision).await? else {
            return Ok(None);
        };
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
        change.note_sent(new.update.site, new.now).await?;
        change.commit().await?;
        Ok(Some(next))
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
        let (body, digest) = (rows::bytes(&row, "body")?, rows::digest(&row, "digest")?);
        rows::checked(body, &digest, || format!("update {id} of federation {federation}")).await
    }
}

//! Enrolled sites.

use fedner_protocol::{FederationId, SiteId};

use super::change::SMALL_CHANGE_BYTES;
use super::{Store, StoreError, failure, rows};
use crate::audit::{Actor, AuditEntry, AuditEvent};
use crate::credential::CredentialHash;
use crate::failpoint::WritePoint;
use crate::timestamp::Timestamp;

/// An enrolled site.
#[derive(Debug, Clone)]
pub struct StoredSite {
    /// The site.
    pub id: SiteId,
    /// Its federation.
    pub federation: FederationId,
    /// Hash of its credential.
    pub credential: CredentialHash,
}

impl Store {
    /// Enrols a site, unless the federation has `sites_max` already: then `false`.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn insert_site(&self, site: &StoredSite, now: Timestamp, sites_max: u32) -> Result<bool, StoreError> {
        let mut change = self.change(WritePoint::EnrolSite, SMALL_CHANGE_BYTES).await?;
        // Enrolments come one after the other, so that two at once can't pass the limit together.
        change.lock(&site.federation).await?;
        let query = sqlx::query(
            "INSERT INTO sites (id, federation, credential_hash, enrolled_at_ms)
             SELECT $1, $2, $3, $4 WHERE (SELECT count(*) FROM sites WHERE federation = $2) < $5",
        )
        .bind(site.id.to_string())
        .bind(site.federation.as_str())
        .bind(site.credential.as_bytes().as_slice())
        .bind(rows::ms(now))
        .bind(i64::from(sites_max));
        if change.execute(query).await? == 0 {
            return Ok(false);
        }
        let event = AuditEvent::SiteEnrolled { site: site.id };
        let (actor, federation) = (Actor::Site(site.id), Some(site.federation.clone()));
        change.record(&AuditEntry { at: now, actor, federation, event }).await?;
        change.commit().await?;
        Ok(true)
    }

    /// A site.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn site(&self, site: SiteId) -> Result<Option<StoredSite>, StoreError> {
        let query =
            sqlx::query("SELECT id, federation, credential_hash FROM sites WHERE id = $1").bind(site.to_string());
        let Some(row) = query.fetch_optional(&self.readers).await.map_err(failure)? else {
            return Ok(None);
        };
        let hash = rows::bytes(&row, "credential_hash")?;
        let hash = <[u8; 32]>::try_from(hash).map_err(|_| StoreError::Damaged("column credential_hash".to_owned()))?;
        Ok(Some(StoredSite {
            id: rows::parsed(&row, "id")?,
            federation: rows::parsed(&row, "federation")?,
            credential: CredentialHash::from_bytes(hash),
        }))
    }
}

//! Enrolled sites.

use fedner_protocol::{Digest, FederationId, SiteId, UpdateId};
use sqlx::any::AnyRow;

use super::change::{Change, SMALL_CHANGE_BYTES};
use super::{DamagedPart, InvitationRefusal, Store, StoreError, failure, rows};
use crate::audit::{Actor, AuditEntry, AuditEvent};
use crate::credential::CredentialHash;
use crate::failpoint::WritePoint;
use crate::timestamp::Timestamp;

/// A site that asks to enrol. What is to be checked without the store has been checked.
#[derive(Debug, Clone)]
pub struct NewSite {
    /// The site.
    pub id: SiteId,
    /// The federation that it enters.
    pub federation: FederationId,
    /// Hash of its credential.
    pub credential: CredentialHash,
    /// Its public identity key (base64url), proven.
    pub public_key: Option<String>,
    /// Digest of the secret of the invitation that it comes with.
    pub invitation: Option<Digest>,
}

/// What became of an enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enrolled {
    /// It is a site now.
    New,
    /// The federation has all the sites it may have.
    Full,
    /// A site of the federation has this identity key already.
    KeyTaken,
    /// Its invitation can't be used.
    Refused(InvitationRefusal),
}

/// An enrolled site.
#[derive(Debug, Clone)]
pub struct StoredSite {
    /// The site.
    pub id: SiteId,
    /// Its federation.
    pub federation: FederationId,
    /// Hash of its credential.
    pub credential: CredentialHash,
    /// The name of its invitation.
    pub name: Option<String>,
    /// Its public identity key (base64url).
    pub public_key: Option<String>,
    /// When it enrolled.
    pub enrolled: Timestamp,
    /// When it last asked for something.
    pub seen: Option<Timestamp>,
    /// When the operator ended its part.
    pub revoked: Option<Timestamp>,
}

/// A site that has never sent an update, has no event stream open and has asked for nothing for so long gives way to a new
/// one when its federation is full.
const SILENT_MS: u64 = 3_600_000;

/// What becomes of the updates of a site whose part ends, as far as they are not merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmerged {
    /// They count in their round.
    Keep,
    /// They are removed.
    Discard,
}

/// A site whose part was ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoked {
    /// Its federation.
    pub federation: FederationId,
    /// Its updates that were removed.
    pub discarded: Vec<UpdateId>,
}

/// The columns of a [`StoredSite`].
const COLUMNS: &str = "id, federation, credential_hash, name, public_key, enrolled_at_ms, seen_at_ms, revoked_at_ms";

impl Store {
    /// Enrols a site and uses its invitation up: both, or neither.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn enrol(&self, new: &NewSite, now: Timestamp, sites_max: u32) -> Result<Enrolled, StoreError> {
        let mut change = self.change(WritePoint::EnrolSite, SMALL_CHANGE_BYTES).await?;
        // Enrolments come one after the other, so that two at once can't pass the limit together.
        change.lock(&new.federation).await?;
        let name = match &new.invitation {
            None => None,
            Some(digest) => match change.usable_invitation(&new.federation, digest, now).await? {
                Ok(name) => Some(name),
                Err(refusal) => return Ok(Enrolled::Refused(refusal)),
            },
        };
        if change.is_key_taken(new).await? {
            return Ok(Enrolled::KeyTaken);
        }
        if !change.insert_site(new, name.as_deref(), now, sites_max).await? {
            let has_room = change.end_silent_site(&new.federation, now).await?;
            if !has_room || !change.insert_site(new, name.as_deref(), now, sites_max).await? {
                return Ok(Enrolled::Full);
            }
        }
        if let Some(digest) = &new.invitation
            && !change.use_invitation(digest, new.id, now).await?
        {
            return Ok(Enrolled::Refused(InvitationRefusal::Used));
        }
        let event = AuditEvent::SiteEnrolled { site: new.id };
        let (actor, federation) = (Actor::Site(new.id), Some(new.federation.clone()));
        change.record(&AuditEntry { at: now, actor, federation, event }).await?;
        change.commit().await?;
        Ok(Enrolled::New)
    }

    /// A site that has enrolled with this key and invitation and has asked for nothing since: the answer to its
    /// enrolment may have been lost.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn site_that_waits(
        &self,
        federation: &FederationId,
        public_key: &str,
        invitation: Option<&Digest>,
    ) -> Result<Option<SiteId>, StoreError> {
        let query = sqlx::query(
            "SELECT sites.id FROM sites LEFT JOIN invitations ON invitations.site = sites.id
             WHERE sites.federation = $1 AND sites.public_key = $2 AND coalesce(invitations.digest, '') = $3
             AND sites.seen_at_ms IS NULL AND sites.revoked_at_ms IS NULL",
        )
        .bind(federation.as_str())
        .bind(public_key)
        .bind(invitation.map_or("", Digest::as_str));
        let row = query.fetch_optional(&self.readers).await.map_err(failure)?;
        row.map(|row| rows::parsed(&row, "id")).transpose()
    }

    /// Gives a site that has asked for nothing yet another credential; `false` when it has asked meanwhile.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn renew_credential(&self, site: SiteId, credential: &CredentialHash) -> Result<bool, StoreError> {
        let mut change = self.change(WritePoint::RenewCredential, SMALL_CHANGE_BYTES).await?;
        let query = sqlx::query(
            "UPDATE sites SET credential_hash = $1 WHERE id = $2 AND seen_at_ms IS NULL AND revoked_at_ms IS NULL",
        )
        .bind(credential.as_bytes().to_vec())
        .bind(site.to_string());
        let renewed = change.execute(query).await? == 1;
        change.commit().await?;
        Ok(renewed)
    }

    /// A site.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn site(&self, site: SiteId) -> Result<Option<StoredSite>, StoreError> {
        let query = format!("SELECT {COLUMNS} FROM sites WHERE id = $1");
        let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(site.to_string());
        let row = query.fetch_optional(&self.readers).await.map_err(failure)?;
        row.map(|row| stored(&row)).transpose()
    }

    /// The sites of a federation, or of all, oldest first. Those whose rows are damaged are noted and left out.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn sites(
        &self,
        federation: Option<&FederationId>,
        now: Timestamp,
    ) -> Result<Vec<StoredSite>, StoreError> {
        let query = format!("SELECT {COLUMNS} FROM sites WHERE $1 IN ('', federation) ORDER BY enrolled_at_ms, id");
        let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(federation.map_or("", FederationId::as_str));
        let rows = query.fetch_all(&self.readers).await.map_err(failure)?;
        self.readable(&rows, stored, DamagedPart::Site, now).await
    }

    /// Notes when a site last asked for something.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn set_seen(&self, site: SiteId, now: Timestamp) -> Result<(), StoreError> {
        let mut change = self.change(WritePoint::SeeSite, SMALL_CHANGE_BYTES).await?;
        let query = sqlx::query("UPDATE sites SET seen_at_ms = $1 WHERE id = $2");
        change.execute(query.bind(rows::ms(now)).bind(site.to_string())).await?;
        change.commit().await
    }

    /// Ends a site's part; `None` when there is no such site, or there was nothing left to do. What it has sent and
    /// is not merged yet stays in its round, or is discarded: also of a site whose part was ended before.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn revoke_site(
        &self,
        site: SiteId,
        updates: Unmerged,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Option<Revoked>, StoreError> {
        let mut change = self.change(WritePoint::RevokeSite, SMALL_CHANGE_BYTES).await?;
        let query = sqlx::query("SELECT federation FROM sites WHERE id = $1").bind(site.to_string());
        let Some(row) = change.row(query).await? else { return Ok(None) };
        let federation: FederationId = rows::parsed(&row, "federation")?;
        // First, as an acknowledgement takes it: the site's update is either stored by now or refused.
        change.lock(&federation).await?;
        let query = sqlx::query("UPDATE sites SET revoked_at_ms = $1 WHERE id = $2 AND revoked_at_ms IS NULL")
            .bind(rows::ms(now))
            .bind(site.to_string());
        let is_new = change.execute(query).await? == 1;
        let discarded = match updates {
            Unmerged::Keep => Vec::new(),
            Unmerged::Discard => change.discard_updates(&federation, site).await?,
        };
        if !is_new && discarded.is_empty() {
            return Ok(None);
        }
        let entry = |event| AuditEntry { at: now, actor, federation: Some(federation.clone()), event };
        if is_new {
            change.record(&entry(AuditEvent::SiteRevoked { site })).await?;
        }
        if !discarded.is_empty() {
            change.record(&entry(AuditEvent::UpdatesDiscarded { site, updates: discarded.clone() })).await?;
        }
        change.commit().await?;
        self.must_erase();
        Ok(Some(Revoked { federation, discarded }))
    }

    /// The sites whose part was ended since then.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn revoked_since(&self, then: Timestamp) -> Result<Vec<(FederationId, SiteId)>, StoreError> {
        let query = sqlx::query("SELECT federation, id FROM sites WHERE revoked_at_ms >= $1").bind(rows::ms(then));
        let rows = query.fetch_all(&self.readers).await.map_err(failure)?;
        rows.iter().map(|row| Ok((rows::parsed(row, "federation")?, rows::parsed(row, "id")?))).collect()
    }
}

impl Change<'_> {
    /// Notes that a site has sent an update, at the first one; `false` when its part was ended.
    pub(super) async fn note_sent(&mut self, site: SiteId, now: Timestamp) -> Result<bool, StoreError> {
        let query = sqlx::query(
            "UPDATE sites SET sent_at_ms = coalesce(sent_at_ms, $1) WHERE id = $2 AND revoked_at_ms IS NULL",
        );
        Ok(self.execute(query.bind(rows::ms(now)).bind(site.to_string())).await? == 1)
    }

    /// Ends the part of the site that has been silent longest, of those that never sent an update and have no event stream
    /// open; `false` when there is none.
    async fn end_silent_site(&mut self, federation: &FederationId, now: Timestamp) -> Result<bool, StoreError> {
        let silent_since = Timestamp::from_ms(now.ms().saturating_sub(SILENT_MS));
        let query = sqlx::query(
            "UPDATE sites SET revoked_at_ms = $1 WHERE id = (
                 SELECT id FROM sites
                 WHERE federation = $2 AND revoked_at_ms IS NULL AND sent_at_ms IS NULL
                 AND coalesce(seen_at_ms, enrolled_at_ms) <= $3
                 AND id NOT IN (SELECT site FROM presence WHERE federation = $2 AND streams > 0)
                 ORDER BY coalesce(seen_at_ms, enrolled_at_ms), id LIMIT 1
             ) RETURNING id",
        )
        .bind(rows::ms(now))
        .bind(federation.as_str())
        .bind(rows::ms(silent_since));
        let Some(row) = self.row(query).await? else { return Ok(false) };
        let event = AuditEvent::SiteRevoked { site: rows::parsed(&row, "id")? };
        let federation = Some(federation.clone());
        self.record(&AuditEntry { at: now, actor: Actor::Server, federation, event }).await?;
        Ok(true)
    }

    /// Removes a site's updates that are not merged yet.
    async fn discard_updates(&mut self, federation: &FederationId, site: SiteId) -> Result<Vec<UpdateId>, StoreError> {
        let mut discarded = Vec::new();
        // One a round at most, and there is one round at a time.
        loop {
            let query = sqlx::query(
                "DELETE FROM updates WHERE federation = $1 AND id = (SELECT min(id) FROM updates
                 WHERE federation = $1 AND site = $2 AND body IS NOT NULL) RETURNING id",
            )
            .bind(federation.as_str())
            .bind(site.to_string());
            let Some(row) = self.row(query).await? else { break };
            discarded.push(rows::parsed(&row, "id")?);
        }
        if !discarded.is_empty() {
            self.advance_any(federation).await?;
        }
        Ok(discarded)
    }

    async fn is_key_taken(&mut self, new: &NewSite) -> Result<bool, StoreError> {
        let Some(key) = &new.public_key else { return Ok(false) };
        let query = sqlx::query("SELECT id FROM sites WHERE federation = $1 AND public_key = $2")
            .bind(new.federation.as_str())
            .bind(key.as_str());
        Ok(self.row(query).await?.is_some())
    }

    /// `false` when the federation has `sites_max` already; those whose part was ended don't count.
    async fn insert_site(
        &mut self,
        new: &NewSite,
        name: Option<&str>,
        now: Timestamp,
        sites_max: u32,
    ) -> Result<bool, StoreError> {
        let query = sqlx::query(
            "INSERT INTO sites (id, federation, credential_hash, enrolled_at_ms, name, public_key)
             SELECT $1, $2, $3, $4, $5, $6
             WHERE (SELECT count(*) FROM sites WHERE federation = $2 AND revoked_at_ms IS NULL) < $7",
        )
        .bind(new.id.to_string())
        .bind(new.federation.as_str())
        .bind(new.credential.as_bytes().as_slice())
        .bind(rows::ms(now))
        .bind(name)
        .bind(new.public_key.as_deref())
        .bind(i64::from(sites_max));
        Ok(self.execute(query).await? == 1)
    }
}

fn stored(row: &AnyRow) -> Result<StoredSite, StoreError> {
    Ok(StoredSite {
        id: rows::parsed(row, "id")?,
        federation: rows::parsed(row, "federation")?,
        credential: rows::credential(row)?,
        name: rows::optional_text(row, "name")?,
        public_key: rows::optional_text(row, "public_key")?,
        enrolled: rows::time(row, "enrolled_at_ms")?.unwrap_or_default(),
        seen: rows::time(row, "seen_at_ms")?,
        revoked: rows::time(row, "revoked_at_ms")?,
    })
}

//! Invitations, each for one site. Only the digests of their secrets are stored.

use fedner_protocol::{Digest, FederationId, InvitationId, SiteId};
use sqlx::any::AnyRow;

use super::change::{Change, SMALL_CHANGE_BYTES};
use super::{DamagedPart, Store, StoreError, failure, rows};
use crate::audit::{Actor, AuditEntry, AuditEvent};
use crate::failpoint::WritePoint;
use crate::timestamp::Timestamp;

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredInvitation {
    /// The invitation.
    pub id: InvitationId,
    /// To which federation.
    pub federation: FederationId,
    /// Whom.
    pub name: String,
    /// When it was made.
    pub made: Timestamp,
    /// From when on it is refused.
    pub expires: Timestamp,
    /// Who enrolled with it, and when.
    pub used: Option<(SiteId, Timestamp)>,
    /// When the operator took it back.
    pub revoked: Option<Timestamp>,
}

/// Why an invitation can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationRefusal {
    /// There is none, or it is to another federation. Which of the two is not said.
    Unknown,
    /// A site has enrolled with it.
    Used,
    /// It was not used in time.
    Expired,
    /// The operator has taken it back.
    Revoked,
}

/// The columns of a [`StoredInvitation`].
const COLUMNS: &str = "id, federation, name, made_at_ms, expires_at_ms, site, used_at_ms, revoked_at_ms";

impl StoredInvitation {
    /// Why it can't be used now, if so.
    pub fn refusal(&self, now: Timestamp) -> Option<InvitationRefusal> {
        match self {
            Self { used: Some(_), .. } => Some(InvitationRefusal::Used),
            Self { revoked: Some(_), .. } => Some(InvitationRefusal::Revoked),
            _ if now >= self.expires => Some(InvitationRefusal::Expired),
            _ => None,
        }
    }
}

impl Store {
    /// Stores a new invitation; `false` when there is no such federation.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn insert_invitation(
        &self,
        new: &StoredInvitation,
        digest: &Digest,
        actor: Actor,
    ) -> Result<bool, StoreError> {
        let mut change = self.change(WritePoint::MakeInvitation, SMALL_CHANGE_BYTES).await?;
        let query = sqlx::query(
            "INSERT INTO invitations (id, federation, name, digest, made_at_ms, expires_at_ms)
             SELECT $1, id, $2, $3, $4, $5 FROM federations WHERE id = $6",
        )
        .bind(new.id.to_string())
        .bind(new.name.as_str())
        .bind(digest.as_str())
        .bind(rows::ms(new.made))
        .bind(rows::ms(new.expires))
        .bind(new.federation.as_str());
        if change.execute(query).await? == 0 {
            return Ok(false);
        }
        let event = AuditEvent::InvitationMade { invitation: new.id, expires_at_ms: new.expires.ms() };
        change.record(&AuditEntry { at: new.made, actor, federation: Some(new.federation.clone()), event }).await?;
        change.commit().await?;
        Ok(true)
    }

    /// The invitation whose secret has this digest.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn invitation(
        &self,
        federation: &FederationId,
        digest: &Digest,
    ) -> Result<Option<StoredInvitation>, StoreError> {
        let query = format!("SELECT {COLUMNS} FROM invitations WHERE digest = $1 AND federation = $2");
        let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(digest.as_str()).bind(federation.as_str());
        let row = query.fetch_optional(&self.readers).await.map_err(failure)?;
        row.map(|row| stored(&row)).transpose()
    }

    /// The invitations to a federation, or to all, oldest first.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn invitations(
        &self,
        federation: Option<&FederationId>,
        now: Timestamp,
    ) -> Result<Vec<StoredInvitation>, StoreError> {
        let query = format!("SELECT {COLUMNS} FROM invitations WHERE $1 IN ('', federation) ORDER BY made_at_ms, id");
        let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(federation.map_or("", FederationId::as_str));
        let rows = query.fetch_all(&self.readers).await.map_err(failure)?;
        self.readable(&rows, stored, DamagedPart::Invitation, now).await
    }

    /// Takes an invitation back; `false` when there is none that is not used or taken back already.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn revoke_invitation(&self, id: InvitationId, actor: Actor, now: Timestamp) -> Result<bool, StoreError> {
        let mut change = self.change(WritePoint::RevokeInvitation, SMALL_CHANGE_BYTES).await?;
        let query = sqlx::query(
            "UPDATE invitations SET revoked_at_ms = $1
             WHERE id = $2 AND used_at_ms IS NULL AND revoked_at_ms IS NULL RETURNING federation",
        )
        .bind(rows::ms(now))
        .bind(id.to_string());
        let Some(row) = change.row(query).await? else { return Ok(false) };
        let federation = Some(rows::parsed(&row, "federation")?);
        let event = AuditEvent::InvitationRevoked { invitation: id };
        change.record(&AuditEntry { at: now, actor, federation, event }).await?;
        change.commit().await?;
        Ok(true)
    }
}

impl Change<'_> {
    /// Whom the invitation with this digest is for, or why it can't be used.
    pub(super) async fn usable_invitation(
        &mut self,
        federation: &FederationId,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<Result<String, InvitationRefusal>, StoreError> {
        let query = format!("SELECT {COLUMNS} FROM invitations WHERE digest = $1 AND federation = $2");
        let query = sqlx::query(sqlx::AssertSqlSafe(query)).bind(digest.as_str()).bind(federation.as_str());
        let Some(row) = self.row(query).await? else { return Ok(Err(InvitationRefusal::Unknown)) };
        let invitation = stored(&row)?;
        Ok(invitation.refusal(now).map_or(Ok(invitation.name), Err))
    }

    /// Uses an invitation up, once: `false` when it can't be used any more.
    pub(super) async fn use_invitation(
        &mut self,
        digest: &Digest,
        site: SiteId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let query = sqlx::query(
            "UPDATE invitations SET site = $1, used_at_ms = $2
             WHERE digest = $3 AND used_at_ms IS NULL AND revoked_at_ms IS NULL",
        )
        .bind(site.to_string())
        .bind(rows::ms(now))
        .bind(digest.as_str());
        Ok(self.execute(query).await? == 1)
    }
}

fn stored(row: &AnyRow) -> Result<StoredInvitation, StoreError> {
    let site = rows::optional_text(row, "site")?.map(|text| text.parse()).transpose();
    let site = site.map_err(|e| StoreError::Damaged(format!("column site: {e}")))?;
    Ok(StoredInvitation {
        id: rows::parsed(row, "id")?,
        federation: rows::parsed(row, "federation")?,
        name: rows::text(row, "name")?,
        made: rows::time(row, "made_at_ms")?.unwrap_or_default(),
        expires: rows::time(row, "expires_at_ms")?.unwrap_or_default(),
        used: site.zip(rows::time(row, "used_at_ms")?),
        revoked: rows::time(row, "revoked_at_ms")?,
    })
}

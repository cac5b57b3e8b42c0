//! What the replaced store knew and the backup does not: it is copied into the restored one, or reported to the operator.

use std::collections::BTreeSet;

use fedner_protocol::{FederationId, InvitationId, SiteId, UpdateId};
use serde::Deserialize;
use sqlx::AnyConnection;

use crate::audit::{Actor, AuditEntry, AuditEvent, AuditHead, ChainHash, Verified};
use crate::credential::CredentialHash;
use crate::failpoint::WritePoint;
use crate::store::change::{Change, SMALL_CHANGE_BYTES};
use crate::store::{Store, StoreError, failure, operator, rows};
use crate::timestamp::Timestamp;

/// Of a store that a backup takes the place of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplacedStore {
    /// Where its audit log ends.
    pub audit: AuditHead,
    /// Rows of it that are not in the backup; `None` when the backup is of another store.
    pub audit_rows_after: Option<u64>,
    /// Sites whose part had ended, and when.
    revoked: Vec<(SiteId, Timestamp)>,
    /// Updates that the operator had discarded.
    discarded: Vec<UpdateId>,
    sites: BTreeSet<SiteId>,
}

/// What was done to the restored store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reapplied {
    /// Sites whose part had ended after the backup was made, and is ended again.
    pub revoked: Vec<SiteId>,
    /// Updates that were discarded after the backup was made, and are discarded again.
    pub discarded: Vec<UpdateId>,
    /// Sites that enrolled after the backup was made; they must be invited again.
    pub lost: Vec<SiteId>,
    /// Invitations that were open in the backup and are closed: one may have been used since.
    pub closed: Vec<InvitationId>,
}

/// Reads what matters of the store that is to be replaced. `backup` is where the backup's audit log ends.
pub(super) async fn read(old: &mut AnyConnection, backup: &Verified) -> Result<ReplacedStore, StoreError> {
    let row = sqlx::query("SELECT row_count, hash FROM audit_head").fetch_one(&mut *old).await.map_err(failure)?;
    let audit = AuditHead { rows: rows::number(&row, "row_count")?, hash: rows::parsed(&row, "hash")? };
    let query = sqlx::query("SELECT hash FROM audit WHERE number = $1");
    let number = i64::try_from(backup.rows).unwrap_or(i64::MAX);
    let at_backup = query.bind(number).fetch_optional(&mut *old).await.map_err(failure)?;
    let at_backup: Option<ChainHash> = at_backup.map(|row| rows::parsed(&row, "hash")).transpose()?;
    let is_continued = backup.rows == 0 || at_backup == Some(backup.head);
    let mut replaced = ReplacedStore {
        audit,
        audit_rows_after: is_continued.then(|| audit.rows.saturating_sub(backup.rows)),
        revoked: Vec::new(),
        discarded: Vec::new(),
        sites: BTreeSet::new(),
    };
    for row in sqlx::query("SELECT id, revoked_at_ms FROM sites").fetch_all(&mut *old).await.map_err(failure)? {
        let site = rows::parsed(&row, "id")?;
        replaced.sites.insert(site);
        replaced.revoked.extend(rows::time(&row, "revoked_at_ms")?.map(|at| (site, at)));
    }
    let query = sqlx::query("SELECT detail FROM audit WHERE kind = 'updates-discarded' AND number > $1");
    for row in query.bind(if is_continued { number } else { 0 }).fetch_all(&mut *old).await.map_err(failure)? {
        let Discarded { updates } = rows::json(&row, "detail")?;
        replaced.discarded.extend(updates);
    }
    Ok(replaced)
}

/// What the audit log says of updates that were discarded.
#[derive(Deserialize)]
struct Discarded {
    updates: Vec<UpdateId>,
}

/// Notes the act in the restored store, with all that must not come back.
pub(super) async fn reapply(
    store: &Store,
    replaced: Option<&ReplacedStore>,
    backup: &Verified,
    operator: &CredentialHash,
    now: Timestamp,
) -> Result<Reapplied, StoreError> {
    let known: BTreeSet<SiteId> = store.sites(None, now).await?.into_iter().map(|site| site.id).collect();
    let mut change = store.change(WritePoint::Restore, SMALL_CHANGE_BYTES).await?;
    let entry = |event| AuditEntry { at: now, actor: Actor::CommandLine, federation: None, event };
    let (rows, head) = (backup.rows, backup.head);
    let replaced_audit = replaced.map(|replaced| replaced.audit);
    change.record(&entry(AuditEvent::StoreRestored { rows, head, replaced: replaced_audit })).await?;
    let mut done = Reapplied::default();
    if let Some(replaced) = replaced {
        for (site, at) in &replaced.revoked {
            if change.revoke_again(*site, *at).await? {
                done.revoked.push(*site);
                change.record(&entry(AuditEvent::SiteRevoked { site: *site })).await?;
            }
        }
        for update in &replaced.discarded {
            if change.discard_again(*update).await? {
                done.discarded.push(*update);
            }
        }
        done.lost = replaced.sites.difference(&known).copied().collect();
    }
    done.closed = change.close_invitations(now).await?;
    for invitation in &done.closed {
        change.record(&entry(AuditEvent::InvitationRevoked { invitation: *invitation })).await?;
    }
    change.execute(operator::replace(operator, now)).await?;
    change.record(&entry(AuditEvent::OperatorCredentialMade)).await?;
    change.commit().await?;
    Ok(done)
}

impl Change<'_> {
    async fn revoke_again(&mut self, site: SiteId, at: Timestamp) -> Result<bool, StoreError> {
        let query = sqlx::query("UPDATE sites SET revoked_at_ms = $1 WHERE id = $2 AND revoked_at_ms IS NULL");
        Ok(self.execute(query.bind(rows::ms(at)).bind(site.to_string())).await? == 1)
    }

    async fn discard_again(&mut self, update: UpdateId) -> Result<bool, StoreError> {
        let query = sqlx::query("DELETE FROM updates WHERE id = $1 AND body IS NOT NULL RETURNING federation");
        let Some(row) = self.row(query.bind(update.to_string())).await? else { return Ok(false) };
        let federation: FederationId = rows::parsed(&row, "federation")?;
        self.advance_any(&federation).await?;
        Ok(true)
    }

    async fn close_invitations(&mut self, now: Timestamp) -> Result<Vec<InvitationId>, StoreError> {
        let query = sqlx::query(
            "UPDATE invitations SET revoked_at_ms = $1 WHERE used_at_ms IS NULL AND revoked_at_ms IS NULL
             AND expires_at_ms > $1 RETURNING id",
        );
        let closed = self.rows(query.bind(rows::ms(now))).await?;
        closed.iter().map(|row| rows::parsed(row, "id")).collect()
    }
}

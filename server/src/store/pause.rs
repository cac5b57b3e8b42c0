//! Pausing and resuming a federation.

use fedner_protocol::FederationId;

use super::change::SMALL_CHANGE_BYTES;
use super::{Store, StoreError, rows};
use crate::audit::{Actor, AuditEntry, AuditEvent};
use crate::failpoint::WritePoint;
use crate::timestamp::Timestamp;

/// What came of pausing or resuming a federation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseOutcome {
    /// It was done.
    Done,
    /// It was so already.
    AlreadySo,
    /// No such federation was ever served from this store.
    NoFederation,
}

impl Store {
    /// Pauses or resumes a federation. An open round closes without losing what it has; once resumed, it opens
    /// anew with a full deadline.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn set_paused(
        &self,
        federation: &FederationId,
        paused: bool,
        actor: Actor,
        now: Timestamp,
    ) -> Result<PauseOutcome, StoreError> {
        let mut change = self.change(WritePoint::PauseFederation, SMALL_CHANGE_BYTES).await?;
        change.lock(federation).await?;
        let query = sqlx::query("SELECT paused FROM federations WHERE id = $1").bind(federation.as_str());
        let Some(row) = change.row(query).await? else {
            return Ok(PauseOutcome::NoFederation);
        };
        if (rows::number::<u32>(&row, "paused")? != 0) == paused {
            return Ok(PauseOutcome::AlreadySo);
        }
        change.advance_any(federation).await?;
        let query = "UPDATE federations SET paused = $1, deadline_ms = NULL, present = '[]' WHERE id = $2";
        change.execute(sqlx::query(query).bind(i64::from(paused)).bind(federation.as_str())).await?;
        let event = if paused { AuditEvent::FederationPaused } else { AuditEvent::FederationResumed };
        change.record(&AuditEntry { at: now, actor, federation: Some(federation.clone()), event }).await?;
        change.commit().await?;
        Ok(PauseOutcome::Done)
    }
}

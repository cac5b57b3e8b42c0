//! The operator's credential, of which there is one.

use super::change::{SMALL_CHANGE_BYTES, Statement};
use super::{Store, StoreError, failure, rows};
use crate::audit::{Actor, AuditEntry, AuditEvent};
use crate::credential::CredentialHash;
use crate::failpoint::WritePoint;
use crate::timestamp::Timestamp;

const REPLACE: &str = "INSERT INTO operator (one, credential_hash, made_at_ms) VALUES (1, $1, $2)
    ON CONFLICT (one) DO UPDATE SET credential_hash = excluded.credential_hash, made_at_ms = excluded.made_at_ms";

/// Sets the operator's credential in place of the one there was.
pub(super) fn replace(credential: &CredentialHash, now: Timestamp) -> Statement<'static> {
    sqlx::query(REPLACE).bind(credential.as_bytes().to_vec()).bind(rows::ms(now))
}

impl Store {
    /// The hash of the operator's credential, once there is one.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn operator(&self) -> Result<Option<CredentialHash>, StoreError> {
        let query = sqlx::query("SELECT credential_hash FROM operator");
        let row = query.fetch_optional(&self.readers).await.map_err(failure)?;
        row.map(|row| rows::credential(&row)).transpose()
    }

    /// Sets the first operator credential; `false` when there is one.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn insert_operator(&self, credential: &CredentialHash, now: Timestamp) -> Result<bool, StoreError> {
        const INSERT: &str = "INSERT INTO operator (one, credential_hash, made_at_ms) VALUES (1, $1, $2)
             ON CONFLICT (one) DO NOTHING";
        self.write_operator(INSERT, credential, Actor::Server, now).await
    }

    /// Sets the operator's credential in place of the one there was; that one is worth nothing from now on.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn replace_operator(
        &self,
        credential: &CredentialHash,
        actor: Actor,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write_operator(REPLACE, credential, actor, now).await.map(|_| ())
    }

    async fn write_operator(
        &self,
        statement: &'static str,
        credential: &CredentialHash,
        actor: Actor,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut change = self.change(WritePoint::MakeOperator, SMALL_CHANGE_BYTES).await?;
        let query = sqlx::query(statement).bind(credential.as_bytes().to_vec()).bind(rows::ms(now));
        if change.execute(query).await? == 0 {
            return Ok(false);
        }
        let event = AuditEvent::OperatorCredentialMade;
        change.record(&AuditEntry { at: now, actor, federation: None, event }).await?;
        change.commit().await?;
        Ok(true)
    }
}

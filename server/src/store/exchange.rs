//! Secure aggregation's messages, for as long as their attempt lasts.

use fedner_protocol::{FederationId, SiteId};
use fedner_secure_aggregation::Step;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::change::Change;
use super::{Revision, Store, StoreError, failure, rows};
use crate::rounds::Exchange;

/// An exchange as it was left.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredExchange {
    /// The attempt that it is of.
    pub attempt: u32,
    /// How far it has come.
    pub exchange: Exchange,
}

impl Store {
    /// Notes that an attempt has come to another step; `None` when the federation is not at `revision` any more.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn set_exchange(
        &self,
        federation: &FederationId,
        revision: Revision,
        exchange: &Exchange,
    ) -> Result<Option<Revision>, StoreError> {
        let mut change = self.passing_change().await?;
        let Some(next) = change.advance(federation, revision).await? else {
            return Ok(None);
        };
        let query = "UPDATE secure_rounds SET state = $1 WHERE federation = $2";
        change.execute(sqlx::query(query).bind(json(exchange)?).bind(federation.as_str())).await?;
        change.commit().await?;
        Ok(Some(next))
    }

    /// Stores a site's message; `None` when the federation is not at `revision` any more.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn insert_message(
        &self,
        federation: &FederationId,
        revision: Revision,
        (step, site): (Step, SiteId),
        message: &impl Serialize,
    ) -> Result<Option<Revision>, StoreError> {
        let mut change = self.passing_change().await?;
        let Some(next) = change.advance(federation, revision).await? else {
            return Ok(None);
        };
        let query = "INSERT INTO secure_messages (federation, site, step, body) VALUES ($1, $2, $3, $4)";
        let query =
            sqlx::query(query).bind(federation.as_str()).bind(site.to_string()).bind(name(step)).bind(json(message)?);
        change.execute(query).await?;
        change.commit().await?;
        Ok(Some(next))
    }

    /// All messages of a step, in the order of their sites.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn messages<T: DeserializeOwned>(
        &self,
        federation: &FederationId,
        step: Step,
    ) -> Result<Vec<(SiteId, T)>, StoreError> {
        let query = "SELECT site, body FROM secure_messages WHERE federation = $1 AND step = $2";
        let found = sqlx::query(query).bind(federation.as_str()).bind(name(step)).fetch_all(&self.readers).await;
        let read =
            found.map_err(failure)?.into_iter().map(|row| Ok((rows::parsed(&row, "site")?, rows::json(&row, "body")?)));
        let mut messages = read.collect::<Result<Vec<_>, StoreError>>()?;
        messages.sort_by_key(|(site, _)| *site);
        Ok(messages)
    }

    /// The exchange of the open attempt, if there is one.
    pub(super) async fn exchange(&self, federation: &FederationId) -> Result<Option<StoredExchange>, StoreError> {
        let query = "SELECT attempt, state FROM secure_rounds WHERE federation = $1";
        let row = sqlx::query(query).bind(federation.as_str()).fetch_optional(&self.readers).await.map_err(failure)?;
        let Some(row) = row else { return Ok(None) };
        let mut exchange: Exchange = rows::json(&row, "state")?;
        let query = "SELECT site FROM secure_messages WHERE federation = $1 AND step = $2";
        let sent = sqlx::query(query).bind(federation.as_str()).bind(name(exchange.step)).fetch_all(&self.readers);
        exchange.sent =
            sent.await.map_err(failure)?.iter().map(|row| rows::parsed(row, "site")).collect::<Result<_, _>>()?;
        Ok(Some(StoredExchange { attempt: rows::number(&row, "attempt")?, exchange }))
    }
}

impl Change<'_> {
    /// Ends an attempt: whatever was sent in it has masks that nobody can take off any more.
    pub(super) async fn end_exchange(&mut self, federation: &FederationId) -> Result<(), StoreError> {
        for query in
            ["DELETE FROM secure_messages WHERE federation = $1", "DELETE FROM secure_rounds WHERE federation = $1"]
        {
            self.execute(sqlx::query(query).bind(federation.as_str())).await?;
        }
        Ok(())
    }

    /// Begins an attempt, without the masked updates of an earlier one.
    pub(super) async fn begin_exchange(
        &mut self,
        federation: &FederationId,
        attempt: u32,
        exchange: &Exchange,
    ) -> Result<(), StoreError> {
        self.end_exchange(federation).await?;
        self.discard_masked(federation).await?;
        let query = "INSERT INTO secure_rounds (federation, attempt, state) VALUES ($1, $2, $3)";
        let query = sqlx::query(query).bind(federation.as_str()).bind(i64::from(attempt)).bind(json(exchange)?);
        self.execute(query).await.map(|_| ())
    }

    async fn discard_masked(&mut self, federation: &FederationId) -> Result<(), StoreError> {
        let query = "DELETE FROM updates WHERE federation = $1 AND merged_into IS NULL";
        self.execute(sqlx::query(query).bind(federation.as_str())).await.map(|_| ())
    }
}

fn name(step: Step) -> &'static str {
    match step {
        Step::Keys => "keys",
        Step::Shares => "shares",
        Step::Masked => "masked",
        Step::Unmask => "unmask",
    }
}

fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Database(e.to_string()))
}

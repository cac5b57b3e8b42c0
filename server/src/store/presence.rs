//! Which sites each server sees, shared with the other servers and kept over a restart.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use fedner_protocol::{FederationId, SiteId};

use super::notices::Notice;
use super::{Store, StoreError, failure, rows};
use crate::timestamp::Timestamp;

/// A server that was not heard of for so long counts as dead; its sites then have the usual time to come back.
pub const REPLICA_TIMEOUT_MS: u64 = 15_000;

/// A server process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaId(String);

/// A site as one server sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenSite {
    /// The site.
    pub site: SiteId,
    /// Whether it has an open event stream; with one, it is there as long as its server is alive.
    pub streaming: bool,
    /// Its last request.
    pub at: Timestamp,
}

/// A site as a server, this or another, sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPresence {
    /// The site.
    pub seen: SeenSite,
    /// The server.
    pub replica: ReplicaId,
    /// When the server was last alive.
    pub replica_alive: Timestamp,
}

impl ReplicaId {
    /// A new one, from the operating system's generator.
    ///
    /// # Errors
    /// When the operating system has no random bytes to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes.iter().map(|b| format!("{b:02x}")).collect()))
    }
}

impl fmt::Display for ReplicaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Store {
    /// Notes that a server is alive, and forgets those that were last alive at another time than one of `kept`.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn replica_alive(
        &self,
        replica: &ReplicaId,
        now: Timestamp,
        kept: Range<Timestamp>,
    ) -> Result<(), StoreError> {
        let mut change = self.passing_change().await?;
        let query = "INSERT INTO replicas (id, seen_at_ms) VALUES ($1, $2)
                     ON CONFLICT (id) DO UPDATE SET seen_at_ms = excluded.seen_at_ms";
        change.execute(sqlx::query(query).bind(replica.0.as_str()).bind(rows::ms(now))).await?;
        let query = "DELETE FROM replicas WHERE seen_at_ms < $1 OR seen_at_ms > $2";
        change.execute(sqlx::query(query).bind(rows::ms(kept.start)).bind(rows::ms(kept.end))).await?;
        change.commit().await
    }

    /// Notes that a server has ended properly and will not come back. The sites that it saw keep their time.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn replica_stopped(&self, replica: &ReplicaId) -> Result<(), StoreError> {
        let mut change = self.passing_change().await?;
        change.execute(sqlx::query("UPDATE replicas SET stopped = 1 WHERE id = $1").bind(replica.0.as_str())).await?;
        change.commit().await
    }

    /// When a server that has not ended properly was last alive, if there is any.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn last_alive(&self) -> Result<Option<Timestamp>, StoreError> {
        let query = sqlx::query("SELECT max(seen_at_ms) AS alive_at_ms FROM replicas WHERE stopped = 0");
        let row = query.fetch_one(&self.readers).await.map_err(failure)?;
        rows::time(&row, "alive_at_ms")
    }

    /// Notifies which sites this server sees anew or otherwise than before, and which have left all servers.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn share_presence(
        &self,
        federation: &FederationId,
        replica: &ReplicaId,
        left: &BTreeSet<SiteId>,
        seen: &[SeenSite],
    ) -> Result<(), StoreError> {
        let mut change = self.passing_change().await?;
        // One server after the other, so that two never wait for each other's rows.
        change.lock(federation).await?;
        for site in left {
            let query = sqlx::query("DELETE FROM presence WHERE federation = $1 AND site = $2");
            change.execute(query.bind(federation.as_str()).bind(site.to_string())).await?;
        }
        for SeenSite { site, streaming, at } in seen {
            let query = sqlx::query(
                "INSERT INTO presence (federation, site, replica, streams, seen_at_ms) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (federation, site, replica)
                 DO UPDATE SET streams = excluded.streams, seen_at_ms = excluded.seen_at_ms",
            )
            .bind(federation.as_str())
            .bind(site.to_string())
            .bind(replica.0.as_str())
            .bind(i64::from(*streaming))
            .bind(rows::ms(*at));
            change.execute(query).await?;
        }
        change.notify(&Notice::Presence(federation.clone())).await?;
        change.commit().await
    }

    /// All that the servers see of a federation's sites; a site can be there several times.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn presence(&self, federation: &FederationId) -> Result<Vec<StoredPresence>, StoreError> {
        let query =
            "SELECT site, streams, presence.seen_at_ms AS seen_at_ms, replica, replicas.seen_at_ms AS alive_at_ms
                     FROM presence JOIN replicas ON replicas.id = presence.replica WHERE federation = $1";
        let query = sqlx::query(query).bind(federation.as_str());
        let found = query.fetch_all(&self.readers).await.map_err(failure)?;
        let read = found.iter().map(|row| {
            let streams: u32 = rows::number(row, "streams")?;
            let at = rows::time(row, "seen_at_ms")?.unwrap_or_default();
            Ok(StoredPresence {
                seen: SeenSite { site: rows::parsed(row, "site")?, streaming: streams > 0, at },
                replica: ReplicaId(rows::text(row, "replica")?),
                replica_alive: rows::time(row, "alive_at_ms")?.unwrap_or_default(),
            })
        });
        read.collect()
    }
}

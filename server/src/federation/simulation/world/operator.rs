//! What the operator does, and what befalls the store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fedner_protocol::{SiteId, UpdateId};
use sqlx::{AssertSqlSafe, Row};

use super::World;
use crate::audit::Actor;
use crate::clock::Clock;
use crate::error::Error;
use crate::federation::simulation::site::Tab;
use crate::store::{StoreError, Unmerged};

/// What is backed up, in an order in which it can be put back.
const TABLES: [(&str, &str); 5] = [
    ("federations", "id"),
    ("sites", "federation"),
    ("models", "federation"),
    ("updates", "federation"),
    ("optimiser_states", "federation"),
];

/// What was known when the backup was made.
#[derive(Clone)]
pub(super) struct Snapshot {
    sites: Vec<SiteId>,
    acknowledged: BTreeMap<UpdateId, u32>,
}

impl World {
    pub(super) async fn set_paused(&mut self, paused: bool, notified: bool) -> Result<(), String> {
        self.recover().await;
        let (federation, store) = (Arc::clone(self.replicas[0].federation()), Arc::clone(self.store()));
        let (id, now) = (self.config.id.clone(), self.replicas[0].machine.now());
        let set = async move {
            match notified {
                true => federation.set_paused(paused, Actor::Operator).await.map(drop),
                false => Ok(store.set_paused(&id, paused, Actor::CommandLine, now).await.map(drop)?),
            }
        };
        match self.ask(0, set).await {
            None | Some(Ok(()) | Err(Error::Store(StoreError::Full(_)))) => Ok(()),
            Some(Err(error)) => Err(format!("it can't be paused or resumed: {error}")),
        }
    }

    pub(super) async fn revoke(&mut self, site: usize, discard: bool) -> Result<(), String> {
        self.recover().await;
        let (federation, store) = (Arc::clone(self.replicas[0].federation()), Arc::clone(self.store()));
        let (id, now) = (self.sites[site], self.replicas[0].machine.now());
        let updates = if discard { Unmerged::Discard } else { Unmerged::Keep };
        let revoke = async move {
            let revoked = store.revoke_site(id, updates, Actor::Operator, now).await;
            let _ = federation.leave(id).await;
            revoked
        };
        let revoked = match self.ask(0, revoke).await {
            None | Some(Err(StoreError::Full(_))) => self.is_revoked(id).await?,
            Some(outcome) => {
                outcome.map_err(|error| format!("site {site} can't be revoked: {error}"))?;
                true
            }
        };
        if revoked {
            self.revoked.insert(id);
            self.close_tabs(site);
            self.note_discarded(id).await?;
        }
        Ok(())
    }

    /// Whether it was stored: the answer to the operator was lost.
    async fn is_revoked(&self, site: SiteId) -> Result<bool, String> {
        let found = self.store().site(site).await.map_err(|error| error.to_string())?;
        Ok(found.is_some_and(|site| site.revoked.is_some()))
    }

    /// What of the site's updates is not there any more was discarded.
    async fn note_discarded(&mut self, site: SiteId) -> Result<(), String> {
        let made: Vec<_> = self.made.values().map(|made| (made.id, self.sites[made.tab.site])).collect();
        for (update, _) in made.into_iter().filter(|(_, of)| *of == site) {
            let found = self.store().update(&self.config.id, update).await.map_err(|error| error.to_string())?;
            if found.is_none() && self.acknowledged.remove(&update).is_some() {
                self.discarded.insert(update);
            }
        }
        Ok(())
    }

    /// In the place of a site whose part was ended, once nothing of it waits to be merged: a place has one update in
    /// a version.
    pub(super) async fn enrol(&mut self, site: usize) -> Result<(), String> {
        if !self.revoked.contains(&self.sites[site]) {
            return Ok(());
        }
        self.recover().await;
        let waiting = self.count("SELECT count(*) AS found FROM updates WHERE site = $1 AND body IS NOT NULL", site);
        if waiting.await? == 0 {
            self.replicas.iter().for_each(|replica| replica.store.faults.disarm());
            self.sites[site] = self.enrol_site().await;
            self.close_tabs(site);
            self.delayed.clear();
        }
        Ok(())
    }

    async fn count(&self, query: &'static str, site: usize) -> Result<i64, String> {
        let row = sqlx::query(query).bind(self.sites[site].to_string()).fetch_one(self.store().raw()).await;
        row.and_then(|row| row.try_get("found")).map_err(|error| error.to_string())
    }

    async fn execute(&self, statement: String) -> Result<(), String> {
        let statement = sqlx::query(AssertSqlSafe(statement));
        statement.execute(self.store().raw()).await.map(drop).map_err(|error| error.to_string())
    }

    pub(super) async fn rot(&mut self, smallest: bool) -> Result<(), String> {
        self.recover().await;
        let (which, id) = (if smallest { "min" } else { "max" }, self.config.id.clone());
        let rot = format!(
            "UPDATE updates SET body = x'0102' WHERE federation = '{id}' AND id = (SELECT {which}(id) FROM updates
             WHERE federation = '{id}' AND body IS NOT NULL) RETURNING id"
        );
        let rotten = sqlx::query(AssertSqlSafe(rot)).fetch_optional(self.store().raw()).await;
        if let Some(row) = rotten.map_err(|error| error.to_string())? {
            let id: String = row.try_get("id").map_err(|error| error.to_string())?;
            self.rotten.insert(id.parse().map_err(|error| format!("{error}"))?);
        }
        Ok(())
    }

    pub(super) async fn rot_optimiser_state(&mut self) -> Result<(), String> {
        self.recover().await;
        let id = self.config.id.clone();
        self.execute(format!("UPDATE optimiser_states SET state = x'0102' WHERE federation = '{id}'")).await
    }

    pub(super) async fn back_up(&mut self) -> Result<(), String> {
        self.recover().await;
        let id = self.config.id.clone();
        for (table, column) in TABLES {
            // Made once a store: after a change of its tables, a database prepares every statement anew.
            self.execute(format!("CREATE TABLE IF NOT EXISTS kept_{table} AS SELECT * FROM {table} WHERE false"))
                .await?;
            self.execute(format!("DELETE FROM kept_{table}")).await?;
            let copy = format!("INSERT INTO kept_{table} SELECT * FROM {table} WHERE {column} = '{id}'");
            self.execute(copy).await?;
        }
        self.snapshot = Some(Snapshot { sites: self.sites.clone(), acknowledged: self.acknowledged.clone() });
        Ok(())
    }

    /// Puts the rows back as a restore does: with all servers stopped, and with what must not come back.
    pub(super) async fn restore(&mut self) -> Result<(), String> {
        let Some(snapshot) = self.snapshot.clone() else { return Ok(()) };
        for replica in &mut self.replicas {
            replica.store.faults.disarm();
            replica.kill().await;
        }
        let id = self.config.id.clone();
        self.execute(format!("DELETE FROM presence WHERE federation = '{id}'")).await?;
        self.execute(format!("DELETE FROM damaged WHERE federation = '{id}'")).await?;
        let in_order = TABLES.iter().rev().filter(|(table, _)| *table != "federations");
        for (table, column) in in_order {
            self.execute(format!("DELETE FROM {table} WHERE {column} = '{id}'")).await?;
        }
        let columns = "revision, version, attempt, deadline_ms, present, paused";
        self.execute(format!(
            "UPDATE federations SET ({columns}) = (SELECT {columns} FROM kept_federations) WHERE id = '{id}'"
        ))
        .await?;
        for (table, _) in TABLES.iter().filter(|(table, _)| *table != "federations") {
            self.execute(format!("INSERT INTO {table} SELECT * FROM kept_{table}")).await?;
        }
        for site in &self.revoked {
            self.execute(format!("UPDATE sites SET revoked_at_ms = 1 WHERE id = '{site}'")).await?;
        }
        for update in &self.discarded {
            self.execute(format!("DELETE FROM updates WHERE id = '{update}' AND body IS NOT NULL")).await?;
        }
        // Those that enrolled since are not known any more.
        let lost: BTreeSet<_> = self.sites.iter().filter(|site| !snapshot.sites.contains(site)).copied().collect();
        self.revoked.extend(lost);
        self.sites.clone_from(&snapshot.sites);
        let discarded = &self.discarded;
        self.acknowledged = snapshot.acknowledged.into_iter().filter(|(id, _)| !discarded.contains(id)).collect();
        self.tabs.values_mut().for_each(|tab| *tab = Tab { model: tab.model.take(), ..Tab::default() });
        (self.opened, self.paused_at) = (None, None);
        self.recover().await;
        Ok(())
    }
}

//! Time passes for everybody alike; clocks are set at one place.

use std::collections::BTreeSet;
use std::sync::Arc;

use fedner_protocol::SiteId;

use super::{DEADLINE_S, START, World};
use crate::federation::simulation::site::Tab;
use crate::store_clock::APART_MAX_MS;
use crate::timestamp::Timestamp;

const WEEK_MS: u64 = 7 * 24 * 3600 * 1000;
/// Time that passes between two signs of life of the servers.
const BEAT_MS: u64 = 4000;

/// The open round as it was last seen, and who had to be waited for.
pub(super) struct Opened {
    version: u32,
    attempt: u32,
    deadline: Timestamp,
    since_ms: u64,
    awaited: BTreeSet<SiteId>,
}

impl World {
    /// The database's time goes on; a store for one server has none.
    pub(super) fn tell_time(&self) {
        let now = START.plus_ms(self.elapsed_ms).shifted_ms(self.store_set_by_ms);
        let now = self.is_shared().then_some(now);
        self.replicas.iter().for_each(|replica| replica.store.faults.set_time(now));
    }

    /// Time passes, and the servers hear of each other meanwhile.
    pub(super) async fn pass(&mut self, ms: u64) {
        let mut left = ms;
        while left > 0 {
            let step = left.min(BEAT_MS);
            left -= step;
            self.advance(step);
            if !self.is_shared() {
                continue;
            }
            self.beat().await;
            for at in 0..self.replicas.len() {
                self.recover().await;
                let federation = Arc::clone(self.replicas[at].federation());
                let _ = self.ask(at, federation.look()).await;
            }
            self.recover().await;
        }
    }

    /// Every server says that it is alive.
    async fn beat(&mut self) {
        for at in 0..self.replicas.len() {
            self.recover().await;
            let heart = self.replicas[at].heart();
            self.ask(at, heart.beat()).await;
        }
        self.recover().await;
    }

    /// A week passes, and all tabs were closed.
    pub(super) async fn pass_week(&mut self) -> Result<(), String> {
        self.tabs.values_mut().for_each(|tab| *tab = Tab::default());
        self.settle().await?;
        self.advance(WEEK_MS);
        self.beat().await;
        Ok(())
    }

    /// When a round opened that was first seen now: maybe some time ago, while time passed. Servers that share a store
    /// agree on what time it is; one alone opens a round at the end of such a time.
    fn opened_at(&self, deadline: Timestamp) -> u64 {
        if !self.is_shared() {
            return self.elapsed_ms;
        }
        let start = START.shifted_ms(self.store_set_by_ms).plus_ms(u64::from(DEADLINE_S) * 1000);
        u64::try_from(deadline.signed_ms_after(start)).unwrap_or(0).min(self.elapsed_ms)
    }

    fn advance(&mut self, ms: u64) {
        self.elapsed_ms += ms;
        self.tell_time();
        self.replicas.iter().for_each(|replica| replica.machine.advance_ms(ms));
    }

    /// Somebody sets the database's clock.
    pub(super) fn set_store_clock(&mut self, ms: i64) {
        if self.is_shared() {
            self.store_set_by_ms += ms;
            self.tell_time();
            // How long a round is open is not known any more to the second.
            self.opened = None;
        }
    }

    /// A round that closes before its deadline has the updates of all that the servers knew to be there.
    pub(super) async fn no_round_closed_early(&mut self) -> Result<(), String> {
        let id = self.config.id.clone();
        let stored = self.stored_round().await?;
        let before = self.opened.take();
        let known = self.tabs.iter().filter(|(_, tab)| tab.is_known && tab.stream.is_some());
        let awaited: BTreeSet<_> = known.map(|(id, _)| self.sites[id.site]).collect();
        let awaited: BTreeSet<_> = awaited.difference(&self.revoked).copied().collect();
        if let Some(opened) = &before
            && stored.version == opened.version + 1
            && self.elapsed_ms - opened.since_ms + APART_MAX_MS < u64::from(DEADLINE_S) * 1000
            && let Some(merged) = self.store().updates_in(&id, stored.version).await.map_err(|e| e.to_string())?
            && (merged as usize) < opened.awaited.intersection(&awaited).count()
        {
            return Err(format!("round {} was closed early, with {merged} updates", stored.version));
        }
        self.opened = stored.deadline.map(|deadline| {
            let is_same = |opened: &Opened| {
                (opened.version, opened.attempt, opened.deadline) == (stored.version, stored.attempt, deadline)
            };
            let since_ms = before.filter(is_same).map_or(self.opened_at(deadline), |opened| opened.since_ms);
            Opened { version: stored.version, attempt: stored.attempt, deadline, since_ms, awaited }
        });
        Ok(())
    }
}

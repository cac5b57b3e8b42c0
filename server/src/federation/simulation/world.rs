//! The federation, its servers, its sites, the network between them and the time.

mod config;
mod end;
mod network;
mod operator;
mod time;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use fedner_protocol::{Digest, FederationState, Manifest, SiteId, UpdateId};

use sqlx::Row;

pub(super) use self::config::config;
use self::operator::Snapshot;
use super::operation::{FailurePoint, Operation, SITES, TABS, TabId};
use super::replica::Replica;
use super::site::{Model, Request, Tab};
use crate::clock::{Clock, ManualClock};
use crate::config::FederationConfig;
use crate::credential::Credential;
use crate::store::faults::Fault;
use crate::store::{Enrolled, NewSite, Store};
use crate::timestamp::Timestamp;

pub(super) const ROUNDS: u32 = 3;
pub(super) const QUORUM: u32 = 2;
const DEADLINE_S: u32 = 10;
const START: Timestamp = Timestamp::from_ms(1_800_000_000_000);
/// How far the clocks of the servers' machines are from the database's.
const SKEWS_MS: [i64; 2] = [-40_000, 3_600_000];

/// An update that a tab made.
pub(super) struct Made {
    pub(super) tab: TabId,
    pub(super) round: u32,
    pub(super) id: UpdateId,
    /// Digest of the module that it was made from.
    pub(super) base: Digest,
}

/// Where the next round stands, as stored.
struct StoredRound {
    version: u32,
    attempt: u32,
    deadline: Option<Timestamp>,
    paused: bool,
}

pub(super) struct World {
    pub(super) config: FederationConfig,
    pub(super) manifest: Manifest,
    pub(super) replicas: Vec<Replica>,
    /// Time that has passed.
    elapsed_ms: u64,
    /// How far the database's clock was set.
    store_set_by_ms: i64,
    sites: Vec<SiteId>,
    /// Those whose part was ended, with their earlier ones.
    revoked: BTreeSet<SiteId>,
    pub(super) tabs: BTreeMap<TabId, Tab>,
    delayed: Vec<Request>,
    /// The models that were sent out, by their digests.
    fetched: HashMap<Digest, Model>,
    /// The newest version when the federation was paused.
    paused_at: Option<u32>,
    opened: Option<time::Opened>,
    /// All updates ever made, by the number that each adds.
    pub(super) made: BTreeMap<u32, Made>,
    /// Updates that were acknowledged to a site as part of a round.
    pub(super) acknowledged: BTreeMap<UpdateId, u32>,
    /// Updates that the operator has discarded.
    pub(super) discarded: BTreeSet<UpdateId>,
    /// Updates whose stored bytes were damaged.
    pub(super) rotten: BTreeSet<UpdateId>,
    snapshot: Option<Snapshot>,
}

impl World {
    /// A federation on a server for each of these stores; they are one store for several servers.
    pub(super) async fn new(stores: &[Arc<Store>], folder: &Path, name: &str) -> Self {
        let config = config(name);
        let mut replicas = Vec::new();
        for (store, skew_ms) in stores.iter().zip(SKEWS_MS) {
            store.faults.disarm();
            let skew_ms = if stores.len() > 1 { skew_ms } else { 0 };
            replicas.push(Replica::new(Arc::clone(store), ManualClock::new(START.shifted_ms(skew_ms)), folder));
        }
        let mut world = Self {
            manifest: Manifest::of(&config.model),
            config,
            replicas,
            elapsed_ms: 0,
            store_set_by_ms: 0,
            sites: Vec::new(),
            revoked: BTreeSet::new(),
            tabs: TabId::all().map(|tab| (tab, Tab::default())).collect(),
            delayed: Vec::new(),
            fetched: HashMap::new(),
            paused_at: None,
            opened: None,
            made: BTreeMap::new(),
            acknowledged: BTreeMap::new(),
            discarded: BTreeSet::new(),
            rotten: BTreeSet::new(),
            snapshot: None,
        };
        world.tell_time();
        world.recover().await;
        for _ in 0..SITES {
            let site = world.enrol_site().await;
            world.sites.push(site);
        }
        world
    }

    /// Whether several servers share the store.
    fn is_shared(&self) -> bool {
        self.replicas.len() > 1
    }

    /// The server that is meant, of those there are.
    fn at(&self, replica: usize) -> usize {
        replica % self.replicas.len()
    }

    /// The store, asked by the first server's connections.
    fn store(&self) -> &Arc<Store> {
        &self.replicas[0].store
    }

    async fn enrol_site(&self) -> SiteId {
        let credential = Credential::generate().expect("the machine has random bytes");
        let (id, federation, hash) = (credential.site(), self.config.id.clone(), credential.hash());
        let site = NewSite { id, federation, credential: hash, public_key: None, invitation: None };
        let enrolled = self.store().enrol(&site, self.replicas[0].machine.now(), self.config.sites_max).await;
        assert_eq!(enrolled.expect("nothing fails here"), Enrolled::New);
        site.id
    }

    pub(super) async fn run(&mut self, operation: &Operation) -> Result<(), String> {
        match operation {
            Operation::Join(tab, at) => self.join(*tab, self.at(*at)).await?,
            Operation::Close(tab) => *self.tab(*tab) = Tab::default(),
            Operation::Leave(site) => self.leave(*site).await?,
            Operation::Train(tab) => self.train(*tab).await?,
            Operation::Send(tab, delivery, at) => self.send(*tab, *delivery, self.at(*at)).await?,
            Operation::Arrive(number, at) => {
                if !self.delayed.is_empty() {
                    let request = self.delayed.remove(number % self.delayed.len());
                    self.deliver(&request, self.at(*at)).await?;
                }
            }
            Operation::Follow => self.follow().await?,
            Operation::PassMs(ms) => self.pass(*ms).await,
            Operation::PassWeek => self.pass_week().await?,
            Operation::SetClock(at, ms) => self.replicas[self.at(*at)].machine.set_by_ms(*ms),
            Operation::SetStoreClock(ms) => self.set_store_clock(*ms),
            Operation::Crash(at) => {
                let at = self.at(*at);
                self.replicas[at].kill().await;
                self.recover().await;
            }
            Operation::CrashAt(at, FailurePoint { good, stored }) => {
                let fault = if *stored { Fault::CrashAfter } else { Fault::CrashBefore };
                self.replicas[self.at(*at)].store.faults.fail_after(*good, fault);
            }
            Operation::StoreFailsAt(at, FailurePoint { good, stored }) => {
                let fault = if *stored { Fault::After } else { Fault::Before };
                self.replicas[self.at(*at)].store.faults.fail_after(*good, fault);
            }
            Operation::SetPaused { paused, notified } => self.set_paused(*paused, *notified).await?,
            Operation::Rot { smallest } => self.rot(*smallest).await?,
            Operation::RotOptimiserState => self.rot_optimiser_state().await?,
            Operation::Revoke { site, discard } => self.revoke(*site, *discard).await?,
            Operation::Enrol(site) => self.enrol(*site).await?,
            Operation::BackUp => self.back_up().await?,
            Operation::Restore => self.restore().await?,
        }
        self.settle().await?;
        self.no_round_closed_early().await?;
        self.nothing_is_made_while_paused(matches!(operation, Operation::SetPaused { .. } | Operation::Restore)).await
    }

    /// Where the next round stands, as stored. Asked after each operation, so by one small query.
    async fn stored_round(&self) -> Result<StoredRound, String> {
        let query = sqlx::query("SELECT version, attempt, deadline_ms, paused FROM federations WHERE id = $1");
        let row = query.bind(self.config.id.as_str()).fetch_one(self.store().raw()).await;
        let row = row.map_err(|error| error.to_string())?;
        let number = |column: &str| row.try_get::<i64, _>(column).map_err(|error| error.to_string());
        let deadline: Option<i64> = row.try_get("deadline_ms").map_err(|error| error.to_string())?;
        Ok(StoredRound {
            version: number("version")? as u32,
            attempt: number("attempt")? as u32,
            deadline: deadline.map(|ms| Timestamp::from_ms(ms as u64)),
            paused: number("paused")? != 0,
        })
    }

    async fn nothing_is_made_while_paused(&mut self, may_have_changed: bool) -> Result<(), String> {
        if self.paused_at.is_none() && !may_have_changed {
            return Ok(());
        }
        // As stored: a server that was notified of a failure may learn later that its version was made before the pause.
        let stored = self.stored_round().await?;
        match self.paused_at {
            Some(paused_at) if stored.paused && stored.version > paused_at => {
                Err(format!("version {} was made while paused", stored.version))
            }
            paused_at => {
                self.paused_at = stored.paused.then(|| paused_at.unwrap_or(stored.version));
                Ok(())
            }
        }
    }

    /// Where the federation stands, for people.
    pub(super) fn summary(&self) -> String {
        format!("{:?}", self.state())
    }

    /// Where the federation stands, as far as the first server knows.
    pub(super) fn state(&self) -> FederationState {
        let federation = self.replicas[0].federation();
        federation.newest.borrow().state(federation.context.clock.steady(), &self.config.rounds)
    }

    fn tabs_there(&self) -> Vec<TabId> {
        self.tabs.iter().filter(|(_, tab)| tab.is_there).map(|(id, _)| *id).collect()
    }

    fn tab(&mut self, tab: TabId) -> &mut Tab {
        self.tabs.entry(tab).or_default()
    }

    fn close_tabs(&mut self, site: usize) {
        for tab in 0..TABS {
            *self.tab(TabId { site, tab }) = Tab::default();
        }
    }

    /// Where a tab's updates add their numbers: among parameters that begin as 0.
    pub(super) fn place(&self, tab: TabId) -> usize {
        let bias = self.manifest.ranges().find(|(tensor, _)| tensor.name == "input.bias");
        bias.expect("every model has it").1.start + tab.site * TABS + tab.tab
    }

    /// Waits for something that a server does; `None` when that server crashed meanwhile.
    async fn ask<T>(&mut self, at: usize, doing: impl Future<Output = T>) -> Option<T> {
        let mut doing = std::pin::pin!(doing);
        loop {
            tokio::select! {
                done = &mut doing => return Some(done),
                () = crashed(&self.replicas) => {}
            }
            let is_down = self.bury().await[at];
            if is_down {
                return None;
            }
        }
    }

    /// Ends the servers that have crashed, so that no lock of theirs is in the way; says which of all are down.
    async fn bury(&mut self) -> Vec<bool> {
        for (at, replica) in self.replicas.iter_mut().enumerate() {
            if replica.store.faults.take_crash() {
                replica.kill().await;
                self.tabs.values_mut().filter(|tab| tab.at == at).for_each(|tab| tab.stream = None);
            }
        }
        self.replicas.iter().map(|replica| !replica.is_running()).collect()
    }

    /// Starts the servers that are down.
    async fn recover(&mut self) {
        loop {
            self.bury().await;
            let Some(at) = self.replicas.iter().position(|replica| !replica.is_running()) else { return };
            self.tabs.values_mut().filter(|tab| tab.at == at).for_each(|tab| tab.stream = None);
            let stores: Vec<_> = self.replicas.iter().map(|replica| Arc::clone(&replica.store)).collect();
            tokio::select! {
                () = self.replicas[at].start(&self.config) => {}
                () = any_crashed(&stores) => {}
            }
        }
    }

    /// Waits until the servers have done all that there is to do, as far as each knows.
    async fn settle(&mut self) -> Result<(), String> {
        for at in 0..self.replicas.len() {
            loop {
                self.recover().await;
                let federation = Arc::clone(self.replicas[at].federation());
                if let Some(settled) = self.ask(at, federation.settle()).await {
                    settled.map_err(|error| format!("the driver ended: {error}"))?;
                    break;
                }
            }
        }
        self.recover().await;
        Ok(())
    }

    /// All servers hear what the others did.
    async fn follow(&mut self) -> Result<(), String> {
        for at in 0..self.replicas.len() {
            self.recover().await;
            let federation = Arc::clone(self.replicas[at].federation());
            if let Some(looked) = self.ask(at, federation.look()).await {
                looked.map_err(|error| format!("the driver ended: {error}"))?;
            }
        }
        self.recover().await;
        self.tabs.values_mut().for_each(|tab| tab.is_known = tab.stream.is_some());
        Ok(())
    }
}

async fn crashed(replicas: &[Replica]) {
    let stores: Vec<_> = replicas.iter().map(|replica| Arc::clone(&replica.store)).collect();
    any_crashed(&stores).await;
}

async fn any_crashed(stores: &[Arc<Store>]) {
    let crashes = stores.iter().map(|store| Box::pin(store.faults.crashed()));
    futures_util::future::select_all(crashes).await;
}

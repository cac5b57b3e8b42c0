//! The federation, its sites, the network between them and the time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fedner_protocol::{
    Aggregation, Decoder, Feature, FeatureTable, FederationState, LocalSteps, Manifest, ModelSpec, Phase,
    PrivateEncoder, RoundPolicy, ServerOptimiser, SiteId, UpdateHeader, UpdateId, Weighting, decode_model,
    encode_update,
};
use futures_util::FutureExt;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::operation::{FailurePoint, Fate, Operation, SITES, TABS, TabId};
use super::site::{Next, Request, Tab};
use crate::audit::Actor;
use crate::clock::{Clock, ManualClock};
use crate::config::{FederationConfig, ListenConfig};
use crate::credential::Credential;
use crate::error::Error;
use crate::federation::{Federation, Submitted, Surroundings};
use crate::replica;
use crate::rounds::Refusal;
use crate::store::faults::Fault;
use crate::store::{Enrolled, NewSite, Store, StoreError};
use crate::timestamp::Timestamp;

pub(super) const ROUNDS: u32 = 3;
pub(super) const QUORUM: u32 = 2;
const DEADLINE_S: u32 = 10;
const WEEK_MS: u64 = 7 * 24 * 3600 * 1000;
/// A federation without further accidents must be at its end after so many turns of everybody.
const TURNS_MAX: usize = 40;

/// An update that a tab made.
pub(super) struct Made {
    pub(super) tab: TabId,
    pub(super) round: u32,
    pub(super) id: UpdateId,
}

pub(super) struct World {
    store: Arc<Store>,
    folder: PathBuf,
    pub(super) config: FederationConfig,
    pub(super) manifest: Manifest,
    clock: Arc<ManualClock>,
    pub(super) federation: Arc<Federation>,
    driver: JoinHandle<()>,
    sites: Vec<SiteId>,
    pub(super) tabs: BTreeMap<TabId, Tab>,
    delayed: Vec<Request>,
    /// The newest version when the federation was paused.
    paused_at: Option<u32>,
    /// All updates ever made, by the number that each adds.
    pub(super) made: BTreeMap<u32, Made>,
    /// Updates that a site was told are in a round.
    pub(super) acknowledged: BTreeMap<UpdateId, u32>,
}

impl World {
    pub(super) async fn new(store: Arc<Store>, folder: &Path, name: &str) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_ms(1_800_000_000_000)));
        let config = config(name);
        store.faults.disarm();
        let (federation, driver) = start(&config, &store, &clock, folder).await.expect("nothing fails yet");
        let mut sites = Vec::new();
        for _ in 0..SITES {
            let credential = Credential::generate().expect("the machine has random bytes");
            let (id, federation, hash) = (credential.site(), config.id.clone(), credential.hash());
            let site = NewSite { id, federation, credential: hash, public_key: None, invitation: None };
            let enrolled = store.enrol(&site, clock.now(), config.sites_max).await;
            assert_eq!(enrolled.expect("nothing fails yet"), Enrolled::New);
            sites.push(site.id);
        }
        Self {
            store,
            folder: folder.to_owned(),
            manifest: Manifest::of(&config.model),
            config,
            clock,
            federation,
            driver,
            sites,
            tabs: TabId::all().map(|tab| (tab, Tab::default())).collect(),
            delayed: Vec::new(),
            paused_at: None,
            made: BTreeMap::new(),
            acknowledged: BTreeMap::new(),
        }
    }

    pub(super) async fn run(&mut self, operation: &Operation) -> Result<(), String> {
        match operation {
            Operation::Join(tab) => self.join(*tab).await?,
            Operation::Close(tab) => *self.tab(*tab) = Tab::default(),
            Operation::Leave(site) => self.leave(*site).await?,
            Operation::Train(tab) => self.train(*tab).await?,
            Operation::Send(tab, fate) => self.send(*tab, *fate).await?,
            Operation::Arrive(number) => {
                if !self.delayed.is_empty() {
                    let request = self.delayed.remove(number % self.delayed.len());
                    self.deliver(&request).await?;
                }
            }
            Operation::PassMs(ms) => self.clock.advance_ms(*ms),
            Operation::PassWeek => {
                self.tabs.values_mut().for_each(|tab| *tab = Tab::default());
                self.settle().await?;
                self.clock.advance_ms(WEEK_MS);
            }
            Operation::Crash => self.restart().await,
            Operation::CrashAt(FailurePoint { good, stored }) => {
                let fault = if *stored { Fault::CrashAfter } else { Fault::CrashBefore };
                self.store.faults.fail_after(*good, fault);
            }
            Operation::StoreFailsAt(FailurePoint { good, stored }) => {
                self.store.faults.fail_after(*good, if *stored { Fault::After } else { Fault::Before });
            }
            Operation::SetPaused { paused, told } => self.set_paused(*paused, *told).await?,
        }
        self.settle().await?;
        self.nothing_is_made_while_paused(matches!(operation, Operation::SetPaused { .. })).await
    }

    async fn nothing_is_made_while_paused(&mut self, may_have_changed: bool) -> Result<(), String> {
        if self.paused_at.is_none() && !may_have_changed {
            return Ok(());
        }
        // As stored: a server that was told of a failure may learn later that its version was made before the pause.
        let stored = self.store.federation(&self.config.id).await.map_err(|error| error.to_string())?;
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

    async fn set_paused(&mut self, paused: bool, told: bool) -> Result<(), String> {
        let (federation, store) = (Arc::clone(&self.federation), Arc::clone(&self.store));
        let (id, now) = (self.config.id.clone(), self.clock.now());
        let set = async {
            match told {
                true => federation.set_paused(paused, Actor::Operator).await.map(drop),
                false => Ok(store.set_paused(&id, paused, Actor::CommandLine, now).await.map(drop)?),
            }
        };
        let set = tokio::select! {
            set = set => Some(set),
            () = self.store.faults.crashed() => None,
        };
        match set {
            Some(Ok(()) | Err(Error::Store(StoreError::Full(_)))) => Ok(()),
            Some(Err(error)) => Err(format!("it can't be paused or resumed: {error}")),
            None => {
                self.restart().await;
                Ok(())
            }
        }
    }

    /// Without further accidents and with every site there, the federation must come to its end.
    pub(super) async fn come_to_an_end(&mut self) -> Result<(), String> {
        self.store.faults.disarm();
        self.set_paused(false, true).await?;
        let late = self.delayed.split_off(self.delayed.len() / 2);
        for request in std::mem::take(&mut self.delayed) {
            self.deliver(&request).await?;
        }
        for _ in 0..TURNS_MAX {
            for site in 0..SITES {
                self.join(TabId { site, tab: 0 }).await?;
            }
            let before = self.told();
            for tab in self.tabs_there() {
                self.send(tab, Fate::Arrives).await?;
                self.settle().await?;
            }
            if matches!(self.state().phase, Phase::Finished) {
                for request in late {
                    self.deliver(&request).await?;
                }
                for tab in self.tabs_there() {
                    self.train(tab).await?;
                }
                return Ok(());
            }
            if self.told() == before {
                self.clock.advance_ms(u64::from(DEADLINE_S) * 1000);
                self.settle().await?;
            }
        }
        Err(format!("the federation does not come to its end: {}", self.told()))
    }

    /// Where the federation stands, for people.
    pub(super) fn told(&self) -> String {
        format!("{:?}", self.state())
    }

    /// Where the federation stands, as far as its server knows.
    pub(super) fn state(&self) -> FederationState {
        self.federation.newest.borrow().state(self.clock.now(), &self.config.rounds)
    }

    fn tabs_there(&self) -> Vec<TabId> {
        self.tabs.iter().filter(|(_, tab)| tab.is_there).map(|(id, _)| *id).collect()
    }

    fn tab(&mut self, tab: TabId) -> &mut Tab {
        self.tabs.entry(tab).or_default()
    }

    async fn join(&mut self, id: TabId) -> Result<(), String> {
        self.tab(id).is_there = true;
        if self.tab(id).stream.is_some() {
            return Ok(());
        }
        let (federation, site) = (Arc::clone(&self.federation), self.sites[id.site]);
        let opened = tokio::select! {
            opened = federation.open_stream(site) => Some(opened),
            () = self.store.faults.crashed() => None,
        };
        match opened {
            Some(Ok(stream)) => self.tab(id).stream = Some(stream),
            Some(Err(error)) => return Err(format!("no stream for {id:?}: {error}")),
            None => self.restart().await,
        }
        Ok(())
    }

    async fn leave(&mut self, site: usize) -> Result<(), String> {
        let federation = Arc::clone(&self.federation);
        let left = tokio::select! {
            left = federation.leave(self.sites[site]) => Some(left),
            () = self.store.faults.crashed() => None,
        };
        for tab in 0..TABS {
            *self.tab(TabId { site, tab }) = Tab::default();
        }
        match left {
            Some(left) => left.map_err(|error| format!("site {site} can't leave: {error}")),
            None => {
                self.restart().await;
                Ok(())
            }
        }
    }

    /// A tab does all that it can do without sending.
    async fn train(&mut self, id: TabId) -> Result<(), String> {
        self.join(id).await?;
        let tab = self.tab(id);
        while let Some(event) = tab.stream.as_mut().and_then(|stream| stream.next().now_or_never()) {
            match event {
                Some(event) => tab.state = Some(event.snapshot.state(Timestamp::default(), &RoundPolicy::default())),
                None => tab.stream = None,
            }
        }
        loop {
            match self.tab(id).next() {
                Next::Wait | Next::Send => return Ok(()),
                Next::Fetch(version) => {
                    let values = self.model(version).await?;
                    self.tab(id).model = Some((version, values));
                }
                Next::Train(round) => self.make(id, round),
            }
        }
    }

    /// The values of a version.
    pub(super) async fn model(&self, version: u32) -> Result<Vec<f32>, String> {
        let model = self.federation.model(version).await.map_err(|error| format!("version {version}: {error}"))?;
        let (found, values) = decode_model(&self.manifest, &model.body).map_err(|error| error.to_string())?;
        if found == version { Ok(values) } else { Err(format!("version {version} says it is {found}")) }
    }

    /// Where a tab's updates add their numbers: among parameters that begin as 0.
    pub(super) fn place(&self, tab: TabId) -> usize {
        let bias = self.manifest.ranges().find(|(tensor, _)| tensor.name == "input.bias");
        bias.expect("every model has it").1.start + tab.site * TABS + tab.tab
    }

    fn make(&mut self, id: TabId, round: u32) {
        // Odd, so that no number is twice another.
        let number = 2 * self.made.len() as u32 + 1;
        let mut bytes = [0; 16];
        // In another order than that of making.
        bytes[..4].copy_from_slice(&number.wrapping_mul(0x9e37_79b1).to_le_bytes());
        let update = UpdateId::from_random(bytes);
        let header = UpdateHeader {
            federation: self.config.id.clone(),
            round,
            base_version: round - 1,
            samples: 1,
            manifest: self.manifest.digest.clone(),
        };
        let mut values = vec![0.0; self.manifest.parameters()];
        values[self.place(id)] = number as f32;
        let body = encode_update(&self.manifest, &header, &values).expect("the values fit");
        self.made.insert(number, Made { tab: id, round, id: update });
        self.tab(id).update = Some(Request { site: id.site, round, id: update, body });
    }

    async fn send(&mut self, id: TabId, fate: Fate) -> Result<(), String> {
        self.train(id).await?;
        let due = self.tab(id).next() == Next::Send;
        let Some(request) = self.tab(id).update.clone().filter(|_| due || fate == Fate::Duplicated) else {
            return Ok(());
        };
        match fate {
            Fate::Arrives => {
                if let Some(answer) = self.deliver(&request).await? {
                    self.answered(id, &request, &answer);
                }
            }
            Fate::RequestLost => {}
            Fate::AnswerLost => drop(self.deliver(&request).await?),
            Fate::Duplicated => {
                // Both are under way at once.
                let (federation, site) = (Arc::clone(&self.federation), self.sites[request.site]);
                let submit = || federation.submit(site, request.round, request.id, request.body.clone());
                let both = tokio::select! {
                    both = async { tokio::join!(submit(), submit()) } => Some(both),
                    () = self.store.faults.crashed() => None,
                };
                match both {
                    Some((one, other)) => {
                        self.judge(&request, &one)?;
                        self.judge(&request, &other)?;
                    }
                    None => self.restart().await,
                }
            }
            Fate::Delayed => self.delayed.push(request),
        }
        Ok(())
    }

    /// The request arrives; the answer, unless the server crashed.
    async fn deliver(&mut self, request: &Request) -> Result<Option<Result<Submitted, Error>>, String> {
        let (federation, site) = (Arc::clone(&self.federation), self.sites[request.site]);
        federation.touch(site);
        let answer = tokio::select! {
            answer = federation.submit(site, request.round, request.id, request.body.clone()) => answer,
            () = self.store.faults.crashed() => {
                self.restart().await;
                return Ok(None);
            }
        };
        self.judge(request, &answer)?;
        Ok(Some(answer))
    }

    /// Whether the server may answer so.
    fn judge(&self, request: &Request, answer: &Result<Submitted, Error>) -> Result<(), String> {
        let wrong = |why: &str| Err(format!("update {} for round {}: {why}", request.id, request.round));
        match answer {
            Ok(Submitted { receipt, .. }) if (receipt.update, receipt.round) != (request.id, request.round) => {
                wrong("the receipt is for another one")
            }
            Err(Error::Round(refusal)) if self.acknowledged.contains_key(&request.id) => {
                wrong(&format!("it was acknowledged and is refused now: {refusal:?}"))
            }
            // No disk is full here: this is the failure that the list asks for.
            Ok(_) | Err(Error::Round(_) | Error::Store(StoreError::Full(_))) => Ok(()),
            Err(other) => wrong(&other.to_string()),
        }
    }

    /// A tab hears what became of its update.
    fn answered(&mut self, id: TabId, request: &Request, answer: &Result<Submitted, Error>) {
        match answer {
            Ok(submitted) => {
                self.acknowledged.insert(request.id, submitted.receipt.round);
                self.tab(id).done_with(request.round);
            }
            Err(Error::Round(Refusal::TooEarly { .. })) => {
                let tab = self.tab(id);
                (tab.model, tab.update) = (None, None);
            }
            Err(Error::Round(Refusal::RoundOver { .. } | Refusal::SiteHasSent { .. })) => {
                let tab = self.tab(id);
                tab.update = None;
                tab.done_with(request.round);
            }
            // It sends the same again.
            Err(_) => {}
        }
    }

    /// Waits until the server has done all that there is to do.
    async fn settle(&mut self) -> Result<(), String> {
        loop {
            let federation = Arc::clone(&self.federation);
            let settled = tokio::select! {
                settled = federation.settle() => settled,
                () = self.store.faults.crashed() => {
                    self.restart().await;
                    continue;
                }
            };
            return settled.map_err(|error| format!("the driver ended: {error}"));
        }
    }

    /// All that the server had in memory is lost.
    async fn restart(&mut self) {
        loop {
            self.driver.abort();
            let _ = (&mut self.driver).await;
            self.tabs.values_mut().for_each(|tab| tab.stream = None);
            let started = tokio::select! {
                started = start(&self.config, &self.store, &self.clock, &self.folder) => started,
                () = self.store.faults.crashed() => None,
            };
            if let Some(started) = started {
                (self.federation, self.driver) = started;
                return;
            }
        }
    }
}

async fn start(
    config: &FederationConfig,
    store: &Arc<Store>,
    clock: &Arc<ManualClock>,
    folder: &Path,
) -> Option<(Arc<Federation>, JoinHandle<()>)> {
    let stopping = CancellationToken::new();
    let clock_of_replica = Arc::clone(clock) as Arc<dyn Clock>;
    let (replica, _) = replica::enter(Arc::clone(store), clock_of_replica, stopping.clone()).await.ok()?;
    let around = Surroundings {
        store: Arc::clone(store),
        scratch_dir: folder.to_owned(),
        replica,
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        limits: ListenConfig::default(),
        uploads: Arc::new(Semaphore::new(4)),
        draining: CancellationToken::new(),
        stopping,
    };
    Federation::start(config.clone(), around).await.ok()
}

fn config(name: &str) -> FederationConfig {
    let features = vec![FeatureTable { feature: Feature::Form, rows: 1 }];
    let model = ModelSpec {
        features,
        hashes: 1,
        hash_seed: 1,
        embedding_width: 1,
        encoder_width: SITES * TABS,
        encoder_blocks: 0,
        private_encoder: PrivateEncoder::None,
        decoder: Decoder::Crf,
    };
    let id = name.parse().expect("the simulation gives valid names");
    FederationConfig {
        optimiser: ServerOptimiser::AVERAGING,
        model,
        presence_timeout_s: 5,
        rounds: RoundPolicy {
            min_sites: 3,
            quorum: QUORUM,
            deadline_s: DEADLINE_S,
            rounds: ROUNDS,
            local_steps: LocalSteps::Fixed(1),
        },
        aggregation: Aggregation::Mean { weighting: Weighting::Uniform },
        ..FederationConfig::new(id, "Simulated")
    }
}

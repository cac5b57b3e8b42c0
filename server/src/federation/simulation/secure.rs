//! Rounds with secure aggregation, driven by random lists: sites drop out before and after they have masked their updates,
//! tabs and the server crash in between, and too few come.
//!
//! A site has a disk, on which its state is stored before anything is sent, and a memory, which is lost with its tab.

mod masker;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use fedner_protocol::{Manifest, Phase, SecureAggregation, SiteId, UpdateId, decode_model};
use fedner_secure_aggregation::threshold;
use proptest::prelude::*;

use self::masker::{Delivery, Masker, Sent};
use super::operation::FailurePoint;
use super::replica::Replica;
use crate::clock::ManualClock;
use crate::config::FederationConfig;
use crate::error::Error;
use crate::store::Store;
use crate::store::faults::Fault;
use crate::timestamp::Timestamp;

/// Sites of a federation.
const SITES: usize = 5;
/// Lists that every test run tries; another number is taken from [`LISTS_VARIABLE`](super::LISTS_VARIABLE).
pub(super) const LISTS: u64 = 100;
const ROUNDS: u32 = 3;
const DEADLINE_S: u32 = 10;
const STEP_S: u32 = 3;
const START: Timestamp = Timestamp::from_ms(1_800_000_000_000);
/// A federation without further accidents must be at its end after so many turns of everybody.
const TURNS_MAX: usize = 80;

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Operation {
    /// A site's tab opens its event stream.
    Join(usize),
    /// A site's tab is killed.
    Close(usize),
    /// A site leaves politely.
    Leave(usize),
    /// A site asks where the attempt stands, and does what is next for it.
    Act(usize, Delivery),
    /// Time passes.
    PassMs(u64),
    /// The server crashes now.
    Crash,
    /// The server crashes at a change.
    CrashAt(FailurePoint),
    /// The store reports a change as failed.
    StoreFailsAt(FailurePoint),
}

/// Lists of up to so many operations.
pub(super) fn operations(count_max: usize) -> impl Strategy<Value = Vec<Operation>> {
    let site = || 0..SITES;
    let delivery = prop_oneof![
        8 => Just(Delivery::Arrives),
        1 => Just(Delivery::RequestLost),
        2 => Just(Delivery::AnswerLost),
        2 => Just(Delivery::KilledBefore),
    ];
    let point = || (0..4_u32, any::<bool>()).prop_map(|(good, stored)| FailurePoint { good, stored });
    let one = prop_oneof![
        4 => site().prop_map(Operation::Join),
        1 => site().prop_map(Operation::Close),
        1 => site().prop_map(Operation::Leave),
        30 => (site(), delivery).prop_map(|(site, delivery)| Operation::Act(site, delivery)),
        2 => (0..8_000_u64).prop_map(Operation::PassMs),
        1 => Just(Operation::Crash),
        1 => point().prop_map(Operation::CrashAt),
        1 => point().prop_map(Operation::StoreFailsAt),
    ];
    prop::collection::vec(one, 1..count_max)
}

/// Runs a list, lets the federation come to its end, and checks everything.
pub(super) async fn run(store: &Arc<Store>, folder: &Path, name: &str, list: &[Operation]) -> Result<(), String> {
    let mut world = World::new(store, folder, name).await;
    for operation in list {
        world.run(operation).await?;
    }
    world.come_to_an_end().await?;
    let outcome = world.check().await;
    world.replica.kill().await;
    outcome
}

/// The federation, its server and its sites.
struct World {
    config: FederationConfig,
    manifest: Manifest,
    replica: Replica,
    sites: Vec<Masker>,
    /// The whole numbers of each update, as they were masked.
    made: BTreeMap<UpdateId, Vec<i32>>,
    acknowledged: BTreeSet<UpdateId>,
    /// The lists of survivors that a site has answered for in a round.
    answered: BTreeMap<(SiteId, u32), BTreeSet<Vec<SiteId>>>,
    /// How many sites had keys in the newest attempt of a round that came to masked updates.
    rosters: BTreeMap<u32, usize>,
}

impl World {
    async fn new(store: &Arc<Store>, folder: &Path, name: &str) -> Self {
        store.faults.disarm();
        let simulated = super::world::config(name);
        let mut rounds = simulated.rounds.clone();
        (rounds.rounds, rounds.quorum, rounds.deadline_s) = (ROUNDS, 3, DEADLINE_S);
        let policy = SecureAggregation { value_bits: 9, clip: 1.0, step_s: STEP_S, ..SecureAggregation::default() };
        let config = FederationConfig { rounds, secure_aggregation: Some(policy), ..simulated };
        let replica = Replica::new(Arc::clone(store), ManualClock::new(START), folder);
        let mut world = Self {
            manifest: Manifest::of(&config.model),
            config,
            replica,
            sites: Vec::new(),
            made: BTreeMap::new(),
            acknowledged: BTreeSet::new(),
            answered: BTreeMap::new(),
            rosters: BTreeMap::new(),
        };
        world.recover().await;
        for number in 0..SITES {
            let site = Masker::enrol(number as u8 + 1, &world.replica, &world.config).await;
            world.sites.push(site);
        }
        world
    }

    async fn run(&mut self, operation: &Operation) -> Result<(), String> {
        match operation {
            Operation::Join(site) => self.join(*site).await?,
            Operation::Close(site) => self.sites[*site].close(),
            Operation::Leave(site) => {
                self.recover().await;
                let (federation, id) = (Arc::clone(self.replica.federation()), self.sites[*site].id);
                self.ask(federation.leave(id)).await;
                self.sites[*site].close();
            }
            Operation::Act(site, delivery) => self.act(*site, *delivery).await?,
            Operation::PassMs(ms) => self.replica.machine.advance_ms(*ms),
            Operation::Crash => {
                self.replica.kill().await;
                self.recover().await;
            }
            Operation::CrashAt(FailurePoint { good, stored }) => {
                let fault = if *stored { Fault::CrashAfter } else { Fault::CrashBefore };
                self.replica.store.faults.fail_after(*good, fault);
            }
            Operation::StoreFailsAt(FailurePoint { good, stored }) => {
                let fault = if *stored { Fault::After } else { Fault::Before };
                self.replica.store.faults.fail_after(*good, fault);
            }
        }
        self.settle().await
    }

    async fn join(&mut self, site: usize) -> Result<(), String> {
        if self.sites[site].stream.is_some() {
            return Ok(());
        }
        self.recover().await;
        let (federation, id) = (Arc::clone(self.replica.federation()), self.sites[site].id);
        if let Some(stream) = self.ask(federation.open_stream(id)).await {
            self.sites[site].stream = Some(stream.map_err(|error| format!("no stream for site {site}: {error}"))?);
        }
        Ok(())
    }

    /// A site does what is next for it, if it is there.
    async fn act(&mut self, site: usize, delivery: Delivery) -> Result<(), String> {
        self.join(site).await?;
        self.recover().await;
        let federation = Arc::clone(self.replica.federation());
        let Phase::Open { round, .. } = self.state().phase else { return Ok(()) };
        let view = match federation.secure_view(self.sites[site].id, round).await {
            Ok(view) => view,
            Err(Error::NoAttempt(_) | Error::Overtaken | Error::Stopping) => return Ok(()),
            Err(error) => return Err(format!("site {site} can't be told where round {round} stands: {error}")),
        };
        if !view.survivors.is_empty() {
            self.rosters.insert(round, view.roster.len());
        }
        let base = federation.model_digest(round - 1).await.map_err(|error| error.to_string())?;
        let masker = &mut self.sites[site];
        let Some(sent) = masker.next(&view, &self.config, (&self.manifest, base))? else { return Ok(()) };
        if let Sent::Answer(..) = sent {
            let lists = self.answered.entry((masker.id, round)).or_default();
            lists.insert(view.survivors.clone());
        }
        if let Sent::Update(update) = &sent {
            self.made.insert(update.id, update.values.clone());
        }
        match delivery {
            Delivery::Arrives => {
                if let Some(Ok(update)) = self.deliver(site, &sent).await? {
                    self.acknowledged.extend(update);
                }
            }
            Delivery::AnswerLost => drop(self.deliver(site, &sent).await?),
            Delivery::RequestLost => {}
            Delivery::KilledBefore => self.sites[site].close(),
        }
        Ok(())
    }

    /// The request arrives; the answer, unless the server crashed: the update that it acknowledges, if it is one.
    async fn deliver(&mut self, site: usize, sent: &Sent) -> Result<Option<Result<Option<UpdateId>, Error>>, String> {
        let (federation, id) = (Arc::clone(self.replica.federation()), self.sites[site].id);
        federation.touch(id);
        let sending = async {
            match sent {
                Sent::Update(update) => {
                    let submitted = federation.submit(id, update.round, update.id, update.body.clone()).await;
                    submitted.map(|submitted| Some(submitted.receipt.update))
                }
                Sent::Message(of, message) | Sent::Answer(of, message) => {
                    federation.take_message(id, *of, message.clone()).await.map(|()| None)
                }
            }
        };
        let answer = self.ask(sending).await;
        match &answer {
            None | Some(Ok(_) | Err(Error::Round(_) | Error::NoAttempt(_) | Error::Overtaken | Error::Stopping)) => {}
            Some(Err(Error::Store(_) | Error::BaseChanged { .. })) => {}
            Some(Err(error)) => return Err(format!("site {site} was refused: {error}")),
        }
        Ok(answer)
    }

    /// Without further accidents and with every site there, the federation must come to its end.
    async fn come_to_an_end(&mut self) -> Result<(), String> {
        self.replica.store.faults.disarm();
        self.recover().await;
        for _ in 0..TURNS_MAX {
            let before = format!("{:?}", self.standing().await);
            for site in 0..SITES {
                self.act(site, Delivery::Arrives).await?;
                self.settle().await?;
            }
            if matches!(self.state().phase, Phase::Finished) {
                return Ok(());
            }
            if format!("{:?}", self.standing().await) == before {
                self.replica.machine.advance_ms(u64::from(DEADLINE_S) * 1000);
                self.settle().await?;
            }
        }
        Err(format!("the federation does not come to its end: {:?}", self.standing().await))
    }

    /// Where the federation stands, with the step of the open attempt.
    async fn standing(&self) -> impl std::fmt::Debug + use<> {
        let federation = self.replica.federation();
        let state = self.state();
        let view = federation.secure_view(self.sites[0].id, state.version + 1).await;
        (state, view.ok().map(|view| (view.step, view.sent, view.roster.len(), view.sharers, view.survivors)))
    }

    /// Each version is the one before less the exact mean of its updates, of which there are enough; each acknowledged
    /// update is in at most one; and no site has answered for two lists in a round.
    async fn check(&self) -> Result<(), String> {
        for ((site, round), lists) in &self.answered {
            if lists.len() > 1 {
                return Err(format!("site {site} has answered for {} lists in round {round}", lists.len()));
            }
        }
        let mut merged = BTreeSet::new();
        for version in 1..=ROUNDS {
            let updates = self.updates_in(version).await?;
            let least = threshold(self.rosters.get(&version).copied().unwrap_or(SITES));
            if updates.len() < least.max(3) {
                return Err(format!("version {version} is of {} updates, {least} are needed", updates.len()));
            }
            if let Some(twice) = updates.iter().find(|update| !merged.insert(**update)) {
                return Err(format!("update {twice} is in two versions"));
            }
            self.check_mean(version, &updates).await?;
        }
        Ok(())
    }

    async fn check_mean(&self, version: u32, updates: &[UpdateId]) -> Result<(), String> {
        let (before, after) = (self.model(version - 1).await?, self.model(version).await?);
        let policy = self.config.secure_aggregation.as_ref().expect("the simulated federation has one");
        let steps = self.manifest.ranges().zip(policy.steps(&self.manifest));
        let steps: Vec<f32> = steps.flat_map(|((_, range), step)| range.map(move |_| step)).collect();
        for (element, (before, after)) in before.iter().zip(&after).enumerate() {
            let value = |update: &UpdateId| self.made.get(update).map(|values| f64::from(values[element]));
            let sum: f64 = updates.iter().map(value).sum::<Option<f64>>().ok_or("an update that nobody made")?;
            let expected = f64::from(*before) - sum * f64::from(steps[element]) / updates.len() as f64;
            if (f64::from(*after) - expected).abs() > 1e-5 {
                return Err(format!("value {element} of version {version} is {after} instead of {expected}"));
            }
        }
        Ok(())
    }

    async fn model(&self, version: u32) -> Result<Vec<f32>, String> {
        let model = self.replica.federation().model(version).await.map_err(|error| error.to_string())?;
        decode_model(&self.manifest, &model.body).map(|(_, values)| values).map_err(|error| error.to_string())
    }

    async fn updates_in(&self, version: u32) -> Result<Vec<UpdateId>, String> {
        use sqlx::Row;
        let query = "SELECT id FROM updates WHERE federation = $1 AND merged_into = $2";
        let query = sqlx::query(query).bind(self.config.id.as_str()).bind(i64::from(version));
        let rows = query.fetch_all(self.replica.store.raw()).await.map_err(|error| error.to_string())?;
        let ids = rows.iter().map(|row| row.get::<String, _>("id").parse().map_err(|error| format!("{error}")));
        ids.collect()
    }

    fn state(&self) -> fedner_protocol::FederationState {
        let federation = self.replica.federation();
        federation.newest.borrow().state(federation.context.clock.steady(), &self.config.rounds)
    }

    /// Waits for something that the server does; `None` when it crashed meanwhile.
    async fn ask<T>(&mut self, doing: impl Future<Output = T>) -> Option<T> {
        let store = Arc::clone(&self.replica.store);
        tokio::select! {
            done = doing => Some(done),
            () = store.faults.crashed() => None,
        }
    }

    /// Starts the server where it is down; open streams ended with it.
    async fn recover(&mut self) {
        loop {
            if self.replica.store.faults.take_crash() {
                self.replica.kill().await;
            }
            if self.replica.is_running() {
                return;
            }
            self.sites.iter_mut().for_each(|site| site.stream = None);
            let store = Arc::clone(&self.replica.store);
            tokio::select! {
                () = self.replica.start(&self.config) => {}
                () = store.faults.crashed() => {}
            }
        }
    }

    /// Waits until the server has done all that there is to do.
    async fn settle(&mut self) -> Result<(), String> {
        loop {
            self.recover().await;
            let federation = Arc::clone(self.replica.federation());
            if let Some(settled) = self.ask(federation.settle()).await {
                settled.map_err(|error| format!("the driver ended: {error}"))?;
                return Ok(());
            }
        }
    }
}

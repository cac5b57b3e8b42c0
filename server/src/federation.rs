//! One federation: what handlers ask of it, and the driver behind it.

mod driver;
mod initial;
mod merge;
#[cfg(test)]
mod merge_bench;
mod secure;
#[cfg(test)]
mod simulation;
mod start_error;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use fedner_protocol::{
    Digest, FederationId, FederationInfo, FederationState, Manifest, RoundPolicy, SiteId, UpdateHeader, UpdateId,
    UpdateReceipt, decode_masked_update, decode_update,
};
use tokio::sync::{Semaphore, broadcast, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::driver::{Command, Driver};
pub use self::start_error::StartError;
use crate::aggregate::norm;
use crate::audit::Actor;
use crate::clock::Clock;
use crate::config::{Enrolment, FederationConfig, ListenConfig};
use crate::error::Error;
use crate::events::{EVENTS_KEPT, Event, EventStream, Snapshot};
use crate::presence::Presence;
use crate::rounds::{Received, Round};
use crate::store::{
    NewUpdate, PauseOutcome, ReplicaId, Store, StoreError, StoredExchange, StoredFederation, StoredModel, StoredRound,
    StoredUpdate,
};
use crate::store_clock::StoreClock;
use crate::timestamp::Timestamp;
use crate::work;

/// Requests that may wait for one federation's driver.
const COMMANDS_MAX: usize = 64;

/// What a federation runs on.
#[derive(Clone)]
pub struct FederationContext {
    /// Where it is stored.
    pub store: Arc<Store>,
    /// Where a merge may keep what does not fit into memory; its files have no name and go with the process.
    pub scratch_dir: PathBuf,
    /// This process among those on the same store.
    pub replica: ReplicaId,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The same where several servers share the store: what they must agree on.
    pub store_clock: Option<Arc<StoreClock>>,
    /// Limits.
    pub limits: ListenConfig,
    /// Updates checked at once, over all federations.
    pub uploads: Arc<Semaphore>,
    /// Cancelled when event streams are to end.
    pub draining: CancellationToken,
    /// Cancelled when drivers are to end.
    pub stopping: CancellationToken,
}

/// A federation that is being served.
pub struct Federation {
    config: FederationConfig,
    manifest: Manifest,
    context: FederationContext,
    presence: Arc<Presence>,
    commands: mpsc::Sender<Command>,
    events: broadcast::Sender<Arc<Event>>,
    newest: watch::Receiver<Snapshot>,
    trouble: watch::Receiver<Option<String>>,
}

impl Federation {
    /// Takes the federation up where it was left, or makes version 0, and starts its driver.
    ///
    /// # Errors
    /// When the store fails, model or seed are not those it was started with, or a new one's initial model can't be used.
    pub async fn start(
        config: FederationConfig,
        context: FederationContext,
    ) -> Result<(Arc<Self>, JoinHandle<()>), StartError> {
        let manifest = Manifest::of(&config.model);
        let stored = if context.store.has_federation(&config.id).await? {
            context.store.federation_without_damage(&config.id, context.clock.now()).await?
        } else {
            context.store.open_federation(&initial::new_federation(&config, &manifest, context.clock.now())?).await?
        };
        let id = config.id.to_string();
        if stored.manifest != manifest.digest {
            return Err(StartError::ModelChanged { id, configured: manifest.digest, stored: stored.manifest });
        }
        if stored.seed != config.seed {
            return Err(StartError::SeedChanged { id, configured: config.seed, stored: stored.seed });
        }
        // With so few rounds it would be finished, and these updates, which were acknowledged, would be in no merge.
        if config.rounds.rounds <= stored.version && !stored.received.is_empty() {
            let (rounds, waiting) = (config.rounds.rounds, stored.received.len());
            return Err(StartError::TooFewRounds { id, rounds, merged: stored.version, waiting });
        }
        tracing::info!(federation = %config.id, version = stored.version, "serving");
        let timeout_ms = u64::from(config.presence_timeout_s) * 1000;
        let presence = Presence::new(Arc::clone(&context.clock), timeout_ms, context.limits.streams_per_site_max);
        let presence = Arc::new(presence);
        // Before anything is decided: the sites of other servers, and those that came after the round had opened.
        let all = context.store.presence(&config.id).await?;
        presence.take_in(&all, &context.replica);
        if stored.round.deadline.is_some() {
            let streaming = all.iter().filter(|site| site.seen.streaming).map(|site| site.seen.site);
            streaming.chain(stored.round.present.iter().copied()).for_each(|site| presence.expect_back(site));
        }
        let events = broadcast::Sender::new(EVENTS_KEPT);
        let (troubled, trouble) = watch::channel(None);
        let (commands, receiver) = mpsc::channel(COMMANDS_MAX);
        let (driver, newest) =
            Driver::new(config.clone(), context.clone(), Arc::clone(&presence), events.clone(), stored, troubled);
        let task = tokio::spawn(driver.run(receiver));
        Ok((Arc::new(Self { config, manifest, context, presence, commands, events, newest, trouble }), task))
    }

    /// Its configuration.
    pub fn config(&self) -> &FederationConfig {
        &self.config
    }

    /// Whether it can be entered, with an invitation or without.
    ///
    /// # Errors
    /// When nobody new may enter it.
    pub fn takes_new_sites(&self) -> Result<(), Error> {
        match self.config.enrolment {
            Enrolment::Closed => Err(Error::NotOpen(self.config.id.clone())),
            Enrolment::Open | Enrolment::Invitation => Ok(()),
        }
    }

    /// Whether its rounds go on; they end with the server only, or by a fault of this program.
    pub fn is_driven(&self) -> bool {
        !self.commands.is_closed()
    }

    /// Why its rounds don't go on, when they don't.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.borrow().clone()
    }

    /// Largest body of an update, in bytes.
    pub fn update_bytes_max(&self) -> usize {
        self.manifest.file_bytes_max()
    }

    /// All that a site must know, and where the federation stands.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn info(&self) -> Result<FederationInfo, Error> {
        let state = self.state().await?;
        Ok(FederationInfo {
            id: self.config.id.clone(),
            name: self.config.name.clone(),
            model: self.config.model.clone(),
            manifest: self.manifest.clone(),
            rounds: self.config.rounds.clone(),
            training: self.config.training.clone(),
            aggregation: self.config.aggregation,
            secure_aggregation: self.config.secure_aggregation.clone(),
            bounds: self.config.bounds.clone(),
            optimiser: self.config.optimiser,
            state,
        })
    }

    /// Where it stands: what this server knows, or what another one has stored since.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn state(&self) -> Result<FederationState, Error> {
        let (store, id, now) = (&self.context.store, &self.config.id, self.context.clock.steady());
        let known = self.newest.borrow().revision;
        if store.revision(id).await? == known {
            return Ok(self.newest.borrow().state(now, &self.config.rounds));
        }
        let stored = store.federation(id).await?;
        let model = stored.model.clone();
        let round = restored(stored, &self.config, (Timestamp::default(), now));
        let present = self.newest.borrow().present;
        let round = Arc::new(round);
        Ok(Snapshot { sequence: 0, revision: known, round, model, present }.state(now, &self.config.rounds))
    }

    /// Newest version of the global shared module.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn version(&self) -> Result<u32, Error> {
        Ok(self.state().await?.version)
    }

    /// A version of the global shared module.
    ///
    /// # Errors
    /// When it is not made yet or not kept any more.
    pub async fn model(&self, version: u32) -> Result<StoredModel, Error> {
        let store = &self.context.store;
        let found = match store.model(&self.config.id, version).await {
            Err(StoreError::DamagedRow(row)) => {
                tracing::error!(federation = %self.config.id, "damaged: {row}");
                if !store.set_model_aside(&row, version, self.context.clock.now()).await? {
                    return Err(StoreError::DamagedRow(row).into());
                }
                None
            }
            found => found?,
        };
        match found {
            Some(model) => Ok(model),
            None => Err(Error::NoModel { version, newest: self.version().await? }),
        }
    }

    /// Checks that a site can need a version: the newest, or the one before, which it may have begun to fetch as the merge
    /// came. Of older ones, differences would tell who has changed what in rounds that a site took no part in.
    ///
    /// # Errors
    /// When no site needs it any more, or the store can't be read.
    pub async fn check_needed(&self, version: u32) -> Result<(), Error> {
        let newest = self.version().await?;
        if version.saturating_add(1) < newest { Err(Error::NoModel { version, newest }) } else { Ok(()) }
    }

    /// The digest of a version of the global shared module.
    ///
    /// # Errors
    /// When it is not made yet or not kept any more.
    pub async fn model_digest(&self, version: u32) -> Result<Digest, Error> {
        match self.context.store.model_digest(&self.config.id, version).await? {
            Some(digest) => Ok(digest),
            None => Err(Error::NoModel { version, newest: self.version().await? }),
        }
    }

    /// The site has asked for something, so it is there.
    pub fn touch(&self, site: SiteId) {
        self.presence.touch(site);
    }

    /// Opens an event stream; the site is present while it lives.
    ///
    /// # Errors
    /// When the site has too many.
    pub async fn open_stream(&self, site: SiteId) -> Result<EventStream, Error> {
        let too_many = || Error::TooManyStreams(self.context.limits.streams_per_site_max);
        let open = self.presence.open_stream(site).ok_or_else(too_many)?;
        let stream =
            EventStream::new(self.events.subscribe(), self.newest.clone(), open, self.context.draining.clone());
        self.settle().await?;
        Ok(stream)
    }

    /// The sites that take part now, at whichever server.
    pub fn present(&self) -> BTreeSet<SiteId> {
        self.presence.present().0
    }

    /// The sites whose update of the next round is acknowledged, as far as this server knows.
    pub fn senders(&self) -> BTreeSet<SiteId> {
        self.newest.borrow().round.senders()
    }

    /// Whether the site is present here.
    pub fn holds(&self, site: SiteId) -> bool {
        self.presence.has(site)
    }

    /// The site leaves. When this returns, the federation goes on without it.
    ///
    /// # Errors
    /// When the server is stopping.
    pub async fn leave(&self, site: SiteId) -> Result<(), Error> {
        self.presence.leave(site);
        self.settle().await
    }

    /// One of a limited number of permits to check and store an update.
    ///
    /// # Errors
    /// When the server is stopping.
    pub async fn upload_permit(&self) -> Result<impl Drop + Send + use<>, Error> {
        Arc::clone(&self.context.uploads).acquire_owned().await.map_err(|_| Error::Stopping)
    }

    /// Checks an update and stores it. Once this returns `Ok`, the update is in exactly one merge.
    ///
    /// # Errors
    /// When the update does not fit the manifest, its path or the round, or can't be stored.
    pub async fn submit(&self, site: SiteId, round: u32, id: UpdateId, body: Vec<u8>) -> Result<Submitted, Error> {
        let manifest = self.manifest.clone();
        let (federation, clock) = (self.config.id.clone(), Arc::clone(&self.context.clock));
        let (norm_max, masked) = (self.config.bounds.norm_max, self.config.secure_aggregation.is_some());
        let checked = work::run(body.len(), move || {
            let (header, attempt) = if masked {
                let (header, _) = decode_masked_update(&manifest, &body)?;
                (header.update, Some(header.attempt))
            } else {
                let (header, values) = decode_update(&manifest, &body)?;
                let norm = norm(&values);
                if norm > f64::from(norm_max) {
                    return Err(Error::NormTooLarge { norm, norm_max });
                }
                (header, None)
            };
            let base = checked_header(header, &federation, round)?;
            let update = StoredUpdate { site, round, digest: Digest::of(&body) };
            Ok::<_, Error>((NewUpdate { federation, id, update, base, body, now: clock.now() }, attempt))
        });
        let (new, attempt) = checked.await.map_err(|e| Error::Internal(format!("checking an update: {e}")))??;
        self.ask(|reply| Command::Submit { new, attempt, reply }).await?
    }

    /// Pauses or resumes it; when this returns, its sites have been notified. See [`Store::set_paused`].
    ///
    /// # Errors
    /// When it can't be stored, or the server is stopping.
    pub async fn set_paused(&self, paused: bool, actor: Actor) -> Result<PauseOutcome, Error> {
        let now = self.context.clock.now();
        let outcome = self.context.store.set_paused(&self.config.id, paused, actor, now).await?;
        self.look().await?;
        Ok(outcome)
    }

    /// Takes notice at once of what was changed in the store.
    ///
    /// # Errors
    /// When the server is stopping.
    pub async fn look(&self) -> Result<(), Error> {
        self.ask(|reply| Command::Look { reply }).await
    }

    /// Waits until the driver has taken notice of who is present.
    async fn settle(&self) -> Result<(), Error> {
        self.ask(|reply| Command::Settle { reply }).await
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| Error::Stopping)?;
        answer.await.map_err(|_| Error::Stopping)
    }
}

/// What became of an update that is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Submitted {
    /// For the site.
    pub receipt: UpdateReceipt,
    /// Whether this request stored it; otherwise it was there already.
    pub new: bool,
}

/// The stored state as the round it is. A deadline is not before `grace_until`, and no later than that of a round
/// that opens now: the clock may have been set since it was stored.
fn restored(stored: StoredFederation, config: &FederationConfig, (grace_until, now): (Timestamp, Timestamp)) -> Round {
    let StoredRound { attempt, deadline, .. } = stored.round;
    let latest = now.plus_ms(u64::from(config.rounds.deadline_s) * 1000);
    let deadline = deadline.map(|at| at.min(latest).max(grace_until));
    let round = if config.secure_aggregation.is_some() {
        restored_secure(&stored, attempt, deadline, &config.rounds)
    } else {
        Round::restored(stored.version, attempt, deadline, stored.received, &config.rounds)
    };
    if stored.paused { round.paused() } else { round }
}

/// Of an attempt with secure aggregation that is not open any more, nothing is left: the next one has other masks.
fn restored_secure(
    stored: &StoredFederation,
    attempt: u32,
    deadline: Option<Timestamp>,
    policy: &RoundPolicy,
) -> Round {
    let restored = |attempt, deadline, received| Round::restored(stored.version, attempt, deadline, received, policy);
    let exchange = stored.exchange.as_ref().filter(|exchange| exchange.attempt == attempt);
    match (deadline, exchange) {
        (Some(_), Some(StoredExchange { exchange, .. })) => {
            match restored(attempt, deadline, stored.received.clone()) {
                Round::Open(mut open) => {
                    open.exchange = Some(exchange.clone());
                    Round::Open(open)
                }
                round => round,
            }
        }
        (None, None) => restored(attempt, None, Received::new()),
        _ => restored(attempt.saturating_add(1), None, Received::new()),
    }
}

/// Checks what an update says of itself; returns the digest of the model that it was trained from.
fn checked_header(header: UpdateHeader, federation: &FederationId, round: u32) -> Result<Digest, Error> {
    let equal = |field, found: String, expected: String| {
        if found == expected { Ok(()) } else { Err(Error::InvalidHeader { field, found, expected }) }
    };
    equal("federation", header.federation.to_string(), federation.to_string())?;
    equal("round", header.round.to_string(), round.to_string())?;
    equal("base_version", header.base_version.to_string(), round.saturating_sub(1).to_string())?;
    if header.samples == 0 {
        return Err(Error::InvalidHeader { field: "samples", found: "0".into(), expected: "at least 1".into() });
    }
    header.base_model.ok_or_else(|| Error::InvalidHeader {
        field: "base_model",
        found: "nothing".into(),
        expected: "the digest of the version that it was trained from".into(),
    })
}

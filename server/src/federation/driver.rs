//! Drives one federation's rounds: decides, stores, applies, tells, in that order.

use std::collections::BTreeSet;
use std::sync::Arc;

use fedner_protocol::{Happened, Manifest, SiteId, UpdateReceipt};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use super::merge::merge;
use super::{Submitted, Surroundings};
use crate::config::FederationConfig;
use crate::error::Error;
use crate::events::{Event, Snapshot};
use crate::presence::Presence;
use crate::rounds::{Merging, Round, Step};
use crate::store::{NewUpdate, Revision, StoredFederation, StoredRound};
use crate::timestamp::Timestamp;

/// Wait after the store failed, before the round goes on.
const RETRY_MS: u64 = 5000;
/// How often in a row another server may be quicker before a request is told to try again.
const OVERTAKEN_MAX: usize = 32;

/// What a handler asks of the driver.
pub(super) enum Command {
    /// Store an update.
    Submit {
        /// The update, checked.
        new: NewUpdate,
        /// Where the answer goes.
        reply: oneshot::Sender<Result<Submitted, Error>>,
    },
    /// Take notice of who is present.
    Settle {
        /// Told when that is done.
        reply: oneshot::Sender<()>,
    },
}

pub(super) struct Driver {
    config: FederationConfig,
    manifest: Arc<Manifest>,
    around: Surroundings,
    presence: Arc<Presence>,
    events: broadcast::Sender<Event>,
    newest: watch::Sender<Snapshot>,
    round: Round,
    /// The stored state that `round` is.
    revision: Revision,
    present: BTreeSet<SiteId>,
    sequence: u64,
    /// Set after the store failed.
    retry_at: Option<Timestamp>,
}

impl Driver {
    /// A driver that goes on where the federation was left.
    pub(super) fn new(
        config: FederationConfig,
        around: Surroundings,
        presence: Arc<Presence>,
        events: broadcast::Sender<Event>,
        stored: StoredFederation,
    ) -> (Self, watch::Receiver<Snapshot>) {
        let now = around.clock.now();
        // The sites of an open round get the usual time to come back before it closes without them.
        let timeout = now.plus_ms(u64::from(config.presence_timeout_s) * 1000);
        stored.round.present.iter().for_each(|site| presence.touch(*site));
        let revision = stored.revision;
        let mut round = restored(stored, &config);
        if let Round::Open(open) = &mut round {
            open.deadline = open.deadline.max(timeout);
            tracing::info!(federation = %config.id, round = open.round, updates = open.received.len(),
                "going on with the round that was open");
        }
        let snapshot = Snapshot { sequence: now.ms(), round: round.clone(), present: 0 };
        let sequence = snapshot.sequence;
        let (newest, receiver) = watch::channel(snapshot);
        let manifest = Arc::new(Manifest::of(&config.model));
        let present = BTreeSet::new();
        let retry_at = None;
        let driver =
            Self { config, manifest, around, presence, events, newest, round, revision, present, sequence, retry_at };
        (driver, receiver)
    }

    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        loop {
            let wake = self.advance().await;
            let clock = Arc::clone(&self.around.clock);
            let sleep = async move {
                match wake {
                    Some(at) => clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.around.stopping.cancelled() => return,
                () = self.presence.changed() => {}
                () = sleep => {}
                command = commands.recv() => match command {
                    // A requester that has gone needs no answer; what it asked for is done all the same.
                    Some(Command::Submit { new, reply }) => drop(reply.send(self.submit(new).await)),
                    Some(Command::Settle { reply }) => {
                        self.advance().await;
                        let _ = reply.send(());
                    }
                    None => return,
                },
            }
        }
    }

    async fn submit(&mut self, new: NewUpdate) -> Result<Submitted, Error> {
        if self.retry_at.is_some() {
            // A change was reported as failed and may have gone through: this round may be merged already.
            self.reload().await?;
            self.retry_at = None;
        }
        for _ in 0..OVERTAKEN_MAX {
            if let Some(submitted) = self.try_submit(&new).await? {
                return Ok(submitted);
            }
            self.reload().await?;
        }
        Err(Error::Overtaken)
    }

    /// `None` when another server changed the federation meanwhile.
    async fn try_submit(&mut self, new: &NewUpdate) -> Result<Option<Submitted>, Error> {
        let (id, round) = (new.id, new.update.round);
        let receipt = UpdateReceipt { round, update: id };
        let stored = self.around.store.update(&self.config.id, id).await?;
        if stored.as_ref().is_some_and(|stored| *stored != new.update) {
            return Err(Error::UpdateChanged(id));
        }
        let known = stored.is_some();
        match self.round.clone().accept(round, id, new.update.site) {
            Ok(next) => {
                // It can be known and yet not in the round: its change went through but was reported as failed.
                if !known {
                    let Some(revision) = self.around.store.insert_update(self.revision, new).await? else {
                        return Ok(None);
                    };
                    self.revision = revision;
                }
                self.round = next;
                tracing::info!(federation = %self.config.id, round, update = %id, "update stored");
                self.publish(Happened::UpdateReceived { round });
                Ok(Some(Submitted { receipt, new: !known }))
            }
            Err(_) if known => Ok(Some(Submitted { receipt, new: false })),
            Err(refusal) => Err(Error::Round(refusal)),
        }
    }

    /// Does all that presence and time ask for; returns when to look again.
    async fn advance(&mut self) -> Option<Timestamp> {
        loop {
            let (present, expiry) = self.presence.present();
            if present != self.present {
                self.present = present;
                self.publish(Happened::Presence);
            }
            let now = self.around.clock.now();
            if let Some(at) = self.retry_at.filter(|at| now < *at) {
                return Some(expiry.map_or(at, |expiry| expiry.min(at)));
            }
            let outcome = match self.retry_at {
                Some(_) => self.reload().await.map(|()| true),
                None => self.step(now).await,
            };
            match outcome {
                Ok(true) => self.retry_at = None,
                Ok(false) => return [expiry, self.round.deadline()].into_iter().flatten().min(),
                Err(error) => {
                    tracing::error!(federation = %self.config.id, round = self.round.version() + 1, %error,
                        "the round can't go on; nothing is lost, trying again in {} s", RETRY_MS / 1000);
                    self.retry_at = Some(now.plus_ms(RETRY_MS));
                }
            }
        }
    }

    /// One step; `false` when there was nothing to do.
    async fn step(&mut self, now: Timestamp) -> Result<bool, Error> {
        match self.round.clone().step(&self.present, now, &self.config.rounds) {
            Step::Stay(_) => return Ok(false),
            Step::Open(open) => {
                let (round, deadline) = (open.round, Some(open.deadline));
                let present = self.present.clone();
                if !self.store_round(StoredRound { attempt: open.attempt, deadline, present }).await? {
                    return Ok(true);
                }
                self.round = Round::Open(open);
                self.publish(Happened::RoundOpened { round });
            }
            Step::Fail(waiting) => {
                let (attempt, present) = (waiting.attempt, BTreeSet::new());
                if !self.store_round(StoredRound { attempt, deadline: None, present }).await? {
                    return Ok(true);
                }
                let (received, quorum) = (waiting.received.len() as u32, self.config.rounds.quorum);
                let round = waiting.round;
                self.round = Round::Waiting(waiting);
                self.publish(Happened::RoundFailed { round, received, quorum });
            }
            Step::Merge(merging) => self.merge(merging).await?,
        }
        Ok(true)
    }

    async fn merge(&mut self, merging: Merging) -> Result<(), Error> {
        let (round, sites) = (merging.round(), merging.updates().len() as u32);
        let version = merge(&self.config, &self.manifest, &self.around, &merging).await?;
        match self.around.store.insert_version(self.revision, &version).await? {
            Some(revision) => self.revision = revision,
            None => return self.reload().await,
        }
        self.round = merging.merged(&self.config.rounds);
        self.publish(Happened::RoundMerged { round, sites });
        if let Round::Finished(_) = self.round {
            self.publish(Happened::Finished);
        }
        Ok(())
    }

    /// `false` when another server changed the federation meanwhile; its state is taken then.
    async fn store_round(&mut self, round: StoredRound) -> Result<bool, Error> {
        match self.around.store.set_round(&self.config.id, self.revision, &round, self.around.clock.now()).await? {
            Some(revision) => self.revision = revision,
            None => {
                self.reload().await?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes the stored state again: a change that was reported as failed may have gone through.
    async fn reload(&mut self) -> Result<(), Error> {
        let stored = self.around.store.federation(&self.config.id).await?;
        self.revision = stored.revision;
        let sites = self.round.received() as u32;
        let before = std::mem::replace(&mut self.round, restored(stored, &self.config));
        if self.round.version() > before.version() {
            self.publish(Happened::RoundMerged { round: self.round.version(), sites });
        } else if self.round != before {
            self.publish(Happened::Presence);
        }
        Ok(())
    }

    fn publish(&mut self, happened: Happened) {
        tracing::info!(federation = %self.config.id, version = self.round.version(), present = self.present.len(),
            "{}", told(&happened));
        self.sequence += 1;
        let present = self.present.len() as u32;
        let snapshot = Snapshot { sequence: self.sequence, round: self.round.clone(), present };
        self.newest.send_replace(snapshot.clone());
        // Nobody listening is no fault.
        let _ = self.events.send(Event { happened, snapshot });
    }
}

fn restored(stored: StoredFederation, config: &FederationConfig) -> Round {
    let StoredRound { attempt, deadline, .. } = stored.round;
    Round::restored(stored.version, attempt, deadline, stored.received, &config.rounds)
}

/// For the log.
fn told(happened: &Happened) -> String {
    match happened {
        Happened::Connected => "connected".to_owned(),
        Happened::Presence => "sites came or went".to_owned(),
        Happened::RoundOpened { round } => format!("round {round} opened"),
        Happened::UpdateReceived { round } => format!("round {round} has one more update"),
        Happened::RoundMerged { round, sites } => format!("round {round} merged, {sites} updates"),
        Happened::RoundFailed { round, received, quorum } => {
            format!(
                "round {round} had {received} updates of {quorum} at its deadline; it is opened anew and keeps them"
            )
        }
        Happened::Finished => "finished".to_owned(),
    }
}

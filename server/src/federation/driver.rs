//! Drives one federation's rounds: decides, stores, applies, notifies, in that order.
//!
//! Every server on the same store has a driver, and none is special. Each acts on the state it knows, and
//! the store refuses what rests on an older state than the stored one; the driver then takes that state
//! and decides anew.

mod decide;
mod exchange;
mod follow;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use fedner_protocol::{Digest, Happened, Manifest, SiteId};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::time::{Interval, MissedTickBehavior};

use self::follow::Changed;
use super::secure::NewMessage;
use super::{FederationContext, Submitted, restored};
use crate::config::FederationConfig;
use crate::error::Error;
use crate::events::{Event, Publisher, Snapshot};
use crate::presence::Presence;
use crate::rounds::Round;
use crate::store::{NewUpdate, Revision, StoredFederation};
use crate::timestamp::Timestamp;

/// Wait after the store failed, before the round goes on.
const RETRY_MS: u64 = 5000;
/// How often the store is asked whether another process changed something, besides being notified; and how often sites are sent
/// of changed counts.
const POLL: Duration = Duration::from_secs(1);

/// What a handler asks of the driver.
pub(super) enum Command {
    /// Store an update.
    Submit {
        /// The update, checked.
        new: NewUpdate,
        /// Of a masked one, the attempt that it is of.
        attempt: Option<u32>,
        /// Where the answer goes.
        reply: oneshot::Sender<Result<Submitted, Error>>,
    },
    /// Store a message of secure aggregation.
    Exchange {
        /// The message, checked.
        new: NewMessage,
        /// Where the answer goes.
        reply: oneshot::Sender<Result<(), Error>>,
    },
    /// Look at the store: another part of this program changed the federation.
    Look {
        /// Notified when that is done.
        reply: oneshot::Sender<()>,
    },
    /// Take notice of who is present.
    Settle {
        /// Notified when that is done.
        reply: oneshot::Sender<()>,
    },
}

pub(super) struct Driver {
    config: FederationConfig,
    manifest: Arc<Manifest>,
    context: FederationContext,
    presence: Arc<Presence>,
    publisher: Publisher,
    round: Round,
    /// Digest of the newest version.
    model: Digest,
    /// The stored state that `round` is.
    revision: Revision,
    present: BTreeSet<SiteId>,
    sequence: u64,
    /// No round closes by its deadline before this: sites get time to come back after a start.
    grace_until: Timestamp,
    /// Another server has just changed something and is the one to merge; this one merges if it did not by then.
    others_turn_until: Timestamp,
    /// How often this server's time had jumped when the moments above were noted.
    jumps: u64,
    /// Set after the store failed.
    retry_at: Option<Timestamp>,
    /// Whether the last look at the store failed; reported once.
    is_blind: bool,
    /// Why the rounds don't go on, as clients may know it; for the health check.
    trouble: watch::Sender<Option<String>>,
}

impl Driver {
    /// A driver that goes on where the federation was left.
    pub(super) fn new(
        config: FederationConfig,
        context: FederationContext,
        presence: Arc<Presence>,
        events: broadcast::Sender<Arc<Event>>,
        stored: StoredFederation,
        trouble: watch::Sender<Option<String>>,
    ) -> (Self, watch::Receiver<Snapshot>) {
        let now = context.clock.steady();
        // The sites of an open round get the usual time to come back before it closes without them.
        let grace_until = now.plus_ms(u64::from(config.presence_timeout_s) * 1000);
        let (revision, model) = (stored.revision, stored.model.clone());
        let round = restored(stored, &config, (grace_until, now));
        if let Round::Open(open) = &round {
            tracing::info!(federation = %config.id, round = open.round, updates = open.received.len(),
                "going on with the round that was open");
        }
        let sequence = context.clock.now().ms();
        let (shared, model_now) = (Arc::new(round.clone()), model.clone());
        let first = Snapshot { sequence, revision, round: shared, model: model_now, present: 0 };
        let publisher = Publisher::new(events, first);
        let receiver = publisher.newest();
        let driver = Self {
            manifest: Arc::new(Manifest::of(&config.model)),
            config,
            context,
            presence,
            publisher,
            round,
            model,
            revision,
            present: BTreeSet::new(),
            sequence,
            grace_until,
            others_turn_until: Timestamp::default(),
            jumps: 0,
            retry_at: None,
            is_blind: false,
            trouble,
        };
        (driver, receiver)
    }

    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut notices = self.context.store.notices().subscribe();
        let mut poll = every(POLL);
        loop {
            let wake = self.advance().await;
            let clock = Arc::clone(&self.context.clock);
            let sleep = async move {
                match wake {
                    Some(at) => clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.context.stopping.cancelled() => break,
                () = self.presence.changed() => {
                    self.take_turn();
                    self.share_at_once().await;
                }
                () = sleep => {}
                notice = notices.recv() => {
                    let changed = self.changed(notice, &mut notices);
                    self.follow(changed).await;
                }
                _ = poll.tick() => {
                    self.publisher.flush();
                    self.share().await;
                    self.follow(Changed::ALL).await;
                    self.erase_merged().await;
                }
                command = commands.recv() => match command {
                    // A requester that has gone needs no answer; what it asked for is done all the same.
                    Some(Command::Submit { new, attempt, reply }) => drop(reply.send(self.submit(new, attempt).await)),
                    Some(Command::Exchange { new, reply }) => drop(reply.send(self.take_message(new).await)),
                    Some(Command::Look { reply }) => {
                        self.follow(Changed::ALL).await;
                        self.take_turn();
                        self.advance().await;
                        let _ = reply.send(());
                    }
                    Some(Command::Settle { reply }) => {
                        self.take_turn();
                        self.share_at_once().await;
                        self.advance().await;
                        let _ = reply.send(());
                    }
                    None => break,
                },
            }
        }
        // The streams have ended by now: the sites are seen for the last time.
        self.share().await;
    }

    /// Does all that presence and time ask for; returns when to look again.
    async fn advance(&mut self) -> Option<Timestamp> {
        loop {
            self.notice_jump();
            let expiry = self.notice_presence();
            let now = self.context.clock.steady();
            if let Some(at) = self.retry_at.filter(|at| now < *at) {
                return Some(expiry.map_or(at, |expiry| expiry.min(at)));
            }
            let outcome = match self.retry_at {
                Some(_) => self.reload().await.map(|()| true),
                None => self.step(now).await.inspect(|_| drop(self.trouble.send_replace(None))),
            };
            match outcome {
                Ok(true) => self.retry_at = None,
                Ok(false) => {
                    let coming = [self.round.deadline(), Some(self.others_turn_until)].into_iter().flatten();
                    return coming.filter(|at| now < *at).chain(expiry).min();
                }
                Err(error) => {
                    tracing::error!(federation = %self.config.id, round = self.round.version() + 1, %error,
                        "the round can't go on; nothing is lost, trying again in {} s", RETRY_MS / 1000);
                    self.trouble.send_replace(Some(error.problem().detail));
                    self.retry_at = Some(now.plus_ms(RETRY_MS));
                }
            }
        }
    }

    /// After this server's time has jumped, the moments that it noted are in another time.
    fn notice_jump(&mut self) {
        let jumps = self.context.store_clock.as_ref().map_or(0, |clock| clock.times_taken());
        if std::mem::replace(&mut self.jumps, jumps) == jumps {
            return;
        }
        let now = self.context.clock.steady();
        self.others_turn_until = Timestamp::default();
        // Sites get the usual time to be seen again. The deadline is read anew.
        self.grace_until = now.plus_ms(u64::from(self.config.presence_timeout_s) * 1000);
        self.retry_at = Some(now);
    }

    /// Takes over who is present, and notifies if others are than before; returns when that changes by time alone.
    fn notice_presence(&mut self) -> Option<Timestamp> {
        let (present, expiry) = self.presence.present();
        if present != self.present {
            self.present = present;
            self.publish(Happened::Presence);
        }
        expiry
    }

    fn publish(&mut self, happened: Happened) {
        tracing::info!(federation = %self.config.id, version = self.round.version(), present = self.present.len(),
            "{}", for_log(&happened));
        self.sequence += 1;
        let present = self.present.len() as u32;
        let (sequence, revision) = (self.sequence, self.revision);
        let (round, model) = (Arc::new(self.round.clone()), self.model.clone());
        let snapshot = Snapshot { sequence, revision, round, model, present };
        self.publisher.publish(happened, snapshot);
    }
}

fn every(period: Duration) -> Interval {
    let mut interval = tokio::time::interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

fn for_log(happened: &Happened) -> String {
    match happened {
        Happened::Connected => "connected".to_owned(),
        Happened::Presence => "sites came or went".to_owned(),
        Happened::RoundOpened { round } => format!("round {round} opened"),
        Happened::StepReached { round } => format!("round {round} came to its next step of secure aggregation"),
        Happened::UpdateReceived { round } => format!("round {round} has one more update"),
        Happened::RoundMerged { round, sites } => format!("round {round} merged, {sites} updates"),
        Happened::RoundFailed { round, received, quorum } => {
            format!(
                "round {round} had {received} updates of {quorum} at its deadline; it is opened anew and keeps them"
            )
        }
        Happened::Paused => "paused".to_owned(),
        Happened::Resumed => "resumed".to_owned(),
        Happened::Finished => "finished".to_owned(),
    }
}

//! Decisions: what is accepted, and when a round opens, merges or fails. Each is stored before it counts.

use std::collections::BTreeSet;

use fedner_protocol::{Happened, SiteId, UpdateReceipt};

use super::Driver;
use crate::error::Error;
use crate::federation::Submitted;
use crate::federation::merge::{MergeError, merge};
use crate::rounds::{Exchange, Merging, Open, Refusal, Round, Step};
use crate::store::{Acknowledged, DamagedPart, DamagedRow, NewUpdate, StoreError, StoredRound};
use crate::store_clock::Agreement;
use crate::timestamp::Timestamp;

/// How often in a row another server may be quicker before a request is answered with "try again".
pub(super) const OVERTAKEN_MAX: usize = 32;

impl Driver {
    pub(super) async fn submit(&mut self, new: NewUpdate, attempt: Option<u32>) -> Result<Submitted, Error> {
        if self.retry_at.is_some() {
            // A change was reported as failed and may have gone through: this round may be merged already.
            self.reload().await?;
            self.retry_at = None;
        }
        for _ in 0..OVERTAKEN_MAX {
            if let Some(submitted) = self.try_submit(&new, attempt).await? {
                return Ok(submitted);
            }
            self.reload().await?;
        }
        Err(Error::Overtaken)
    }

    /// `None` when another server changed the federation meanwhile.
    async fn try_submit(&mut self, new: &NewUpdate, attempt: Option<u32>) -> Result<Option<Submitted>, Error> {
        let (id, round) = (new.id, new.update.round);
        let receipt = UpdateReceipt { round, update: id };
        let stored = self.context.store.update(&self.config.id, id).await?;
        if stored.as_ref().is_some_and(|stored| *stored != new.update) {
            return Err(Error::UpdateChanged(id));
        }
        let known = stored.is_some();
        let accepted = match (&self.round, attempt) {
            (Round::Open(open), Some(attempt))
                if open.round == round && !takes_masked(open, attempt, new.update.site) =>
            {
                Err(Refusal::WrongStep { current: round })
            }
            (Round::Paused(_), Some(_)) => Err(Refusal::TooEarly { current: round }),
            _ => self.round.clone().accept(round, id, new.update.site),
        };
        match accepted {
            Ok(_) if !known && new.base != self.model => {
                if self.context.store.revision(&self.config.id).await? != self.revision {
                    return Ok(None);
                }
                Err(Error::BaseChanged { version: self.round.version() })
            }
            Ok(next) => {
                // It can be known and yet not in the round: its change went through but was reported as failed.
                if !known {
                    match self.context.store.insert_update(self.revision, new).await? {
                        Acknowledged::Stored(revision) => self.revision = revision,
                        Acknowledged::Overtaken => return Ok(None),
                        Acknowledged::SiteRevoked => return Err(Error::SiteRevoked),
                    }
                }
                self.round = next;
                self.take_turn();
                tracing::info!(federation = %self.config.id, round, update = %id, "update stored");
                self.publish(Happened::UpdateReceived { round });
                Ok(Some(Submitted { receipt, new: !known }))
            }
            Err(_) if known => Ok(Some(Submitted { receipt, new: false })),
            // The site may know more than this server: what another one has opened.
            Err(_) if self.context.store.revision(&self.config.id).await? != self.revision => Ok(None),
            Err(refusal) => Err(Error::Round(refusal)),
        }
    }

    /// One step; `false` when there was nothing to do.
    pub(super) async fn step(&mut self, now: Timestamp) -> Result<bool, Error> {
        let step = self.round.clone().step(&self.present, now, &self.config.rounds);
        match &step {
            Step::Stay(_) => return Ok(false),
            Step::Merge(_) if now < self.others_turn_until => return Ok(false),
            Step::Open(_) | Step::Advance(_) | Step::Fail(_) | Step::Merge(_) => {}
        }
        if !self.has_the_right_time().await? {
            return Ok(true);
        }
        match step {
            Step::Stay(_) => {}
            Step::Open(open) => {
                let (round, deadline) = (open.round, Some(open.deadline));
                let stored = StoredRound { attempt: open.attempt, deadline, present: self.present.clone() };
                let exchange = self.new_exchange(now);
                if self.store_round(stored, exchange.as_ref()).await? {
                    self.round = Round::Open(match exchange {
                        Some(exchange) => open.with_exchange(exchange),
                        None => open,
                    });
                    self.publish(Happened::RoundOpened { round });
                }
            }
            Step::Advance(open) => self.advance_exchange(open).await?,
            Step::Fail(waiting) => {
                let stored = StoredRound { attempt: waiting.attempt, deadline: None, present: BTreeSet::new() };
                if self.store_round(stored, None).await? {
                    let (received, quorum) = (waiting.received.len() as u32, self.config.rounds.quorum);
                    let round = waiting.round;
                    self.round = Round::Waiting(waiting);
                    self.publish(Happened::RoundFailed { round, received, quorum });
                }
            }
            Step::Merge(merging) => self.merge(merging).await?,
        }
        Ok(true)
    }

    /// Compares this server's time with the other servers'; `false` when it was wrong and is right now.
    async fn has_the_right_time(&mut self) -> Result<bool, Error> {
        let Some(clock) = self.context.store_clock.clone() else { return Ok(true) };
        match clock.compare().await? {
            Agreement::Agrees => Ok(true),
            Agreement::Apart(ahead_ms) => Err(Error::ClockApart { ahead_ms }),
            Agreement::Taken(_) => Ok(false),
        }
    }

    async fn merge(&mut self, merging: Merging) -> Result<(), Error> {
        let (round, sites) = (merging.round(), merging.updates().len() as u32);
        let version = match merge(&self.config, &self.manifest, &self.context, &merging).await {
            Ok(version) => version,
            // What it needs may be gone because another server has merged it.
            Err(_) if self.context.store.revision(&self.config.id).await? != self.revision => {
                return self.reload().await;
            }
            Err(MergeError::Damaged(row)) => return self.set_aside(row).await,
            Err(MergeError::Failed(error)) => return Err(error),
            Err(MergeError::Spoilt(reason)) => return self.spoil(merging, &reason).await,
        };
        match self.context.store.insert_version(self.revision, &version).await? {
            Some(revision) => (self.revision, self.model) = (revision, version.model.digest),
            None => return self.reload().await,
        }
        self.round = merging.merged(&self.config.rounds);
        self.publish(Happened::RoundMerged { round, sites });
        self.erase_merged().await;
        if let Round::Finished(_) = self.round {
            self.publish(Happened::Finished);
        }
        Ok(())
    }

    /// Goes on without a damaged row, as far as that can be done.
    pub(super) async fn set_aside(&mut self, row: DamagedRow) -> Result<(), Error> {
        tracing::error!(federation = %self.config.id, "damaged: {row}");
        let (store, now) = (&self.context.store, self.context.clock.now());
        match row.part {
            // Opened anew, the round asks the site for its update again; if it stays away, the round closes without.
            DamagedPart::Update(_) => drop(store.set_update_aside(self.revision, &row, now).await?),
            DamagedPart::OptimiserState => return Ok(store.set_optimiser_state_aside(&row, now).await?),
            DamagedPart::Model(version) => {
                store.set_model_aside(&row, version, now).await?;
                return Err(StoreError::DamagedRow(row).into());
            }
            // A merge needs none of them.
            DamagedPart::Site(_) | DamagedPart::Invitation(_) => return Err(StoreError::DamagedRow(row).into()),
        }
        self.reload().await
    }

    /// `false` when another server changed the federation meanwhile; its state is taken then.
    pub(super) async fn store_round(&mut self, round: StoredRound, exchange: Option<&Exchange>) -> Result<bool, Error> {
        let now = self.context.clock.now();
        match self.context.store.set_round(&self.config.id, self.revision, &round, exchange, now).await? {
            Some(revision) => self.revision = revision,
            None => {
                self.reload().await?;
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn takes_masked(open: &Open, attempt: u32, site: SiteId) -> bool {
    open.attempt == attempt && open.exchange.as_ref().is_some_and(|exchange| exchange.takes_masked(site))
}

//! Decisions: what is accepted, and when a round opens, merges or fails. Each is stored before it counts.

use std::collections::BTreeSet;

use fedner_protocol::{Happened, UpdateReceipt};

use super::Driver;
use crate::error::Error;
use crate::federation::Submitted;
use crate::federation::merge::merge;
use crate::rounds::{Merging, Round, Step};
use crate::store::{NewUpdate, StoredRound};
use crate::timestamp::Timestamp;

/// How often in a row another server may be quicker before a request is told to try again.
const OVERTAKEN_MAX: usize = 32;

impl Driver {
    pub(super) async fn submit(&mut self, new: NewUpdate) -> Result<Submitted, Error> {
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
                self.take_turn();
                tracing::info!(federation = %self.config.id, round, update = %id, "update stored");
                self.publish(Happened::UpdateReceived { round });
                Ok(Some(Submitted { receipt, new: !known }))
            }
            Err(_) if known => Ok(Some(Submitted { receipt, new: false })),
            // The site may know more than this server: what another one has opened.
            Err(_) if self.around.store.revision(&self.config.id).await? != self.revision => Ok(None),
            Err(refusal) => Err(Error::Round(refusal)),
        }
    }

    /// One step; `false` when there was nothing to do.
    pub(super) async fn step(&mut self, now: Timestamp) -> Result<bool, Error> {
        match self.round.clone().step(&self.present, now, &self.config.rounds) {
            Step::Stay(_) => return Ok(false),
            Step::Merge(_) if now < self.others_turn_until => return Ok(false),
            Step::Open(open) => {
                let (round, deadline) = (open.round, Some(open.deadline));
                let stored = StoredRound { attempt: open.attempt, deadline, present: self.present.clone() };
                if self.store_round(stored).await? {
                    self.round = Round::Open(open);
                    self.publish(Happened::RoundOpened { round });
                }
            }
            Step::Fail(waiting) => {
                let stored = StoredRound { attempt: waiting.attempt, deadline: None, present: BTreeSet::new() };
                if self.store_round(stored).await? {
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

    async fn merge(&mut self, merging: Merging) -> Result<(), Error> {
        let (round, sites) = (merging.round(), merging.updates().len() as u32);
        let version = match merge(&self.config, &self.manifest, &self.around, &merging).await {
            Ok(version) => version,
            // What it needs may be gone because another server has merged it.
            Err(_) if self.around.store.revision(&self.config.id).await? != self.revision => {
                return self.reload().await;
            }
            Err(error) => return Err(error),
        };
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
        let now = self.around.clock.now();
        match self.around.store.set_round(&self.config.id, self.revision, &round, now).await? {
            Some(revision) => self.revision = revision,
            None => {
                self.reload().await?;
                return Ok(false);
            }
        }
        Ok(true)
    }
}

//! The steps of secure aggregation, each stored before it counts.

use std::collections::BTreeSet;

use fedner_protocol::Happened;

use super::Driver;
use super::decide::OVERTAKEN_MAX;
use crate::error::Error;
use crate::federation::secure::NewMessage;
use crate::rounds::{Exchange, Merging, Open, Refusal, Round, Taken};
use crate::store::StoredRound;
use crate::timestamp::Timestamp;

impl Driver {
    /// The exchange of a round that opens now, where updates are masked.
    pub(super) fn new_exchange(&self, now: Timestamp) -> Option<Exchange> {
        let policy = self.config.secure_aggregation.as_ref()?;
        Some(Exchange::new(now, u64::from(policy.step_s) * 1000))
    }

    /// Takes a site's message in; the same one again is answered as the first.
    pub(super) async fn take_message(&mut self, new: NewMessage) -> Result<(), Error> {
        for _ in 0..OVERTAKEN_MAX {
            if self.try_message(&new).await? {
                return Ok(());
            }
            self.reload().await?;
        }
        Err(Error::Overtaken)
    }

    /// `false` when another server changed the federation meanwhile.
    async fn try_message(&mut self, new: &NewMessage) -> Result<bool, Error> {
        let (store, id) = (&self.context.store, &self.config.id);
        let current = self.round.version() + 1;
        let taken = match &self.round {
            Round::Open(open) if (open.round, open.attempt) == (new.round, new.attempt) => {
                open.exchange.as_ref().map_or(Taken::Not, |exchange| exchange.takes(new.step, new.site))
            }
            _ => Taken::Not,
        };
        match taken {
            Taken::Not if store.revision(id).await? != self.revision => return Ok(false),
            Taken::Not => return Err(Error::Round(Refusal::WrongStep { current })),
            Taken::Before => {
                let all: Vec<(_, serde_json::Value)> = store.messages(id, new.step).await?;
                let same = all.iter().any(|(site, body)| *site == new.site && *body == new.body);
                return if same { Ok(true) } else { Err(Error::MessageChanged) };
            }
            Taken::New => {}
        }
        let Some(revision) = store.insert_message(id, self.revision, (new.step, new.site), &new.body).await? else {
            return Ok(false);
        };
        self.revision = revision;
        if let Round::Open(Open { exchange: Some(exchange), .. }) = &mut self.round {
            exchange.sent.insert(new.site);
        }
        self.take_turn();
        self.publish(Happened::Presence);
        Ok(true)
    }

    /// The open round comes to its next step.
    pub(super) async fn advance_exchange(&mut self, open: Open) -> Result<(), Error> {
        let Some(exchange) = &open.exchange else { return Ok(()) };
        match self.context.store.set_exchange(&self.config.id, self.revision, exchange).await? {
            Some(revision) => self.revision = revision,
            None => return self.reload().await,
        }
        let round = open.round;
        self.round = Round::Open(open);
        self.publish(Happened::StepReached { round });
        Ok(())
    }

    /// The sum could not be unmasked: the round is opened anew, with other masks.
    pub(super) async fn spoil(&mut self, merging: Merging, reason: &str) -> Result<(), Error> {
        let (round, received) = (merging.round(), merging.updates().len() as u32);
        tracing::error!(federation = %self.config.id, round, "the sum can't be unmasked: {reason}");
        let waiting = merging.spoilt();
        let stored = StoredRound { attempt: waiting.attempt, deadline: None, present: BTreeSet::new() };
        if self.store_round(stored, None).await? {
            self.round = Round::Waiting(waiting);
            self.publish(Happened::RoundFailed { round, received, quorum: self.config.rounds.quorum });
        }
        Ok(())
    }
}

//! When rounds open and close: a state machine without a clock, a store or a network.
//!
//! A caller passes in who is present and what time it is. It decides with [`Round::step`] or
//! [`Round::accept`], stores the outcome, and only then takes it as the new state.

mod exchange;

use std::collections::{BTreeMap, BTreeSet};

use fedner_protocol::{Phase, RoundPolicy, SiteId, UpdateId};

pub use self::exchange::{Exchange, Taken};
use self::exchange::{Progress, Surroundings};
use crate::timestamp::Timestamp;

/// Acknowledged updates of one round, in the order in which they are merged; one a site.
pub type Received = BTreeMap<UpdateId, SiteId>;

/// What a federation is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Round {
    /// Too few sites are present to open the round.
    Waiting(Waiting),
    /// Updates are taken.
    Open(Open),
    /// The operator has paused the federation: as if too few sites were present, but updates that are under way
    /// are taken, so that no training was in vain.
    Paused(Waiting),
    /// All rounds are done; the last one made this version.
    Finished(u32),
}

/// A round that is not open yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The round.
    pub round: u32,
    /// 1, or more after the round failed.
    pub attempt: u32,
    /// Updates kept from a failed attempt. They start from the same version, so they still count.
    pub received: Received,
}

/// A round that takes updates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// The round.
    pub round: u32,
    /// 1, or more after the round failed.
    pub attempt: u32,
    /// When it closes at the latest.
    pub deadline: Timestamp,
    /// Updates acknowledged so far, those of failed attempts among them; masked ones are of this attempt only.
    pub received: Received,
    /// The steps of secure aggregation, where updates are masked.
    pub exchange: Option<Exchange>,
}

/// What time and presence ask for next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Nothing to do.
    Stay(Round),
    /// The round opens.
    Open(Open),
    /// The open round comes to its next step of secure aggregation.
    Advance(Open),
    /// The round has what it needs: merge its updates, then go on with [`Merging::merged`].
    Merge(Merging),
    /// The deadline passed below the quorum: the round is opened anew and keeps its updates.
    Fail(Waiting),
}

/// A round whose updates are to be merged now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merging(Open);

/// Why an update is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The round was merged.
    RoundOver {
        /// The round that is open, or next.
        current: u32,
    },
    /// The round is not open yet.
    TooEarly {
        /// The round that is open, or next.
        current: u32,
    },
    /// The attempt does not take this now, or not of this site.
    WrongStep {
        /// The round that is open, or next.
        current: u32,
    },
    /// The site has another update in this round.
    SiteHasSent {
        /// That update.
        update: UpdateId,
    },
}

impl Round {
    /// The state after version `version` was made.
    pub fn after(version: u32, policy: &RoundPolicy) -> Self {
        if version >= policy.rounds {
            return Self::Finished(version);
        }
        Self::Waiting(Waiting { round: version + 1, attempt: 1, received: Received::new() })
    }

    /// The state that was stored: the newest version, and how far the next round has come.
    pub fn restored(
        version: u32,
        attempt: u32,
        deadline: Option<Timestamp>,
        received: Received,
        policy: &RoundPolicy,
    ) -> Self {
        match (Self::after(version, policy), deadline) {
            (Self::Waiting(new), Some(deadline)) => {
                Self::Open(Open { round: new.round, attempt, deadline, received, exchange: None })
            }
            (Self::Waiting(new), None) => Self::Waiting(Waiting { attempt, received, ..new }),
            (state, _) => state,
        }
    }

    /// The newest version.
    pub fn version(&self) -> u32 {
        match self {
            Self::Waiting(waiting) | Self::Paused(waiting) => waiting.round - 1,
            Self::Open(open) => open.round - 1,
            Self::Finished(version) => *version,
        }
    }

    /// Updates acknowledged for the next round.
    pub fn received(&self) -> usize {
        match self {
            Self::Waiting(waiting) | Self::Paused(waiting) => waiting.received.len(),
            Self::Open(open) => open.received.len(),
            Self::Finished(_) => 0,
        }
    }

    /// The sites whose updates those are.
    pub fn senders(&self) -> BTreeSet<SiteId> {
        match self {
            Self::Waiting(waiting) | Self::Paused(waiting) => waiting.received.values().copied().collect(),
            Self::Open(open) => open.received.values().copied().collect(),
            Self::Finished(_) => BTreeSet::new(),
        }
    }

    /// When this state changes by time alone.
    pub fn deadline(&self) -> Option<Timestamp> {
        match self {
            Self::Open(open) => {
                open.exchange.as_ref().map_or(Some(open.deadline), |exchange| exchange.until(open.deadline))
            }
            Self::Waiting(_) | Self::Paused(_) | Self::Finished(_) => None,
        }
    }

    /// What to do now, given who is present.
    pub fn step(self, present: &BTreeSet<SiteId>, now: Timestamp, policy: &RoundPolicy) -> Step {
        match self {
            Self::Waiting(waiting) if present.len() >= policy.min_sites as usize => {
                Step::Open(waiting.open(now.plus_ms(u64::from(policy.deadline_s) * 1000)))
            }
            Self::Open(open) if open.exchange.is_some() => open.exchange_step(present, now, policy),
            Self::Open(open) if open.received.len() >= policy.quorum as usize => {
                if now >= open.deadline || open.everyone_sent(present) {
                    Step::Merge(Merging(open))
                } else {
                    Step::Stay(Self::Open(open))
                }
            }
            Self::Open(open) if now >= open.deadline => Step::Fail(open.failed()),
            state => Step::Stay(state),
        }
    }

    /// Takes an update in.
    ///
    /// # Errors
    /// When the round is over or not open yet, or the site has another update in it.
    pub fn accept(self, round: u32, update: UpdateId, site: SiteId) -> Result<Self, Refusal> {
        let version = self.version();
        match self {
            Self::Open(mut open) if open.round == round => {
                take_in(&mut open.received, update, site)?;
                Ok(Self::Open(open))
            }
            Self::Paused(mut waiting) if waiting.round == round => {
                take_in(&mut waiting.received, update, site)?;
                Ok(Self::Paused(waiting))
            }
            Self::Finished(_) => Err(Refusal::RoundOver { current: version }),
            _ if round <= version => Err(Refusal::RoundOver { current: version + 1 }),
            _ => Err(Refusal::TooEarly { current: version + 1 }),
        }
    }

    /// This state as sites see it.
    pub fn phase(&self, now: Timestamp, policy: &RoundPolicy) -> Phase {
        match self {
            Self::Waiting(_) => Phase::Waiting { min_sites: policy.min_sites },
            Self::Open(open) => Phase::Open {
                round: open.round,
                attempt: open.attempt,
                received: open.received.len() as u32,
                deadline_in_ms: open.deadline.ms_after(now),
            },
            Self::Paused(_) => Phase::Paused,
            Self::Finished(_) => Phase::Finished,
        }
    }

    /// The state once the operator has paused the federation; a round that is open keeps its updates.
    pub fn paused(self) -> Self {
        match self {
            Self::Waiting(waiting) => Self::Paused(waiting),
            // Masks can't be taken off later: once resumed, the round opens as another attempt.
            Self::Open(open) if open.exchange.is_some() => Self::Paused(open.failed()),
            Self::Open(Open { round, attempt, received, .. }) => Self::Paused(Waiting { round, attempt, received }),
            state @ (Self::Paused(_) | Self::Finished(_)) => state,
        }
    }

    /// Whether the operator has paused the federation.
    pub fn is_paused(&self) -> bool {
        matches!(self, Self::Paused(_))
    }
}

fn take_in(received: &mut Received, update: UpdateId, site: SiteId) -> Result<(), Refusal> {
    if let Some((&update, _)) = received.iter().find(|(_, sender)| **sender == site) {
        return Err(Refusal::SiteHasSent { update });
    }
    received.insert(update, site);
    Ok(())
}

impl Waiting {
    fn open(self, deadline: Timestamp) -> Open {
        Open { round: self.round, attempt: self.attempt, deadline, received: self.received, exchange: None }
    }
}

impl Open {
    fn everyone_sent(&self, present: &BTreeSet<SiteId>) -> bool {
        let senders: BTreeSet<_> = self.received.values().collect();
        present.iter().all(|site| senders.contains(site))
    }

    fn failed(self) -> Waiting {
        let received = if self.exchange.is_some() { Received::new() } else { self.received };
        Waiting { round: self.round, attempt: self.attempt.saturating_add(1), received }
    }

    /// The same round with updates masked; those of earlier attempts have masks of their own.
    pub fn with_exchange(self, exchange: Exchange) -> Self {
        Self { received: Received::new(), exchange: Some(exchange), ..self }
    }

    fn exchange_step(mut self, present: &BTreeSet<SiteId>, now: Timestamp, policy: &RoundPolicy) -> Step {
        let received = self.received.values().copied().collect();
        let (deadline, quorum) = (self.deadline, policy.quorum as usize);
        let around = Surroundings { present, received: &received, now, deadline, quorum };
        match self.exchange.as_ref().map(|exchange| exchange.progress(around)) {
            None | Some(Progress::Stay) => Step::Stay(Round::Open(self)),
            Some(Progress::Next(next)) => {
                self.exchange = Some(next);
                Step::Advance(self)
            }
            Some(Progress::Merge) => Step::Merge(Merging(self)),
            Some(Progress::Fail) => Step::Fail(self.failed()),
        }
    }
}

impl Merging {
    /// The round, which is also the version that the merge makes.
    pub fn round(&self) -> u32 {
        self.0.round
    }

    /// The updates to merge, each once and in this order.
    pub fn updates(&self) -> impl ExactSizeIterator<Item = UpdateId> {
        self.0.received.keys().copied()
    }

    /// The attempt.
    pub fn attempt(&self) -> u32 {
        self.0.attempt
    }

    /// The steps of secure aggregation, where updates are masked.
    pub fn exchange(&self) -> Option<&Exchange> {
        self.0.exchange.as_ref()
    }

    /// The state when the sum could not be unmasked: the round is opened anew, with other masks.
    pub fn spoilt(self) -> Waiting {
        self.0.failed()
    }

    /// The state once the merge is stored.
    pub fn merged(self, policy: &RoundPolicy) -> Round {
        Round::after(self.0.round, policy)
    }
}

#[cfg(test)]
mod tests;

//! The steps of secure aggregation within an open round: a state machine without a clock, a store or a network.

use std::collections::BTreeSet;

use fedner_protocol::SiteId;
use fedner_secure_aggregation::{SITES_MAX, SITES_MIN, Step, threshold};
use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;

/// How far an attempt has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The step.
    pub step: Step,
    /// When the step ends at the latest (milliseconds since the Unix epoch). Masked updates have the round's deadline;
    /// the answers that unmask the sum are waited for without end.
    pub until_ms: u64,
    /// Longest wait for a step, in milliseconds.
    pub step_ms: u64,
    /// Sites that have keys.
    pub roster: BTreeSet<SiteId>,
    /// Of those, sites that have shared their secrets.
    pub sharers: BTreeSet<SiteId>,
    /// Of those, sites that have sent masked updates.
    pub survivors: BTreeSet<SiteId>,
    /// Sites that have sent the message of this step; their masked updates are the round's updates.
    #[serde(skip)]
    pub sent: BTreeSet<SiteId>,
}

/// What an exchange is in.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// Who is present.
    pub present: &'a BTreeSet<SiteId>,
    /// Who has sent a masked update.
    pub received: &'a BTreeSet<SiteId>,
    /// Now.
    pub now: Timestamp,
    /// The round's deadline.
    pub deadline: Timestamp,
    /// Fewest updates of a sum.
    pub quorum: usize,
}

/// What an exchange asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Nothing.
    Stay,
    /// The next step.
    Next(Exchange),
    /// The sum can be unmasked.
    Merge,
    /// Too few have come so far: nothing of this attempt is revealed.
    Fail,
}

/// Whether a message is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is new.
    New,
    /// The site has sent one in this step before.
    Before,
    /// It is not for this step, or not of a site that this step asks.
    Not,
}

impl Exchange {
    /// The first step.
    pub fn new(now: Timestamp, step_ms: u64) -> Self {
        Self {
            step: Step::Keys,
            until_ms: now.plus_ms(step_ms).ms(),
            step_ms,
            roster: BTreeSet::new(),
            sharers: BTreeSet::new(),
            survivors: BTreeSet::new(),
            sent: BTreeSet::new(),
        }
    }

    /// When the step ends at the latest; `None` where it waits without end.
    pub fn until(&self, deadline: Timestamp) -> Option<Timestamp> {
        match self.step {
            Step::Keys | Step::Shares => Some(Timestamp::from_ms(self.until_ms)),
            Step::Masked => Some(deadline),
            // Whoever has answered, also if that was lost, answers for no other list of survivors in this round. So
            // another attempt could not do without them either, and they can still answer when they come back.
            Step::Unmask => None,
        }
    }

    /// Whether a site's message of a step is taken.
    pub fn takes(&self, step: Step, site: SiteId) -> Taken {
        let asked = match self.step {
            Step::Keys => self.sent.contains(&site) || self.sent.len() < SITES_MAX,
            Step::Shares => self.roster.contains(&site),
            Step::Masked => false,
            Step::Unmask => self.survivors.contains(&site),
        };
        match step == self.step && asked {
            false => Taken::Not,
            true if self.sent.contains(&site) => Taken::Before,
            true => Taken::New,
        }
    }

    /// Whether a site's masked update is taken.
    pub fn takes_masked(&self, site: SiteId) -> bool {
        self.step == Step::Masked && self.sharers.contains(&site)
    }

    /// What to do now.
    pub fn progress(&self, around: Surroundings<'_>) -> Progress {
        let has_ended = self.until(around.deadline).is_some_and(|until| around.now >= until);
        let present = around.present;
        let needed = threshold(self.roster.len()).max(around.quorum);
        let waits_for = |asked: &BTreeSet<SiteId>, sent: &BTreeSet<SiteId>| {
            asked.intersection(present).any(|site| !sent.contains(site))
        };
        let (enough, waits) = match self.step {
            Step::Keys => {
                let full = self.sent.len() >= SITES_MAX;
                (self.sent.len() >= around.quorum.max(SITES_MIN), !full && waits_for(present, &self.sent))
            }
            Step::Shares => (self.sent.len() >= needed, waits_for(&self.roster, &self.sent)),
            Step::Masked => (around.received.len() >= needed, waits_for(&self.sharers, around.received)),
            // As few as the threshold are enough to unmask the sum of all who have sent.
            Step::Unmask => (self.sent.len() >= threshold(self.roster.len()), true),
        };
        match (enough, has_ended || !waits) {
            (true, _) if self.step == Step::Unmask => Progress::Merge,
            (true, true) => Progress::Next(self.next(around)),
            (false, _) if has_ended => Progress::Fail,
            _ => Progress::Stay,
        }
    }

    fn next(&self, around: Surroundings<'_>) -> Self {
        let mut next = self.clone();
        let sent = std::mem::take(&mut next.sent);
        next.until_ms = around.now.plus_ms(self.step_ms).ms();
        match self.step {
            Step::Keys => (next.roster, next.step) = (sent, Step::Shares),
            Step::Shares => (next.sharers, next.step) = (sent, Step::Masked),
            Step::Masked => (next.survivors, next.step) = (around.received.clone(), Step::Unmask),
            Step::Unmask => {}
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(1_000_000);
    const DEADLINE: Timestamp = Timestamp::from_ms(2_000_000);

    fn sites(numbers: &[u8]) -> BTreeSet<SiteId> {
        numbers.iter().map(|i| SiteId::from_random([*i; 16])).collect()
    }

    fn progress(exchange: &Exchange, present: &[u8], received: &[u8], now: Timestamp) -> Progress {
        let (present, received) = (sites(present), sites(received));
        let around = Surroundings { present: &present, received: &received, now, deadline: DEADLINE, quorum: 3 };
        exchange.progress(around)
    }

    fn next(exchange: &Exchange, present: &[u8], received: &[u8], now: Timestamp) -> Exchange {
        match progress(exchange, present, received, now) {
            Progress::Next(next) => next,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_round_of_five_goes_through_its_steps_without_waiting_for_those_who_left() {
        let mut keys = Exchange::new(NOW, 1000);
        keys.sent = sites(&[1, 2, 3, 4]);
        assert_eq!(progress(&keys, &[1, 2, 3, 4, 5], &[], NOW), Progress::Stay);
        keys.sent = sites(&[1, 2, 3, 4, 5]);
        let mut shares = next(&keys, &[1, 2, 3, 4, 5], &[], NOW);
        assert_eq!((shares.step, &shares.roster), (Step::Shares, &keys.sent));
        shares.sent = sites(&[1, 2, 3]);
        assert_eq!(progress(&shares, &[1, 2, 3], &[], NOW), Progress::Stay, "four of five are needed");
        shares.sent = sites(&[1, 2, 3, 4, 5]);
        let masked = next(&shares, &[1, 2, 3, 4, 5, 9], &[], NOW);
        assert_eq!(masked.step, Step::Masked);
        assert!(
            masked.takes_masked(SiteId::from_random([5; 16])) && !masked.takes_masked(SiteId::from_random([9; 16]))
        );
        assert_eq!(progress(&masked, &[1, 2, 3, 4, 5], &[1, 2, 3, 4], NOW), Progress::Stay);
        let mut unmask = next(&masked, &[1, 2, 3, 4, 9], &[1, 2, 3, 4], NOW);
        assert_eq!((unmask.step, &unmask.survivors), (Step::Unmask, &sites(&[1, 2, 3, 4])));
        assert_eq!(unmask.takes(Step::Unmask, SiteId::from_random([5; 16])), Taken::Not);
        unmask.sent = sites(&[1, 2, 3]);
        let much_later = DEADLINE.plus_ms(1_000_000_000);
        assert_eq!(progress(&unmask, &[1, 2, 3], &[1, 2, 3, 4], much_later), Progress::Stay, "four of five are needed");
        unmask.sent = sites(&[1, 2, 3, 4]);
        assert_eq!(progress(&unmask, &[], &[1, 2, 3, 4], NOW), Progress::Merge);
    }

    #[test]
    fn at_the_end_of_a_step_too_few_fail() {
        let late = NOW.plus_ms(1000);
        let mut keys = Exchange::new(NOW, 1000);
        keys.sent = sites(&[1, 2]);
        assert_eq!(progress(&keys, &[1, 2], &[], NOW), Progress::Stay);
        assert_eq!(progress(&keys, &[1, 2, 3], &[], late), Progress::Fail);
        keys.sent = sites(&[1, 2, 3]);
        let shares = next(&keys, &[1, 2, 3, 4], &[], late);
        assert_eq!(progress(&shares, &[1, 2, 3], &[], late.plus_ms(1000)), Progress::Fail);
        let masked = Exchange { step: Step::Masked, sharers: sites(&[1, 2, 3]), ..shares };
        assert_eq!(
            progress(&masked, &[1, 2, 3], &[1, 2], late.plus_ms(5000)),
            Progress::Stay,
            "it has the deadline's time"
        );
        assert_eq!(progress(&masked, &[1, 2, 3], &[1, 2], DEADLINE), Progress::Fail);
    }
}

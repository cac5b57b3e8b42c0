//! Keeping up with the other servers: what they changed is taken from the store, and who is here is shared with them.

use fedner_protocol::{FederationId, Happened};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::Driver;
use crate::error::Error;
use crate::federation::restored;
use crate::rounds::Round;
use crate::store::{Notice, StoreError};
use crate::timestamp::Timestamp;

/// How long a server that was notified of a change leaves the merge to the one that made the change.
const OTHERS_TURN_MS: u64 = 2000;
/// Merges of other servers that are announced one by one; of those before, only the outcome is.
const MERGES_TOLD_MAX: u32 = 16;

/// Where something may have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Changed {
    federation: bool,
    presence: bool,
}

impl Changed {
    pub(super) const ALL: Self = Self { federation: true, presence: true };
    const NOTHING: Self = Self { federation: false, presence: false };

    fn add(&mut self, notice: &Notice, id: &FederationId) {
        match notice {
            Notice::Federation(federation) => self.federation |= federation == id,
            Notice::Presence(federation) => self.presence |= federation == id,
        }
    }
}

impl Driver {
    /// This notice and those that came meanwhile, as one.
    pub(super) fn changed(&self, notice: Result<Notice, RecvError>, more: &mut Receiver<Notice>) -> Changed {
        let mut changed = Changed::NOTHING;
        match notice {
            Ok(notice) => changed.add(&notice, &self.config.id),
            Err(_) => changed = Changed::ALL,
        }
        while let Ok(notice) = more.try_recv() {
            changed.add(&notice, &self.config.id);
        }
        changed
    }

    /// Looks at the store where something may have changed.
    pub(super) async fn follow(&mut self, changed: Changed) {
        let looked = self.look(changed).await;
        let was_blind = std::mem::replace(&mut self.is_blind, looked.is_err());
        match looked {
            Err(error) if !was_blind => {
                tracing::warn!(federation = %self.config.id, "what other servers do can't be seen: {error}");
            }
            _ => {}
        }
    }

    async fn look(&mut self, changed: Changed) -> Result<(), Error> {
        let store = &self.context.store;
        if changed.presence {
            let all = store.presence(&self.config.id).await?;
            if self.presence.take_in(&all, &self.context.replica) {
                self.yield_turn();
                // Before the store is asked further: the streams of a site that left have ended already, and the events
                // below are to count who is here now.
                self.notice_presence();
            }
        }
        if changed.federation && self.context.store.revision(&self.config.id).await? != self.revision {
            self.yield_turn();
            self.reload().await?;
        }
        Ok(())
    }

    fn yield_turn(&mut self) {
        if self.context.store.is_shared() {
            self.others_turn_until = self.context.clock.steady().plus_ms(OTHERS_TURN_MS);
        }
    }

    /// Something happened at this server, so it is the one to act on it.
    pub(super) fn take_turn(&mut self) {
        self.others_turn_until = Timestamp::default();
    }

    /// Notifies the other servers who is here. On a store of its own, that can wait until the next poll.
    pub(super) async fn share_at_once(&self) {
        if self.context.store.is_shared() {
            self.share().await;
        }
    }

    /// Notifies the other servers who is here. What can't be sent now is sent by a later poll.
    pub(super) async fn share(&self) {
        let news = self.presence.unshared();
        if news.left.is_empty() && news.seen.is_empty() {
            return;
        }
        let (store, federation) = (&self.context.store, &self.config.id);
        match store.share_presence(federation, &self.context.replica, &news.left, &news.seen).await {
            Ok(()) => self.presence.shared(&news),
            Err(error) => tracing::warn!(%federation, "other servers can't be notified who is here: {error}"),
        }
    }

    /// Merged updates leave the file. What can't be done now, because somebody reads, is done after a later poll.
    pub(super) async fn erase_merged(&self) {
        if let Err(error) = self.context.store.erase_deleted().await {
            tracing::warn!(federation = %self.config.id, "merged updates can't be erased yet: {error}");
        }
    }

    /// Takes the stored state: another process changed it, or a change that was reported as failed went through.
    pub(super) async fn reload(&mut self) -> Result<(), Error> {
        let now = self.context.clock.now();
        let stored = self.context.store.federation_without_damage(&self.config.id, now).await?;
        self.revision = stored.revision;
        self.model = stored.model.clone();
        let mut after = restored(stored, &self.config, (self.grace_until, self.context.clock.steady()));
        // The same round closes no later than it was to close: the clock may have been set meanwhile.
        if let (Round::Open(before), Round::Open(after)) = (&self.round, &mut after)
            && (before.round, before.attempt) == (after.round, after.attempt)
        {
            after.deadline = after.deadline.min(before.deadline);
        }
        let merges = self.merges(self.round.version(), after.version()).await?;
        let happened = happened(&self.round, &after, &merges, self.config.rounds.quorum);
        self.round = after;
        for happened in happened {
            self.publish(happened);
        }
        Ok(())
    }

    /// The newest versions of those after `from`, with the number of updates in each.
    async fn merges(&self, from: u32, to: u32) -> Result<Vec<(u32, u32)>, StoreError> {
        let mut merges = Vec::new();
        for version in from.max(to.saturating_sub(MERGES_TOLD_MAX)) + 1..=to {
            if let Some(updates) = self.context.store.updates_in(&self.config.id, version).await? {
                merges.push((version, updates));
            }
        }
        Ok(merges)
    }
}

fn attempt(round: &Round) -> u32 {
    match round {
        Round::Waiting(waiting) | Round::Paused(waiting) => waiting.attempt,
        Round::Open(open) => open.attempt,
        Round::Finished(_) => 1,
    }
}

/// What must have happened between two states, in its order.
fn happened(before: &Round, after: &Round, merges: &[(u32, u32)], quorum: u32) -> Vec<Happened> {
    let mut all: Vec<_> =
        merges.iter().map(|(round, sites)| Happened::RoundMerged { round: *round, sites: *sites }).collect();
    let same_round = before.version() == after.version();
    let before_attempt = if same_round { attempt(before) } else { 1 };
    if attempt(after) > before_attempt {
        let received = after.received() as u32;
        all.push(Happened::RoundFailed { round: after.version() + 1, received, quorum });
    }
    if before.is_paused() && !after.is_paused() {
        all.push(Happened::Resumed);
    }
    match after {
        Round::Open(open) => {
            let was_open = same_round && attempt(before) == open.attempt && before.deadline().is_some();
            if !was_open {
                all.push(Happened::RoundOpened { round: open.round });
            }
            let step = |round: &Round| match round {
                Round::Open(open) => open.exchange.as_ref().map(|exchange| exchange.step),
                _ => None,
            };
            if was_open && step(before) != step(after) {
                all.push(Happened::StepReached { round: open.round });
            }
            let before_received = if same_round { before.received() } else { 0 };
            if open.received.len() > before_received {
                all.push(Happened::UpdateReceived { round: open.round });
            }
        }
        Round::Finished(_) if !same_round => all.push(Happened::Finished),
        Round::Paused(_) if !before.is_paused() => all.push(Happened::Paused),
        Round::Paused(_) | Round::Waiting(_) | Round::Finished(_) => {}
    }
    if all.is_empty() && before != after {
        all.push(Happened::Presence);
    }
    all
}

#[cfg(test)]
mod tests {
    use fedner_protocol::{RoundPolicy, SiteId, UpdateId};

    use super::*;

    const QUORUM: u32 = 2;

    /// Version, attempt, whether it is open, updates received.
    fn round(version: u32, attempt: u32, open: bool, received: u8) -> Round {
        let policy = RoundPolicy { rounds: 5, quorum: QUORUM, ..RoundPolicy::default() };
        let received = (0..received).map(|i| (UpdateId::from_random([i; 16]), SiteId::from_random([i; 16])));
        Round::restored(version, attempt, open.then_some(Timestamp::from_ms(9)), received.collect(), &policy)
    }

    #[test]
    fn what_others_did_is_told_in_its_order() {
        use Happened::{Finished, Paused, Presence, Resumed, RoundFailed, RoundMerged, RoundOpened, UpdateReceived};
        let cases = [
            (round(0, 1, false, 0), round(0, 1, false, 0), vec![], vec![]),
            (round(0, 1, false, 0), round(0, 1, true, 0), vec![], vec![RoundOpened { round: 1 }]),
            (round(0, 1, true, 1), round(0, 1, true, 2), vec![], vec![UpdateReceived { round: 1 }]),
            (
                round(0, 1, true, 1),
                round(0, 2, false, 1),
                vec![],
                vec![RoundFailed { round: 1, received: 1, quorum: QUORUM }],
            ),
            (
                round(0, 1, true, 1),
                round(0, 2, true, 1),
                vec![],
                vec![RoundFailed { round: 1, received: 1, quorum: QUORUM }, RoundOpened { round: 1 }],
            ),
            (
                round(0, 1, true, 1),
                round(1, 1, true, 0),
                vec![(1, 3)],
                vec![RoundMerged { round: 1, sites: 3 }, RoundOpened { round: 2 }],
            ),
            (
                round(2, 1, true, 2),
                round(5, 1, false, 0),
                vec![(4, 2), (5, 3)],
                vec![RoundMerged { round: 4, sites: 2 }, RoundMerged { round: 5, sites: 3 }, Finished],
            ),
            (round(0, 1, true, 1), round(0, 1, true, 1).paused(), vec![], vec![Paused]),
            (round(0, 1, true, 1).paused(), round(0, 1, false, 1), vec![], vec![Resumed]),
            (round(0, 1, true, 1).paused(), round(0, 1, true, 1), vec![], vec![Resumed, RoundOpened { round: 1 }]),
            // The versions between are not kept any more.
            (round(0, 1, true, 1), round(3, 1, false, 0), vec![], vec![Presence]),
        ];
        for (before, after, merges, expected) in cases {
            assert_eq!(happened(&before, &after, &merges, QUORUM), expected, "{before:?} → {after:?}");
        }
    }
}

//! What sites are told while it happens.

use fedner_protocol::{FederationEvent, FederationState, Happened, RoundPolicy};
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

use crate::presence::OpenStream;
use crate::rounds::Round;
use crate::store::Revision;
use crate::timestamp::Timestamp;

/// Events a slow stream may be behind; further back it gets the newest state instead.
pub const EVENTS_KEPT: usize = 64;

/// Where a federation stands.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Grows with every event, also over a restart.
    pub sequence: u64,
    /// The stored state that this is.
    pub revision: Revision,
    /// The round.
    pub round: Round,
    /// Sites present.
    pub present: u32,
}

/// Something that happened, and the state after it.
#[derive(Debug, Clone)]
pub struct Event {
    /// What happened.
    pub happened: Happened,
    /// The state after it.
    pub snapshot: Snapshot,
}

impl Snapshot {
    /// The state as sites see it now.
    pub fn state(&self, now: Timestamp, policy: &RoundPolicy) -> FederationState {
        FederationState { version: self.round.version(), present: self.present, phase: self.round.phase(now, policy) }
    }
}

impl Event {
    /// The event as sites see it now.
    pub fn message(&self, now: Timestamp, policy: &RoundPolicy) -> FederationEvent {
        FederationEvent { happened: self.happened.clone(), state: self.snapshot.state(now, policy) }
    }
}

/// One site's stream of events: first where the federation stands, then what happens.
pub struct EventStream {
    events: broadcast::Receiver<Event>,
    newest: watch::Receiver<Snapshot>,
    seen: Option<u64>,
    open: OpenStream,
    stopping: CancellationToken,
}

impl EventStream {
    /// A stream. `events` must be subscribed before `newest` is read for the first time.
    pub fn new(
        events: broadcast::Receiver<Event>,
        newest: watch::Receiver<Snapshot>,
        open: OpenStream,
        stopping: CancellationToken,
    ) -> Self {
        Self { events, newest, seen: None, open, stopping }
    }

    /// The next event; `None` when the site left or the server is stopping.
    pub async fn next(&mut self) -> Option<Event> {
        let Some(seen) = self.seen else {
            return Some(self.newest());
        };
        loop {
            let received = tokio::select! {
                received = self.events.recv() => received,
                () = self.open.left() => return None,
                () = self.stopping.cancelled() => return None,
            };
            match received {
                Ok(event) if event.snapshot.sequence <= seen => {}
                Ok(event) => {
                    self.seen = Some(event.snapshot.sequence);
                    return Some(event);
                }
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    self.events = self.events.resubscribe();
                    return Some(self.newest());
                }
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    /// The full state, as for a stream that has just connected.
    fn newest(&mut self) -> Event {
        let snapshot = self.newest.borrow_and_update().clone();
        self.seen = Some(snapshot.sequence);
        Event { happened: Happened::Connected, snapshot }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fedner_protocol::SiteId;

    use super::*;
    use crate::clock::SystemClock;
    use crate::presence::Presence;

    fn event(sequence: u64) -> Event {
        let snapshot = Snapshot { sequence, revision: Revision::default(), round: Round::Finished(1), present: 0 };
        Event { happened: Happened::Presence, snapshot }
    }

    #[tokio::test]
    async fn a_stream_that_lags_gets_the_newest_state() {
        let presence = Arc::new(Presence::new(Arc::new(SystemClock), 1000, 1));
        let open = presence.open_stream(SiteId::from_random([1; 16])).unwrap();
        let (events, receiver) = broadcast::channel(2);
        let newest = watch::Sender::new(event(1).snapshot);
        let mut stream = EventStream::new(receiver, newest.subscribe(), open, CancellationToken::new());
        assert_eq!(stream.next().await.unwrap().happened, Happened::Connected);
        for sequence in 1..=6 {
            newest.send_replace(event(sequence).snapshot);
            events.send(event(sequence)).unwrap();
        }
        let caught_up = stream.next().await.unwrap();
        assert_eq!((caught_up.happened, caught_up.snapshot.sequence), (Happened::Connected, 6));
        events.send(event(7)).unwrap();
        assert_eq!(stream.next().await.unwrap().snapshot.sequence, 7);
        drop(events);
        assert!(stream.next().await.is_none());
    }
}

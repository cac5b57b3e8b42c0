//! The events that sites receive while they happen.

use std::sync::{Arc, OnceLock};

use fedner_protocol::{Digest, FederationEvent, FederationState, Happened, RoundPolicy};
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
    /// The round. Shared by all streams.
    pub round: Arc<Round>,
    /// Digest of the newest version.
    pub model: Digest,
    /// Sites present.
    pub present: u32,
}

/// Something that happened, and the state after it.
#[derive(Debug)]
pub struct Event {
    /// What happened.
    pub happened: Happened,
    /// The state after it.
    pub snapshot: Snapshot,
    /// The message, written once for all streams.
    json: OnceLock<Result<String, String>>,
}

/// Sends all streams of a federation what happens. What only changes a count, such as one more site or update, is held
/// back until [`Publisher::flush`], so that a round of many sites is not sent to each of them once for each of them.
pub struct Publisher {
    events: broadcast::Sender<Arc<Event>>,
    newest: watch::Sender<Snapshot>,
    held: Option<Happened>,
}

impl Publisher {
    /// Begins with where the federation stands.
    pub fn new(events: broadcast::Sender<Arc<Event>>, first: Snapshot) -> Self {
        Self { events, newest: watch::Sender::new(first), held: None }
    }

    /// Where the federation stands.
    pub fn newest(&self) -> watch::Receiver<Snapshot> {
        self.newest.subscribe()
    }

    /// Something happened.
    pub fn publish(&mut self, happened: Happened, snapshot: Snapshot) {
        self.newest.send_replace(snapshot);
        match happened {
            Happened::Presence | Happened::UpdateReceived { .. } => self.held = Some(happened),
            _ => self.send(happened),
        }
    }

    /// Sends what was held back; called at a steady rate.
    pub fn flush(&mut self) {
        if let Some(happened) = self.held.take() {
            self.send(happened);
        }
    }

    /// The newest state is in every event, so nothing that was held back is left to send.
    fn send(&mut self, happened: Happened) {
        self.held = None;
        let event = Event::new(happened, self.newest.borrow().clone());
        // Nobody listening is no fault.
        let _ = self.events.send(Arc::new(event));
    }
}

impl Snapshot {
    /// The state as sites see it now.
    pub fn state(&self, now: Timestamp, policy: &RoundPolicy) -> FederationState {
        FederationState {
            version: self.round.version(),
            model: self.model.clone(),
            present: self.present,
            phase: self.round.phase(now, policy),
        }
    }
}

impl Event {
    fn new(happened: Happened, snapshot: Snapshot) -> Self {
        Self { happened, snapshot, json: OnceLock::new() }
    }

    /// The message for sites (JSON), as of the time when it was first asked for.
    ///
    /// # Errors
    /// When it can't be written, which is a fault of this program.
    pub fn json(&self, now: Timestamp, policy: &RoundPolicy) -> Result<&str, &str> {
        let written = self.json.get_or_init(|| {
            let state = self.snapshot.state(now, policy);
            let message = FederationEvent { happened: self.happened.clone(), state };
            serde_json::to_string(&message).map_err(|e| e.to_string())
        });
        written.as_deref().map_err(String::as_str)
    }
}

/// One site's stream of events: first where the federation stands, then what happens.
pub struct EventStream {
    events: broadcast::Receiver<Arc<Event>>,
    newest: watch::Receiver<Snapshot>,
    seen: Option<u64>,
    open: OpenStream,
    stopping: CancellationToken,
}

impl EventStream {
    /// A stream. `events` must be subscribed before `newest` is read for the first time.
    pub fn new(
        events: broadcast::Receiver<Arc<Event>>,
        newest: watch::Receiver<Snapshot>,
        open: OpenStream,
        stopping: CancellationToken,
    ) -> Self {
        Self { events, newest, seen: None, open, stopping }
    }

    /// The next event; `None` when the site left or the server is stopping.
    pub async fn next(&mut self) -> Option<Arc<Event>> {
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
    fn newest(&mut self) -> Arc<Event> {
        let snapshot = self.newest.borrow_and_update().clone();
        self.seen = Some(snapshot.sequence);
        Arc::new(Event::new(Happened::Connected, snapshot))
    }
}

#[cfg(test)]
mod tests {
    use fedner_protocol::SiteId;

    use super::*;
    use crate::clock::SystemClock;
    use crate::presence::Presence;

    fn snapshot(sequence: u64) -> Snapshot {
        let (revision, round) = (Revision::default(), Arc::new(Round::Finished(1)));
        Snapshot { sequence, revision, round, model: Digest::of(b""), present: 0 }
    }

    /// A publisher, and a stream that has had its first event.
    async fn publisher(kept: usize) -> (Publisher, EventStream) {
        let presence = Arc::new(Presence::new(Arc::new(SystemClock), 1000, 1));
        let open = presence.open_stream(SiteId::from_random([1; 16])).unwrap();
        let (events, receiver) = broadcast::channel(kept);
        let publisher = Publisher::new(events, snapshot(1));
        let mut stream = EventStream::new(receiver, publisher.newest(), open, CancellationToken::new());
        assert_eq!(stream.next().await.unwrap().happened, Happened::Connected);
        (publisher, stream)
    }

    #[tokio::test]
    async fn a_stream_that_lags_gets_the_newest_state() {
        let (mut publisher, mut stream) = publisher(2).await;
        for sequence in 2..=6 {
            publisher.publish(Happened::Paused, snapshot(sequence));
        }
        let caught_up = stream.next().await.unwrap();
        assert_eq!((&caught_up.happened, caught_up.snapshot.sequence), (&Happened::Connected, 6));
        publisher.publish(Happened::Resumed, snapshot(7));
        assert_eq!(stream.next().await.unwrap().snapshot.sequence, 7);
        drop(publisher);
        assert!(stream.next().await.is_none());
    }

    #[tokio::test]
    async fn what_only_changes_a_count_is_told_once_and_not_after_what_came_later() {
        let (mut publisher, mut stream) = publisher(8).await;
        for sequence in 2..=400 {
            publisher.publish(Happened::UpdateReceived { round: 1 }, snapshot(sequence));
        }
        publisher.flush();
        publisher.flush();
        let event = stream.next().await.unwrap();
        assert_eq!((&event.happened, event.snapshot.sequence), (&Happened::UpdateReceived { round: 1 }, 400));
        publisher.publish(Happened::Presence, snapshot(401));
        publisher.publish(Happened::Paused, snapshot(402));
        publisher.flush();
        let event = stream.next().await.unwrap();
        assert_eq!((&event.happened, event.snapshot.sequence), (&Happened::Paused, 402));
        drop(publisher);
        assert!(stream.next().await.is_none(), "nothing that is older is left");
    }
}

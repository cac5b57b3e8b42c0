//! Which sites are here: those with an open event stream, or with a request not long ago.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use fedner_protocol::SiteId;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::timestamp::Timestamp;

/// Presence of one federation's sites. Shared by handlers, streams and the driver.
pub struct Presence {
    sites: Mutex<Sites>,
    changed: Notify,
    clock: Arc<dyn Clock>,
    timeout_ms: u64,
    streams_max: usize,
}

#[derive(Default)]
struct Sites {
    seen: BTreeMap<SiteId, Seen>,
    next_stream: u64,
}

struct Seen {
    streams: BTreeMap<u64, CancellationToken>,
    last: Timestamp,
}

/// An open event stream; dropping it ends it.
pub struct OpenStream {
    presence: Arc<Presence>,
    site: SiteId,
    number: u64,
    ended: CancellationToken,
}

impl Presence {
    /// Nobody is present. `timeout_ms` is how long a site without a stream counts after its last
    /// request; `streams_max` how many streams it may have.
    pub fn new(clock: Arc<dyn Clock>, timeout_ms: u64, streams_max: usize) -> Self {
        Self { sites: Mutex::default(), changed: Notify::new(), clock, timeout_ms, streams_max }
    }

    /// The site has asked for something.
    pub fn touch(&self, site: SiteId) {
        let now = self.clock.now();
        let before = self.sites().seen.entry(site).or_insert_with(|| Seen::new(Timestamp::default())).refresh(now);
        if now >= before.plus_ms(self.timeout_ms) {
            self.changed.notify_one();
        }
    }

    /// The site opens an event stream; `None` when it has too many.
    pub fn open_stream(self: &Arc<Self>, site: SiteId) -> Option<OpenStream> {
        let mut sites = self.sites();
        let number = sites.next_stream;
        let seen = sites.seen.entry(site).or_insert_with(|| Seen::new(self.clock.now()));
        if seen.streams.len() >= self.streams_max {
            return None;
        }
        let ended = CancellationToken::new();
        seen.streams.insert(number, ended.clone());
        sites.next_stream += 1;
        self.changed.notify_one();
        Some(OpenStream { presence: Arc::clone(self), site, number, ended })
    }

    /// The site leaves: it is absent at once and its streams end.
    pub fn leave(&self, site: SiteId) {
        if let Some(seen) = self.sites().seen.remove(&site) {
            seen.streams.values().for_each(CancellationToken::cancel);
        }
        self.changed.notify_one();
    }

    /// Who is present, and when the first of them would be absent if nothing more was heard of it.
    pub fn present(&self) -> (BTreeSet<SiteId>, Option<Timestamp>) {
        let now = self.clock.now();
        let mut sites = self.sites();
        sites.seen.retain(|_, seen| !seen.streams.is_empty() || now < seen.last.plus_ms(self.timeout_ms));
        let expiries = sites.seen.values().filter(|seen| seen.streams.is_empty());
        let next = expiries.map(|seen| seen.last.plus_ms(self.timeout_ms)).min();
        (sites.seen.keys().copied().collect(), next)
    }

    /// Returns when a site came or a stream ended since the last call.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    fn sites(&self) -> MutexGuard<'_, Sites> {
        // No code panics while it holds the lock; should it, the map is still whole.
        self.sites.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Seen {
    fn new(last: Timestamp) -> Self {
        Self { streams: BTreeMap::new(), last }
    }

    /// Sets the time of the last request and returns the one before.
    fn refresh(&mut self, now: Timestamp) -> Timestamp {
        let before = self.last;
        self.last = now.max(before);
        before
    }
}

impl OpenStream {
    /// Returns when the site has left.
    pub async fn left(&self) {
        self.ended.cancelled().await;
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let now = self.presence.clock.now();
        if let Some(seen) = self.presence.sites().seen.get_mut(&self.site)
            && seen.streams.remove(&self.number).is_some()
        {
            seen.refresh(now);
        }
        self.presence.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    const TIMEOUT_MS: u64 = 1000;

    fn presence() -> (Arc<ManualClock>, Arc<Presence>) {
        let clock = Arc::new(ManualClock::new(Timestamp::from_ms(1_000_000)));
        (clock.clone(), Arc::new(Presence::new(clock, TIMEOUT_MS, 2)))
    }

    fn count(presence: &Presence) -> usize {
        presence.present().0.len()
    }

    #[test]
    fn a_request_counts_for_a_while_and_a_stream_until_it_ends() {
        let (clock, presence) = presence();
        let (a, b) = (SiteId::from_random([1; 16]), SiteId::from_random([2; 16]));
        presence.touch(a);
        let stream = presence.open_stream(b).unwrap();
        assert_eq!(presence.present().1, Some(clock.now().plus_ms(TIMEOUT_MS)));
        clock.advance_ms(TIMEOUT_MS - 1);
        assert_eq!(count(&presence), 2);
        clock.advance_ms(1);
        assert_eq!(count(&presence), 1);
        drop(stream);
        assert_eq!(count(&presence), 1);
        clock.advance_ms(TIMEOUT_MS);
        assert_eq!(count(&presence), 0);
    }

    #[test]
    fn leaving_ends_the_streams_at_once() {
        let (_, presence) = presence();
        let site = SiteId::from_random([1; 16]);
        let stream = presence.open_stream(site).unwrap();
        presence.leave(site);
        assert!(stream.ended.is_cancelled());
        assert_eq!(count(&presence), 0);
        let second = presence.open_stream(site).unwrap();
        drop(stream);
        assert_eq!(count(&presence), 1);
        drop(second);
    }

    #[test]
    fn streams_are_limited() {
        let (_, presence) = presence();
        let site = SiteId::from_random([1; 16]);
        let first = presence.open_stream(site).unwrap();
        let _second = presence.open_stream(site).unwrap();
        assert!(presence.open_stream(site).is_none());
        drop(first);
        assert!(presence.open_stream(site).is_some());
    }
}

//! Which sites are here: those with an open event stream, or with a request not long ago.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use fedner_protocol::SiteId;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::store::{REPLICA_TIMEOUT_MS, ReplicaId, SeenSite, StoredPresence};
use crate::timestamp::Timestamp;

/// A request of a site without a stream is shared once it is so much newer than the one shared before.
const SHARE_AFTER_MS: u64 = 5000;

/// Presence of one federation's sites. Shared by handlers, streams and the driver; the driver shares it
/// with the other servers on the same store.
pub struct Presence {
    sites: Mutex<Sites>,
    changed: Notify,
    clock: Arc<dyn Clock>,
    timeout_ms: u64,
    streams_max: usize,
}

#[derive(Default)]
struct Sites {
    /// By streams and requests of this server.
    seen: BTreeMap<SiteId, Seen>,
    /// By other servers, and until when.
    elsewhere: BTreeMap<SiteId, Timestamp>,
    /// Not seen yet, but expected back until then.
    expected: BTreeMap<SiteId, Timestamp>,
    /// Left, and the other servers don't know yet.
    left: BTreeSet<SiteId>,
    next_stream: u64,
}

struct Seen {
    streams: BTreeMap<u64, CancellationToken>,
    last: Timestamp,
    /// What the other servers know of it.
    shared: Option<SeenSite>,
}

/// An open event stream; dropping it ends it.
pub struct OpenStream {
    presence: Arc<Presence>,
    site: SiteId,
    number: u64,
    ended: CancellationToken,
}

/// What the other servers don't know yet.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Unshared {
    /// Sites that left.
    pub left: BTreeSet<SiteId>,
    /// Sites that came, or whose last stream opened or ended, or whose last request is some time ago.
    pub seen: Vec<SeenSite>,
}

impl Presence {
    /// Nobody is present. `timeout_ms` is how long a site without a stream counts after its last
    /// request; `streams_max` how many streams it may have.
    pub fn new(clock: Arc<dyn Clock>, timeout_ms: u64, streams_max: usize) -> Self {
        Self { sites: Mutex::default(), changed: Notify::new(), clock, timeout_ms, streams_max }
    }

    /// The site has asked for something.
    pub fn touch(&self, site: SiteId) {
        let now = self.clock.steady();
        let before = self.sites().seen.entry(site).or_insert_with(|| Seen::new(Timestamp::default())).refresh(now);
        if now >= before.plus_ms(self.timeout_ms) {
            self.changed.notify_one();
        }
    }

    /// The site was here before this server started and has the usual time to come back.
    pub fn expect_back(&self, site: SiteId) {
        let until = self.clock.steady().plus_ms(self.timeout_ms);
        self.sites().expected.insert(site, until);
    }

    /// The site opens an event stream; `None` when it has too many.
    pub fn open_stream(self: &Arc<Self>, site: SiteId) -> Option<OpenStream> {
        let mut sites = self.sites();
        let number = sites.next_stream;
        let seen = sites.seen.entry(site).or_insert_with(|| Seen::new(self.clock.steady()));
        if seen.streams.len() >= self.streams_max {
            return None;
        }
        let ended = CancellationToken::new();
        seen.streams.insert(number, ended.clone());
        sites.next_stream += 1;
        self.changed.notify_one();
        Some(OpenStream { presence: Arc::clone(self), site, number, ended })
    }

    /// Whether something was heard of the site and it has not left.
    pub fn has(&self, site: SiteId) -> bool {
        self.sites().seen.contains_key(&site)
    }

    /// The site leaves: it is absent at once and its streams end.
    pub fn leave(&self, site: SiteId) {
        let mut sites = self.sites();
        sites.remove(site);
        sites.left.insert(site);
        self.changed.notify_one();
    }

    /// Who is present, and when the first of them would be absent if nothing more was heard of it.
    pub fn present(&self) -> (BTreeSet<SiteId>, Option<Timestamp>) {
        let now = self.clock.steady();
        let mut sites = self.sites();
        let Sites { seen, elsewhere, expected, .. } = &mut *sites;
        // Nobody is seen in the future: where it looks so, this server's time was set back.
        seen.values_mut().for_each(|seen| seen.last = seen.last.min(now));
        let latest = now.plus_ms(self.timeout_ms.max(REPLICA_TIMEOUT_MS));
        elsewhere.values_mut().chain(expected.values_mut()).for_each(|until| *until = latest.min(*until));
        seen.retain(|_, seen| !seen.streams.is_empty() || now < seen.last.plus_ms(self.timeout_ms));
        elsewhere.retain(|_, until| now < *until);
        expected.retain(|_, until| now < *until);
        let streamless = seen.values().filter(|seen| seen.streams.is_empty());
        let expiries = streamless.map(|seen| seen.last.plus_ms(self.timeout_ms));
        let next = expiries.chain(elsewhere.values().copied()).chain(expected.values().copied()).min();
        (seen.keys().chain(elsewhere.keys()).chain(expected.keys()).copied().collect(), next)
    }

    /// Returns when a site came or a stream ended since the last call.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// What to send to the other servers; once they know, call [`shared`](Self::shared).
    pub fn unshared(&self) -> Unshared {
        let sites = self.sites();
        let news = sites.seen.iter().filter_map(|(site, seen)| seen.news(*site));
        Unshared { left: sites.left.clone(), seen: news.collect() }
    }

    /// The other servers know this now.
    pub fn shared(&self, known: &Unshared) {
        let mut sites = self.sites();
        for site in &known.left {
            sites.left.remove(site);
        }
        for news in &known.seen {
            if let Some(seen) = sites.seen.get_mut(&news.site) {
                seen.shared = Some(*news);
            }
        }
    }

    /// Takes over what all servers see, this one, `own`, among them. Returns whether others saw a site come or go.
    pub fn take_in(&self, all: &[StoredPresence], own: &ReplicaId) -> bool {
        let mut sites = self.sites();
        let before = std::mem::take(&mut sites.elsewhere);
        let now = self.clock.steady();
        let mut confirmed = BTreeSet::new();
        for StoredPresence { seen, replica, replica_alive } in all {
            if replica == own {
                confirmed.insert(seen.site);
                continue;
            }
            let until = self.until(seen, *replica_alive);
            if now < until && !sites.left.contains(&seen.site) {
                let latest = sites.elsewhere.entry(seen.site).or_insert(until);
                *latest = until.max(*latest);
            }
        }
        // What was shared and is gone was removed by another server or by the operator: the site has left.
        let gone =
            |(site, seen): (&SiteId, &Seen)| (seen.shared.is_some() && !confirmed.contains(site)).then_some(*site);
        let gone: Vec<_> = sites.seen.iter().filter_map(gone).collect();
        let changed = !gone.is_empty() || !before.keys().eq(sites.elsewhere.keys());
        gone.into_iter().for_each(|site| sites.remove(site));
        changed
    }

    fn until(&self, seen: &SeenSite, replica_alive: Timestamp) -> Timestamp {
        let last = seen.at.plus_ms(self.timeout_ms);
        if seen.streaming { last.max(replica_alive.plus_ms(self.timeout_ms.max(REPLICA_TIMEOUT_MS))) } else { last }
    }

    fn sites(&self) -> MutexGuard<'_, Sites> {
        // No code panics while it holds the lock; should it, the map is still whole.
        self.sites.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Sites {
    fn remove(&mut self, site: SiteId) {
        self.elsewhere.remove(&site);
        self.expected.remove(&site);
        if let Some(seen) = self.seen.remove(&site) {
            seen.streams.values().for_each(CancellationToken::cancel);
        }
    }
}

impl Seen {
    fn new(last: Timestamp) -> Self {
        Self { streams: BTreeMap::new(), last, shared: None }
    }

    /// Sets the time of the last request and returns the one before.
    fn refresh(&mut self, now: Timestamp) -> Timestamp {
        let before = self.last;
        self.last = now.max(before);
        before
    }

    /// What the other servers don't know yet.
    fn news(&self, site: SiteId) -> Option<SeenSite> {
        let now = SeenSite { site, streaming: !self.streams.is_empty(), at: self.last };
        match self.shared {
            Some(shared) if shared.streaming && now.streaming => None,
            Some(shared) if shared.streaming == now.streaming && now.at < shared.at.plus_ms(SHARE_AFTER_MS) => None,
            _ => Some(now),
        }
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
        let now = self.presence.clock.steady();
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
        assert_eq!(presence.present().1, Some(clock.steady().plus_ms(TIMEOUT_MS)));
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

    fn stored(site: SiteId, streaming: bool, at: Timestamp, replica: &ReplicaId) -> StoredPresence {
        StoredPresence { seen: SeenSite { site, streaming, at }, replica: replica.clone(), replica_alive: at }
    }

    #[test]
    fn sites_of_other_servers_count_while_these_are_alive() {
        let (clock, presence) = presence();
        let (own, other) = (ReplicaId::generate().unwrap(), ReplicaId::generate().unwrap());
        let [a, b, c] = [1, 2, 3].map(|i| SiteId::from_random([i; 16]));
        let now = clock.steady();
        let all = [stored(a, true, now, &other), stored(b, false, now, &other), stored(c, true, now, &own)];
        assert!(presence.take_in(&all, &own), "others see somebody");
        assert!(!presence.take_in(&all, &own), "nothing new");
        assert_eq!(presence.present(), ([a, b].into(), Some(now.plus_ms(TIMEOUT_MS))));
        clock.advance_ms(TIMEOUT_MS);
        assert_eq!(presence.present(), ([a].into(), Some(now.plus_ms(REPLICA_TIMEOUT_MS))));
        clock.advance_ms(REPLICA_TIMEOUT_MS - TIMEOUT_MS);
        assert_eq!(presence.present(), ([].into(), None));
        assert!(!presence.take_in(&all, &own), "who is long gone is nothing new, however often it is read");
    }

    #[test]
    fn a_site_that_left_another_server_loses_its_streams_here() {
        let (clock, presence) = presence();
        let (own, site) = (ReplicaId::generate().unwrap(), SiteId::from_random([1; 16]));
        let stream = presence.open_stream(site).unwrap();
        presence.take_in(&[], &own);
        assert_eq!(count(&presence), 1, "nobody was notified of it yet");
        let news = presence.unshared();
        assert_eq!(news.seen, [SeenSite { site, streaming: true, at: clock.steady() }]);
        presence.shared(&news);
        assert_eq!(presence.unshared(), Unshared::default());
        presence.take_in(&[stored(site, true, clock.steady(), &own)], &own);
        assert!(!stream.ended.is_cancelled());
        presence.take_in(&[], &own);
        assert!(stream.ended.is_cancelled());
        assert_eq!(count(&presence), 0);
    }

    #[test]
    fn what_others_must_know_is_told_once() {
        let (clock, presence) = presence();
        let (own, other) = (ReplicaId::generate().unwrap(), ReplicaId::generate().unwrap());
        let site = SiteId::from_random([1; 16]);
        let share = || {
            let news = presence.unshared();
            presence.shared(&news);
            news
        };
        presence.touch(site);
        assert_eq!(share().seen.len(), 1);
        clock.advance_ms(SHARE_AFTER_MS - 1);
        presence.touch(site);
        assert_eq!(share(), Unshared::default());
        clock.advance_ms(1);
        presence.touch(site);
        assert_eq!(share().seen.len(), 1);
        presence.leave(site);
        presence.take_in(&[stored(site, false, clock.steady(), &other)], &own);
        assert_eq!(count(&presence), 0, "the other server does not know yet that it left");
        assert_eq!(share(), Unshared { left: [site].into(), seen: vec![] });
        assert_eq!(share(), Unshared::default());
    }

    #[test]
    fn a_site_that_is_expected_back_counts_for_the_usual_time() {
        let (clock, presence) = presence();
        let site = SiteId::from_random([1; 16]);
        presence.expect_back(site);
        assert_eq!(presence.present(), ([site].into(), Some(clock.steady().plus_ms(TIMEOUT_MS))));
        assert_eq!(presence.unshared(), Unshared::default());
        clock.advance_ms(TIMEOUT_MS);
        assert_eq!(count(&presence), 0);
    }
}

//! The connections that are open, and which of them ends when there are too many.
//!
//! A connection is *unknown* until an enrolled site or the operator has asked for something over it. Unknown ones have a
//! share of their own, so that however many come, sites keep theirs; and a newcomer, such as a health probe, always gets
//! in: for it the oldest connection without a request ends, of the network that holds most.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use ipnet::IpNet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::limits::Networks;

/// How many connections there may be.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionsMax {
    /// In all.
    pub all: usize,
    /// Of those, unknown ones.
    pub unknown: usize,
    /// Of one address (IPv4) or one /64 network (IPv6).
    pub address: usize,
    /// Of one /48 network (IPv6).
    pub ipv6_48: usize,
}

/// The open connections. Cheap to clone.
#[derive(Clone)]
pub struct Connections {
    open: Arc<Mutex<Open>>,
    max: ConnectionsMax,
}

#[derive(Default)]
struct Open {
    next: u64,
    /// By age.
    entries: BTreeMap<u64, Entry>,
    /// How many connections each network holds.
    held: Counts,
    /// How many unknown ones each address, or /48 network, holds.
    unknown_of: Counts,
    unknown: usize,
}

/// Counts by network; only of those that hold something.
#[derive(Default)]
struct Counts(HashMap<IpNet, usize>);

impl Counts {
    fn of(&self, network: IpNet) -> usize {
        self.0.get(&network).copied().unwrap_or_default()
    }

    fn add(&mut self, network: IpNet) {
        *self.0.entry(network).or_default() += 1;
    }

    fn remove(&mut self, network: IpNet) {
        if let Some(count) = self.0.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(&network);
            }
        }
    }
}

struct Entry {
    /// `None` for a trusted proxy's, which no limit of an address is for.
    networks: Option<Networks>,
    known: bool,
    requests: usize,
    /// Since when there has been no request; true while `requests` is 0.
    idle_since: Instant,
    ended: CancellationToken,
}

/// An open connection; closed when the last clone is dropped.
#[derive(Clone)]
pub struct Connection(Arc<Handle>);

struct Handle {
    connections: Connections,
    number: u64,
    ended: CancellationToken,
}

/// A request under way, up to the end of its answer.
pub struct Busy(Connection);

impl Connections {
    /// There is none.
    pub fn new(max: ConnectionsMax) -> Self {
        Self { open: Arc::default(), max }
    }

    /// Takes a connection in; another one may end for it. `None` when it may not be served.
    pub fn open(&self, peer: IpAddr, is_trusted_proxy: bool) -> Option<Connection> {
        let networks = (!is_trusted_proxy).then(|| Networks::of(peer));
        let mut open = self.lock();
        if let Some(networks) = &networks {
            self.make_room_of_address(&mut open, networks)?;
        }
        let known = is_trusted_proxy && open.known() < self.known_max();
        if !known && open.unknown >= self.max.unknown {
            let victim = open.unknown_victim(networks.as_ref())?;
            open.end(victim);
        }
        let (number, ended) = (open.next, CancellationToken::new());
        open.next += 1;
        networks.iter().flat_map(Networks::all).for_each(|network| open.held.add(network));
        if !known {
            open.unknown += 1;
            networks.iter().for_each(|networks| open.unknown_of.add(networks.widest()));
        }
        let entry = Entry { networks, known, requests: 0, idle_since: Instant::now(), ended: ended.clone() };
        open.entries.insert(number, entry);
        Some(Connection(Arc::new(Handle { connections: self.clone(), number, ended })))
    }

    /// Connections that are not unknown.
    fn known_max(&self) -> usize {
        self.max.all.saturating_sub(self.max.unknown)
    }

    /// Ends the oldest idle connection of the address or its network where that holds all it may; `None` when none is idle.
    fn make_room_of_address(&self, open: &mut Open, networks: &Networks) -> Option<()> {
        let limits = [(Some(networks.address), self.max.address), (networks.ipv6_48, self.max.ipv6_48)];
        for (network, max) in limits {
            let Some(network) = network.filter(|network| open.held.of(*network) >= max) else { continue };
            let of_it = |entry: &&Entry| entry.networks.is_some_and(|own| own.all().any(|own| own == network));
            let victim = open.oldest_idle(of_it)?;
            open.end(victim);
        }
        Some(())
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        // No code panics while it holds the lock; should it, the table is still whole.
        self.open.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Open {
    fn known(&self) -> usize {
        self.entries.len().saturating_sub(self.unknown)
    }

    /// How many unknown connections the network of one holds.
    fn weight(&self, networks: Option<&Networks>) -> usize {
        networks.map_or(0, |networks| self.unknown_of.of(networks.widest()))
    }

    fn oldest_idle(&self, which: impl Fn(&&Entry) -> bool) -> Option<u64> {
        let idle = self.entries.iter().filter(|(_, entry)| entry.requests == 0 && which(entry));
        idle.min_by_key(|(_, entry)| entry.idle_since).map(|(number, _)| *number)
    }

    /// The unknown connection that ends for a newcomer: an idle one of the network that holds most; else, where a network
    /// holds more than the newcomer's own will, the oldest of that one.
    fn unknown_victim(&self, newcomer: Option<&Networks>) -> Option<u64> {
        let weight = |entry: &Entry| self.weight(entry.networks.as_ref());
        let unknown = || self.entries.iter().filter(|(_, entry)| !entry.known);
        let heaviest = unknown().filter(|(_, entry)| entry.requests == 0).map(|(_, entry)| weight(entry)).max();
        if let Some(heaviest) = heaviest {
            return self.oldest_idle(|entry| !entry.known && weight(entry) == heaviest);
        }
        let own = self.weight(newcomer);
        let heaviest = unknown().map(|(_, entry)| weight(entry)).max().filter(|heaviest| *heaviest > own + 1)?;
        unknown().find(|(_, entry)| weight(entry) == heaviest).map(|(number, _)| *number)
    }

    /// Ends a connection. Its place is free at once.
    fn end(&mut self, number: u64) {
        let Some(entry) = self.entries.remove(&number) else { return };
        entry.ended.cancel();
        entry.networks.iter().flat_map(Networks::all).for_each(|network| self.held.remove(network));
        if !entry.known {
            self.is_unknown_no_more(entry.networks);
        }
    }

    fn is_unknown_no_more(&mut self, networks: Option<Networks>) {
        self.unknown -= 1;
        networks.iter().for_each(|networks| self.unknown_of.remove(networks.widest()));
    }
}

impl Connection {
    /// A request begins.
    pub fn begin(&self) -> Busy {
        if let Some(entry) = self.0.connections.lock().entries.get_mut(&self.0.number) {
            entry.requests += 1;
        }
        Busy(self.clone())
    }

    /// A site or the operator has asked for something: it moves to the share that is kept for them, while there is room.
    pub fn is_known(&self) {
        let known_max = self.0.connections.known_max();
        let mut open = self.0.connections.lock();
        if open.known() >= known_max {
            return;
        }
        if let Some(entry) = open.entries.get_mut(&self.0.number)
            && !std::mem::replace(&mut entry.known, true)
        {
            let networks = entry.networks;
            open.is_unknown_no_more(networks);
        }
    }

    /// Returns when it has to end: another one takes its place, or it had no request for `idle_max`.
    pub async fn ended(&self, idle_max: Duration) {
        loop {
            let idle_since = self.idle_since();
            let look_at = idle_since.unwrap_or_else(Instant::now) + idle_max;
            if idle_since.is_some() && Instant::now() >= look_at {
                return;
            }
            tokio::select! {
                () = self.0.ended.cancelled() => return,
                () = tokio::time::sleep_until(look_at) => {}
            }
        }
    }

    fn idle_since(&self) -> Option<Instant> {
        let open = self.0.connections.lock();
        open.entries.get(&self.0.number).filter(|entry| entry.requests == 0).map(|entry| entry.idle_since)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.connections.lock().end(self.number);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some(entry) = self.0.0.connections.lock().entries.get_mut(&self.0.0.number) {
            entry.requests = entry.requests.saturating_sub(1);
            entry.idle_since = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: ConnectionsMax = ConnectionsMax { all: 8, unknown: 4, address: 3, ipv6_48: 100 };

    fn open(connections: &Connections, last: u8) -> Option<Connection> {
        connections.open([10, 0, 0, last].into(), false)
    }

    fn has_ended(connection: &Connection) -> bool {
        connection.0.ended.is_cancelled()
    }

    #[test]
    fn a_newcomer_gets_in_for_the_oldest_idle_one_of_the_network_with_most() {
        let connections = Connections::new(MAX);
        let honest = open(&connections, 1).unwrap();
        let many = [open(&connections, 2), open(&connections, 2), open(&connections, 2)].map(Option::unwrap);
        let busy = many[0].begin();
        let newcomer = open(&connections, 3).unwrap();
        assert_eq!(many.each_ref().map(has_ended), [false, true, false], "the oldest that has no request");
        assert!(!has_ended(&honest) && !has_ended(&newcomer));
        drop((many, busy));
        assert_eq!(connections.lock().entries.len(), 2, "what ended is forgotten once");
        assert_eq!(connections.lock().held.0.len(), 2);
    }

    #[test]
    fn busy_ones_end_only_for_a_network_that_has_fewer() {
        let connections = Connections::new(MAX);
        let many = [1, 1, 1, 2].map(|last| open(&connections, last).unwrap());
        let _busy = many.each_ref().map(Connection::begin);
        let newcomer = open(&connections, 3).unwrap();
        assert_eq!(many.each_ref().map(has_ended), [true, false, false, false]);
        let _busy = newcomer.begin();
        assert!(open(&connections, 2).is_none(), "1 holds no more than 2 would");
    }

    #[test]
    fn known_ones_have_places_of_their_own() {
        let connections = Connections::new(MAX);
        let known: Vec<_> = (1..=4).map(|last| open(&connections, last).unwrap()).collect();
        known.iter().for_each(Connection::is_known);
        let unknown: Vec<_> = (11..=30).map(|last| open(&connections, last).unwrap()).collect();
        assert!(!known.iter().any(has_ended));
        assert_eq!(unknown.iter().filter(|connection| !has_ended(connection)).count(), MAX.unknown);
        unknown[19].is_known();
        let _more: Vec<_> = (31..=34).map(|last| open(&connections, last).unwrap()).collect();
        assert!(has_ended(&unknown[19]), "there is no place for a fifth known one");
        assert_eq!(connections.lock().entries.len(), MAX.all);
    }

    #[test]
    fn an_address_that_holds_all_it_may_loses_its_oldest_idle_one() {
        let connections = Connections::new(MAX);
        let held = [1, 1, 1].map(|last| open(&connections, last).unwrap());
        held[0].is_known();
        let next = open(&connections, 1).unwrap();
        assert_eq!(held.each_ref().map(has_ended), [true, false, false]);
        let _busy = [held[1].begin(), held[2].begin(), next.begin()];
        assert!(open(&connections, 1).is_none(), "all of them are busy");
        assert!(connections.open([10, 0, 0, 1].into(), true).is_some(), "a trusted proxy is not bound by it");
    }

    #[tokio::test]
    async fn without_a_request_it_ends_in_time() {
        let connections = Connections::new(MAX);
        let connection = open(&connections, 1).unwrap();
        let idle_max = Duration::from_millis(20);
        let busy = connection.begin();
        let ended = connection.ended(idle_max);
        tokio::pin!(ended);
        assert!(tokio::time::timeout(idle_max * 5, &mut ended).await.is_err(), "a request is under way");
        drop(busy);
        let start = Instant::now();
        ended.await;
        assert!(start.elapsed() >= idle_max);
    }
}

//! How many at once: places in all, of one address, and of one IPv6 site.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use ipnet::IpNet;

use super::networks::Networks;

/// Places that are taken and given back. Cheap to clone.
#[derive(Clone)]
pub struct Slots(Arc<Inner>);

/// How many places there are.
#[derive(Debug, Clone, Copy)]
pub struct SlotsMax {
    /// In all.
    pub all: usize,
    /// Of one address (IPv4) or one /64 network (IPv6).
    pub address: usize,
    /// Of one /48 network (IPv6).
    pub ipv6_48: usize,
}

struct Inner {
    taken: Mutex<Taken>,
    max: SlotsMax,
}

#[derive(Default)]
struct Taken {
    all: usize,
    /// Only networks that hold a place, so the table has at most two rows a place.
    by_network: HashMap<IpNet, usize>,
}

/// A place; given back when dropped.
pub struct Slot {
    slots: Slots,
    networks: Networks,
}

impl Slots {
    /// All places are free.
    pub fn new(max: SlotsMax) -> Self {
        Self(Arc::new(Inner { taken: Mutex::default(), max }))
    }

    /// A place, unless all, or all of this address or its network, are taken.
    pub fn take(&self, address: IpAddr) -> Option<Slot> {
        let (networks, max) = (Networks::of(address), self.0.max);
        let mut taken = self.taken();
        let of = |network| taken.by_network.get(&network).copied().unwrap_or_default();
        let full = of(networks.address) >= max.address || networks.ipv6_48.is_some_and(|wide| of(wide) >= max.ipv6_48);
        if taken.all >= max.all || full {
            return None;
        }
        taken.all += 1;
        for network in networks.all() {
            *taken.by_network.entry(network).or_default() += 1;
        }
        Some(Slot { slots: self.clone(), networks })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        // No code panics while it holds the lock; should it, the counts are still whole.
        self.0.taken.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.slots.taken();
        taken.all = taken.all.saturating_sub(1);
        for network in self.networks.all() {
            if let Some(own) = taken.by_network.get_mut(&network) {
                *own = own.saturating_sub(1);
                if *own == 0 {
                    taken.by_network.remove(&network);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(all: usize, address: usize, ipv6_48: usize) -> Slots {
        Slots::new(SlotsMax { all, address, ipv6_48 })
    }

    #[test]
    fn places_are_limited_in_all_and_for_each_address_and_come_back() {
        let slots = slots(3, 2, 2);
        let (one, two) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let first = slots.take(one).unwrap();
        let _second = slots.take(one).unwrap();
        assert!(slots.take(one).is_none(), "two for one address");
        let third = slots.take(two).unwrap();
        assert!(slots.take(two).is_none(), "three in all");
        drop(first);
        let _again = slots.take(two).unwrap();
        assert!(slots.take(one).is_none());
        drop(third);
        let _last = slots.take(one).unwrap();
        assert_eq!(slots.taken().by_network.len(), 2);
    }

    #[test]
    fn a_48_network_has_a_limit_of_its_own() {
        let slots = slots(100, 2, 3);
        let take = |text: &str| slots.take(text.parse().unwrap());
        let held = [take("2001:db8:1:1::1"), take("2001:db8:1:1::2"), take("2001:db8:1:2::1")];
        assert!(held.iter().all(Option::is_some));
        assert!(take("2001:db8:1:3::1").is_none(), "three for one /48 network");
        assert!(take("2001:db8:2:1::1").is_some(), "another network is not touched");
        drop(held);
        assert!(take("2001:db8:1:3::1").is_some());
    }

    #[test]
    fn the_table_forgets_who_holds_nothing() {
        let slots = slots(1000, 10, 10);
        let held: Vec<_> = (0..=255).map(|i| slots.take(IpAddr::from([10, 0, 0, i]))).collect();
        assert_eq!(slots.taken().by_network.len(), 256);
        drop(held);
        let taken = slots.taken();
        assert_eq!((taken.by_network.len(), taken.all), (0, 0));
    }
}

//! How many at once: places in all, and of one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard};

/// Places that are taken and given back. Cheap to clone.
#[derive(Clone)]
pub struct Slots(Arc<Inner>);

struct Inner {
    taken: Mutex<Taken>,
    max: usize,
    per_address_max: usize,
}

#[derive(Default)]
struct Taken {
    all: usize,
    /// Only addresses that hold a place, so the table is no larger than `max`.
    by_address: HashMap<IpAddr, usize>,
}

/// A place; given back when dropped.
pub struct Slot {
    slots: Slots,
    address: IpAddr,
}

impl Slots {
    /// All places are free.
    pub fn new(max: usize, per_address_max: usize) -> Self {
        Self(Arc::new(Inner { taken: Mutex::default(), max, per_address_max }))
    }

    /// A place, unless all, or all of this address, are taken.
    pub fn take(&self, address: IpAddr) -> Option<Slot> {
        let mut taken = self.taken();
        let own = taken.by_address.get(&address).copied().unwrap_or_default();
        if taken.all >= self.0.max || own >= self.0.per_address_max {
            return None;
        }
        taken.all += 1;
        taken.by_address.insert(address, own + 1);
        Some(Slot { slots: self.clone(), address })
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
        if let Some(own) = taken.by_address.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_limited_in_all_and_for_each_address_and_come_back() {
        let slots = Slots::new(3, 2);
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
        assert_eq!(slots.taken().by_address.len(), 2);
    }

    #[test]
    fn the_table_forgets_who_holds_nothing() {
        let slots = Slots::new(1000, 10);
        let held: Vec<_> = (0..=255).map(|i| slots.take(IpAddr::from([10, 0, 0, i]))).collect();
        assert_eq!(slots.taken().by_address.len(), 256);
        drop(held);
        let taken = slots.taken();
        assert_eq!((taken.by_address.len(), taken.all), (0, 0));
    }
}

//! How often: a bucket a key, refilled at a steady rate.

use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, MonotonicClock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{NotUntil, Quota, RateLimiter};

use super::TooFast;

/// Looking for buckets that can be forgotten takes a look at each, so not at every request of a flood.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// Buckets of tokens, at most so many; while there is no room for more, all keys share one.
pub(super) struct Rates<K: Hash + Eq + Clone, C: Clock = MonotonicClock> {
    keys: RateLimiter<K, HashMapStateStore<K>, C, NoOpMiddleware<C::Instant>>,
    others: RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<C::Instant>>,
    keys_max: usize,
    clock: C,
    swept: Mutex<Option<C::Instant>>,
}

impl<K: Hash + Eq + Clone> Rates<K> {
    pub(super) fn new(quota: Quota, keys_max: usize) -> Self {
        Self::with_clock(quota, keys_max, MonotonicClock)
    }
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> Rates<K, C> {
    fn with_clock(quota: Quota, keys_max: usize, clock: C) -> Self {
        Self {
            keys: RateLimiter::hashmap_with_clock(quota, clock.clone()),
            others: RateLimiter::direct_with_clock(quota, clock.clone()),
            keys_max,
            clock,
            swept: Mutex::default(),
        }
    }

    /// Takes one token of the key's.
    pub(super) fn take(&self, key: K) -> Result<(), TooFast> {
        if self.keys.len() >= self.keys_max {
            self.sweep();
        }
        let taken = match self.keys.len() >= self.keys_max {
            false => self.keys.check_key(&key),
            true => self.others.check(),
        };
        taken.map_err(|not_until| self.too_fast(&not_until))
    }

    /// Forgets buckets that are full again, which are as good as none.
    fn sweep(&self) {
        let now = self.clock.now();
        {
            let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
            if swept.is_some_and(|at| now.duration_since(at) < SWEEP_EVERY.into()) {
                return;
            }
            *swept = Some(now);
        }
        self.keys.retain_recent();
    }

    fn too_fast(&self, not_until: &NotUntil<C::Instant>) -> TooFast {
        let wait = not_until.wait_time_from(self.clock.now());
        TooFast { retry_after_s: (wait + Duration::from_millis(999)).as_secs().max(1) }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use governor::clock::FakeRelativeClock;

    use super::*;

    fn rates(per_minute: u32, burst: u32, keys_max: usize) -> (Rates<u32, FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let number = |n| NonZeroU32::new(n).unwrap();
        let quota = Quota::per_minute(number(per_minute)).allow_burst(number(burst));
        (Rates::with_clock(quota, keys_max, clock.clone()), clock)
    }

    #[test]
    fn a_burst_then_a_steady_rate_each_key_for_itself() {
        let (rates, clock) = rates(6, 3, 10);
        for _ in 0..3 {
            rates.take(1).unwrap();
        }
        assert_eq!(rates.take(1), Err(TooFast { retry_after_s: 10 }));
        rates.take(2).unwrap();
        clock.advance(Duration::from_secs(9));
        assert_eq!(rates.take(1), Err(TooFast { retry_after_s: 1 }));
        clock.advance(Duration::from_secs(1));
        rates.take(1).unwrap();
        assert!(rates.take(1).is_err());
    }

    #[test]
    fn the_table_does_not_grow_and_all_share_what_is_left() {
        let (rates, clock) = rates(60, 2, 100);
        for key in 0..100 {
            rates.take(key).unwrap();
        }
        for key in 100..102 {
            rates.take(key).unwrap();
        }
        assert_eq!(rates.take(102), Err(TooFast { retry_after_s: 1 }), "the shared bucket is empty");
        assert!(rates.keys.len() <= 100);
        clock.advance(Duration::from_secs(60));
        rates.take(103).unwrap();
        assert_eq!(rates.keys.len(), 1, "full buckets are forgotten");
    }
}

//! The time, as a trait so that a test decides when a deadline passes.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use tokio::sync::watch;

use crate::timestamp::Timestamp;

/// Reads the time and waits for it.
#[async_trait]
pub trait Clock: Send + Sync + 'static {
    /// The time of day: for people, for the audit log and for what expires on a date. It jumps when somebody sets the
    /// machine's clock.
    fn now(&self) -> Timestamp;
    /// The time of day when the process started and what has passed since: it never jumps. Deadlines and presence
    /// count by it.
    fn steady(&self) -> Timestamp;
    /// Returns once [`steady`](Self::steady) has come to `at`.
    async fn sleep_until(&self, at: Timestamp);
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// Longest single sleep; after it the clock is read again, since a machine that was suspended sleeps for too long.
const SLEEP_MAX: Duration = Duration::from_secs(5);

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_ms(whole_ms(elapsed))
    }

    fn steady(&self) -> Timestamp {
        static START: OnceLock<(Timestamp, Duration)> = OnceLock::new();
        let (wall, start) = START.get_or_init(|| (self.now(), since_boot()));
        wall.plus_ms(whole_ms(since_boot().saturating_sub(*start)))
    }

    async fn sleep_until(&self, at: Timestamp) {
        loop {
            match at.ms_after(self.steady()) {
                0 => return,
                ms => tokio::time::sleep(Duration::from_millis(ms).min(SLEEP_MAX)).await,
            }
        }
    }
}

fn whole_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Time that no setting of the clock changes, and that passes while the machine is suspended.
#[cfg(target_os = "linux")]
fn since_boot() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let (seconds, nanoseconds) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.unwrap_or_default(), nanoseconds.unwrap_or_default())
}

/// Time that no setting of the clock changes.
#[cfg(not(target_os = "linux"))]
fn since_boot() -> Duration {
    static START: OnceLock<std::time::Instant> = OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}

/// A clock that stands still until it is set forward or back.
#[derive(Debug)]
pub struct ManualClock {
    steady: watch::Sender<Timestamp>,
    /// How far it was set forward since.
    set_by_ms: AtomicI64,
}

impl ManualClock {
    /// A clock that stands at `now`.
    pub fn new(now: Timestamp) -> Self {
        Self { steady: watch::Sender::new(now), set_by_ms: AtomicI64::new(0) }
    }

    /// Lets time pass and wakes whoever waits for a time up to then.
    pub fn advance_ms(&self, ms: u64) {
        self.steady.send_modify(|now| *now = now.plus_ms(ms));
    }

    /// Sets the time of day forward, or back, without time passing.
    pub fn set_by_ms(&self, ms: i64) {
        self.set_by_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.steady().shifted_ms(self.set_by_ms.load(Ordering::Relaxed))
    }

    fn steady(&self) -> Timestamp {
        *self.steady.borrow()
    }

    async fn sleep_until(&self, at: Timestamp) {
        // The sender lives in `self`, so the channel can't be closed meanwhile.
        let _ = self.steady.subscribe().wait_for(|now| *now >= at).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_steady_time_starts_at_the_time_of_day_and_passes() {
        let before = SystemClock.steady();
        assert!(before.ms().abs_diff(SystemClock.now().ms()) < 3_600_000, "no hour has passed since the first call");
        let start = std::time::Instant::now();
        while start.elapsed() < Duration::from_millis(3) {
            std::hint::spin_loop();
        }
        assert!(SystemClock.steady() > before);
    }

    #[test]
    fn setting_a_clock_moves_the_time_of_day_only() {
        let clock = ManualClock::new(Timestamp::from_ms(1000));
        clock.set_by_ms(-300);
        clock.advance_ms(50);
        assert_eq!((clock.now().ms(), clock.steady().ms()), (750, 1050));
    }
}

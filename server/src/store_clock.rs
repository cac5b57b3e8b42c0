//! One time for all servers on a store: the database's.
//!
//! Servers that share a database decide by what the others have stored, so they must agree on what time it is. Each
//! counts the time that passes by itself and compares it with the database's every few seconds, and once more before
//! each decision about a round. A server that is too far off says so and leaves the rounds to the others; if the
//! difference stays, it takes the database's time.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::clock::Clock;
use crate::store::{Store, StoreError};
use crate::timestamp::Timestamp;

/// A server and the database may be so far apart; the drift of good clocks within a comparison is far less.
pub const APART_MAX_MS: u64 = 2000;
/// For so long a difference must last before the database's time is taken.
pub const SETTLE_MS: u64 = 30_000;

/// The time of a store that several servers use.
pub struct StoreClock {
    machine: Arc<dyn Clock>,
    store: Arc<Store>,
    /// What the database is ahead of the machine's steady time.
    offset_ms: AtomicI64,
    apart: Mutex<Option<Apart>>,
    /// How often the database's time was taken after it had been set.
    taken: AtomicU64,
}

/// A difference that was found.
#[derive(Debug, Clone, Copy)]
struct Apart {
    /// By the machine's steady time.
    since: Timestamp,
    offset_ms: i64,
}

/// How this server's time compares with the database's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// They agree.
    Agrees,
    /// The database's time was taken, because the difference lasted; it is that much later than what counted before.
    Taken(i64),
    /// This server is so many milliseconds ahead, or behind if negative: it must not decide anything.
    Apart(i64),
}

impl StoreClock {
    /// Begins with the database's time; `None` when one server alone uses the store, which needs no such thing.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn start(store: &Arc<Store>, machine: Arc<dyn Clock>) -> Result<Option<Arc<Self>>, StoreError> {
        let Some(measured) = measure(store, machine.as_ref()).await? else { return Ok(None) };
        let ahead = machine.now().signed_ms_after(machine.steady().shifted_ms(measured.offset_ms));
        if ahead.unsigned_abs() > APART_MAX_MS + measured.uncertain_ms {
            tracing::warn!("this machine's clock is {ahead} ms ahead of the database's; rounds go by the database's");
        }
        let (store, offset_ms) = (Arc::clone(store), AtomicI64::new(measured.offset_ms));
        Ok(Some(Arc::new(Self { machine, store, offset_ms, apart: Mutex::new(None), taken: AtomicU64::new(0) })))
    }

    /// How often the database's time was taken: moments that were noted before mean nothing any more.
    pub fn times_taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// Compares with the database's time, and follows it.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn compare(&self) -> Result<Agreement, StoreError> {
        let Some(measured) = measure(&self.store, self.machine.as_ref()).await? else {
            return Ok(Agreement::Agrees);
        };
        let known = self.offset_ms.load(Ordering::Relaxed);
        let behind = measured.offset_ms.saturating_sub(known);
        let mut apart = self.apart();
        if behind.unsigned_abs() <= APART_MAX_MS + measured.uncertain_ms {
            if apart.take().is_some() {
                tracing::info!("this server's time and the database's agree again");
            }
            if measured.uncertain_ms <= APART_MAX_MS {
                self.offset_ms.store(measured.offset_ms, Ordering::Relaxed);
            }
            return Ok(Agreement::Agrees);
        }
        let now = self.machine.steady();
        let is_same = |apart: &Apart| apart.offset_ms.abs_diff(measured.offset_ms) <= APART_MAX_MS;
        let since = match apart.filter(is_same) {
            Some(Apart { since, .. }) => since,
            None => {
                tracing::error!(
                    "this server's time is {} ms ahead of the database's: one of the clocks was set. It decides \
                     nothing about rounds until they agree, or have differed for {} s",
                    -behind,
                    SETTLE_MS / 1000
                );
                now
            }
        };
        if now.ms_after(since) >= SETTLE_MS {
            *apart = None;
            self.offset_ms.store(measured.offset_ms, Ordering::Relaxed);
            self.taken.fetch_add(1, Ordering::Relaxed);
            tracing::warn!("the database's time counts from now on; it is {behind} ms later");
            return Ok(Agreement::Taken(behind));
        }
        *apart = Some(Apart { since, offset_ms: measured.offset_ms });
        Ok(Agreement::Apart(behind.saturating_neg()))
    }

    fn apart(&self) -> MutexGuard<'_, Option<Apart>> {
        self.apart.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the database is ahead of a machine's steady time, and how exactly that is known.
struct Measured {
    offset_ms: i64,
    uncertain_ms: u64,
}

async fn measure(store: &Store, machine: &dyn Clock) -> Result<Option<Measured>, StoreError> {
    let asked = machine.steady();
    let Some(theirs) = store.now().await? else { return Ok(None) };
    let uncertain_ms = machine.steady().ms_after(asked) / 2;
    let offset_ms = theirs.signed_ms_after(asked.plus_ms(uncertain_ms));
    Ok(Some(Measured { offset_ms, uncertain_ms }))
}

#[async_trait]
impl Clock for StoreClock {
    fn now(&self) -> Timestamp {
        self.steady()
    }

    fn steady(&self) -> Timestamp {
        self.machine.steady().shifted_ms(self.offset_ms.load(Ordering::Relaxed))
    }

    async fn sleep_until(&self, at: Timestamp) {
        while self.steady() < at {
            let offset = self.offset_ms.load(Ordering::Relaxed);
            self.machine.sleep_until(at.shifted_ms(offset.saturating_neg())).await;
        }
    }
}

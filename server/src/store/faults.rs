//! Changes of a federation that fail when a test says so.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use super::{Store, StoreError};
use crate::timestamp::Timestamp;

/// How a change goes wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    /// Nothing is stored.
    Before,
    /// It is stored and yet reported as failed, as when power fails during the answer.
    After,
    /// Nothing is stored, and the process ends there.
    CrashBefore,
    /// It is stored, and the process ends there.
    CrashAfter,
}

impl Store {
    /// Its database, for a test that does to it what no program would.
    pub(crate) fn raw(&self) -> &sqlx::AnyPool {
        &self.writer
    }
}

/// The changes that go well before, and then the fault.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    plan: Mutex<Option<(u32, Fault)>>,
    /// The time of a database that several servers share.
    time: Mutex<Option<Timestamp>>,
    crashed: Notify,
    /// Whether a change waits for ever, as it does after a crash.
    is_hung: AtomicBool,
}

impl Faults {
    /// Lets so many changes go well and the next one fail.
    pub(crate) fn fail_after(&self, good: u32, fault: Fault) {
        *self.plan.lock().unwrap() = Some((good, fault));
    }

    /// Lets the store be one that several servers share, with this time.
    pub(crate) fn set_time(&self, now: Option<Timestamp>) {
        *self.time.lock().unwrap() = now;
    }

    pub(super) fn time(&self) -> Option<Timestamp> {
        *self.time.lock().unwrap()
    }

    /// Lets everything go well.
    pub(crate) fn disarm(&self) {
        *self.plan.lock().unwrap() = None;
    }

    /// Returns when a change came to a crash. Whatever made it waits for ever and is to be dropped.
    pub(crate) async fn crashed(&self) {
        self.crashed.notified().await;
    }

    /// Whether a crash was met since this was last asked.
    pub(crate) fn take_crash(&self) -> bool {
        self.is_hung.swap(false, Ordering::Relaxed)
    }

    /// What a change that meets a fault ends with.
    pub(super) async fn meet(&self, fault: Fault) -> StoreError {
        if matches!(fault, Fault::CrashBefore | Fault::CrashAfter) {
            self.is_hung.store(true, Ordering::Relaxed);
            self.crashed.notify_one();
            std::future::pending::<()>().await;
        }
        StoreError::Full(format!("{fault:?}"))
    }

    /// Whether the change that is about to be stored fails.
    pub(super) fn next(&self) -> Option<Fault> {
        let mut plan = self.plan.lock().unwrap();
        let (good, fault) = plan.take()?;
        if good == 0 {
            return Some(fault);
        }
        *plan = Some((good - 1, fault));
        None
    }
}

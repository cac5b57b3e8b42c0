//! Changes of a federation that fail when a test says so.

use std::sync::Mutex;

use super::StoreError;

/// How a change goes wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    /// Nothing is stored.
    Before,
    /// It is stored and yet reported as failed, as when power fails during the answer.
    After,
}

/// The changes that go well before, and then the fault.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Option<(u32, Fault)>>);

impl Faults {
    /// Lets so many changes go well and the next one fail.
    pub(crate) fn fail_after(&self, good: u32, fault: Fault) {
        *self.0.lock().unwrap() = Some((good, fault));
    }

    /// Whether the change that is about to be stored fails.
    pub(super) fn next(&self) -> Option<Fault> {
        let mut plan = self.0.lock().unwrap();
        let (good, fault) = plan.take()?;
        if good == 0 {
            return Some(fault);
        }
        *plan = Some((good - 1, fault));
        None
    }
}

impl Fault {
    pub(super) fn error(self) -> StoreError {
        StoreError::Full(format!("{self:?}"))
    }
}

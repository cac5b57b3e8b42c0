//! A moment in time.

use serde::Serialize;

/// Milliseconds since the Unix epoch. Deadlines are stored as such, so that they survive a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// From milliseconds since the Unix epoch.
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn ms(self) -> u64 {
        self.0
    }

    /// This moment and some milliseconds more.
    pub const fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `now` until this moment; 0 when it has passed.
    pub const fn ms_after(self, now: Self) -> u64 {
        self.0.saturating_sub(now.0)
    }
}

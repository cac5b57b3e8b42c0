//! A moment in time.

use chrono::{DateTime, SecondsFormat};
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

    /// Some milliseconds before this moment.
    pub const fn minus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_sub(ms))
    }

    /// Some milliseconds after this moment, or before it.
    pub const fn shifted_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add_signed(ms))
    }

    /// Milliseconds from `earlier` to this moment; negative when that is later.
    pub fn signed_ms_after(self, earlier: Self) -> i64 {
        let ms = i128::from(self.0) - i128::from(earlier.0);
        i64::try_from(ms).unwrap_or(if ms < 0 { i64::MIN } else { i64::MAX })
    }

    /// Milliseconds from `now` until this moment; 0 when it has passed.
    pub const fn ms_after(self, now: Self) -> u64 {
        self.0.saturating_sub(now.0)
    }
    /// For people and logs, in UTC: `2026-01-31T12:34:56.789Z`.
    pub fn rfc3339(self) -> String {
        let at = i64::try_from(self.0).ok().and_then(DateTime::from_timestamp_millis);
        at.map_or_else(|| format!("{} ms", self.0), |at| at.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_for_people() {
        assert_eq!(Timestamp::from_ms(1_700_000_000_123).rfc3339(), "2023-11-14T22:13:20.123Z");
        assert_eq!(Timestamp::from_ms(u64::MAX).rfc3339(), format!("{} ms", u64::MAX));
    }
}

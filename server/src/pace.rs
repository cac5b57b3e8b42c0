//! How slow a client may be: a least rate instead of a time limit, so that a slow but honest line is not cut.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use crate::config::LimitsConfig;

/// How slow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Longest time in which nothing moves.
    pub stall: Duration,
    /// Slowest rate once that time is used up, in bytes a second.
    pub bytes_per_s: f64,
}

impl Pace {
    /// As configured.
    pub fn new(config: &LimitsConfig) -> Self {
        Self { stall: Duration::from_secs(config.stall_s), bytes_per_s: f64::from(config.bytes_per_s_min.get()) }
    }
}

/// Waits for a client as long as it keeps the pace. Only the time that is spent waiting counts, and each byte that moves
/// buys its share of a second back, up to [`Pace::stall`].
pub struct Patience {
    pace: Pace,
    left: Duration,
    waiting_since: Option<Instant>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    /// Nobody waits yet.
    pub fn new(pace: Pace) -> Self {
        Self { pace, left: pace.stall, waiting_since: None, sleep: None }
    }

    /// So many bytes moved; the wait, if there was one, is over.
    pub fn progress(&mut self, bytes: usize) {
        let waited = self.waiting_since.take().map_or(Duration::ZERO, |since| since.elapsed());
        let bought = Duration::from_secs_f64(bytes as f64 / self.pace.bytes_per_s);
        self.left = (self.left.saturating_sub(waited) + bought).min(self.pace.stall);
    }

    /// There is nothing to wait for now; the next wait begins with all of its time.
    pub fn rest(&mut self) {
        (self.left, self.waiting_since) = (self.pace.stall, None);
    }

    /// Ready when the client was too slow. Called whenever there is something to wait for.
    pub fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let until = *self.waiting_since.get_or_insert_with(Instant::now) + self.left;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if sleep.deadline() != until {
            sleep.as_mut().reset(until);
        }
        sleep.as_mut().poll(cx)
    }
}

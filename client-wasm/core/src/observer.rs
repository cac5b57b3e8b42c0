//! How a host watches a long operation and stops it. What an observer is given may be shown on a page: no credential is
//! part of it.

mod events;
mod throttle;

pub use events::{Event, LearnReport, RoundPhase, RoundProgress, When};
pub use throttle::{StepThrottle, is_due};

use crate::{leak::SentUpdate, model::Model, session::Choice};

/// Steps from one checkpoint of a training to the next, where the host does not say otherwise.
const CHECKPOINT_STEPS: u64 = 100;

/// Watches training and participation. A host with an event loop handles its messages in [`Observer::yield_now`]; the
/// other methods must return quickly.
#[allow(async_fn_in_trait, reason = "both hosts drive these futures on one thread, so no Send bound is missed")]
pub trait Observer {
    /// Something happened.
    fn event(&mut self, event: Event);

    /// Takes the model that predictions should use from now on.
    fn publish(&mut self, model: &Model);

    /// Takes a checkpoint to store, so that nothing is lost when the page is closed.
    fn checkpoint(&mut self, bytes: Vec<u8>);

    /// Whether training should make a checkpoint now, this many steps after the last one. A host with a clock decides by
    /// time instead: a step takes milliseconds on one device and seconds on another.
    fn checkpoint_is_due(&self, steps: u64) -> bool {
        steps >= CHECKPOINT_STEPS
    }

    /// Which model a person wants to use while the site takes part in a federation.
    fn model_choice(&self) -> Choice {
        Choice::Better
    }

    /// Takes an update that the server has acknowledged.
    fn sent(&mut self, _: SentUpdate) {}

    /// Whether to stop after the present step.
    fn is_cancelled(&self) -> bool;

    /// Lets the host handle its own messages; called between steps.
    async fn yield_now(&mut self);
}

/// For operations that nobody watches or stops.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoopObserver;

impl Observer for NoopObserver {
    fn event(&mut self, _: Event) {}

    fn publish(&mut self, _: &Model) {}

    fn checkpoint(&mut self, _: Vec<u8>) {}

    fn is_cancelled(&self) -> bool {
        false
    }

    async fn yield_now(&mut self) {}
}

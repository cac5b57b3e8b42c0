//! Reports steps no more often than a person can see.

use super::Event;

/// Merges the events of steps. On a fast device they come faster than a screen can show them, and showing each would slow
/// the training down. Steps that were held back are reported before any other event.
#[derive(Debug)]
pub struct StepThrottle {
    interval_ms: f64,
    /// When the last step event was reported; `None` before the first and after any other event.
    reported_ms: Option<f64>,
    pending: Option<PendingSteps>,
}

/// Steps that were not reported yet, merged into one event.
#[derive(Debug)]
struct PendingSteps {
    event: Event,
    received_ms: f64,
    steps: u32,
}

impl StepThrottle {
    /// Reports at most one step event in this many milliseconds.
    pub const fn new(interval_ms: f64) -> Self {
        Self { interval_ms, reported_ms: None, pending: None }
    }

    /// Takes an event and returns those to report now, in order, each with the time it was received; `now_ms` is by any
    /// clock. The first step after any other event is reported at once. A later one is reported for all steps since the
    /// last one, with their mean loss and the sum of their words.
    pub fn take(&mut self, event: Event, now_ms: f64) -> impl Iterator<Item = (Event, f64)> + use<> {
        if !matches!(event, Event::Step { .. } | Event::Learning { .. }) {
            return [self.flush(), Some((event, now_ms))].into_iter().flatten();
        }
        self.pending = Some(match self.pending.take() {
            Some(pending) => pending.merge(event, now_ms),
            None => PendingSteps { event, received_ms: now_ms, steps: 1 },
        });
        if self.reported_ms.is_some_and(|reported_ms| !is_due(reported_ms, now_ms, self.interval_ms)) {
            return [None, None].into_iter().flatten();
        }
        let report = self.flush();
        self.reported_ms = Some(now_ms);
        [report, None].into_iter().flatten()
    }

    /// The steps that were held back, with the time they were received. The next step is reported at once.
    pub fn flush(&mut self) -> Option<(Event, f64)> {
        self.reported_ms = None;
        self.pending.take().map(|pending| (pending.event, pending.received_ms))
    }
}

/// Whether an interval has passed since the last time. It also has when the clock was set back: waiting for the clock to
/// catch up could take arbitrarily long.
pub fn is_due(last_ms: f64, now_ms: f64, interval_ms: f64) -> bool {
    !(0.0..interval_ms).contains(&(now_ms - last_ms))
}

impl PendingSteps {
    fn merge(self, mut event: Event, received_ms: f64) -> Self {
        if let (Event::Step { loss, words, .. }, Event::Step { loss: before, words: words_before, .. }) =
            (&mut event, &self.event)
        {
            *loss = (before * f64::from(self.steps) + *loss) / f64::from(self.steps + 1);
            *words += words_before;
        }
        Self { event, received_ms, steps: self.steps + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL_MS: f64 = 100.0;

    fn step(step: u64, loss: f64, words: usize) -> Event {
        Event::Step { step, steps: 9, epoch: 1, epochs: 1, round: 0, loss, words }
    }

    fn reported(throttle: &mut StepThrottle, event: Event, now_ms: f64) -> Vec<Event> {
        throttle.take(event, now_ms).map(|(event, _)| event).collect()
    }

    #[test]
    fn steps_that_come_fast_are_reported_together() {
        let mut throttle = StepThrottle::new(INTERVAL_MS);
        assert_eq!(reported(&mut throttle, step(1, 9.0, 10), 1000.0), [step(1, 9.0, 10)], "the first one at once");
        assert!(reported(&mut throttle, step(2, 6.0, 20), 1001.0).is_empty());
        assert!(reported(&mut throttle, step(3, 5.0, 30), 1099.0).is_empty());
        assert_eq!(reported(&mut throttle, step(4, 1.0, 40), 1100.0), [step(4, 4.0, 90)], "mean loss and all words");
        assert!(reported(&mut throttle, step(5, 2.0, 50), 1101.0).is_empty(), "and so on from there");
        assert_eq!(throttle.flush(), Some((step(5, 2.0, 50), 1101.0)));
        assert_eq!(throttle.flush(), None, "nothing is reported twice");
    }

    #[test]
    fn what_was_held_back_comes_before_anything_else() {
        let mut throttle = StepThrottle::new(INTERVAL_MS);
        let notice = || Event::Notice { message: "so".to_owned() };
        assert_eq!(reported(&mut throttle, step(1, 9.0, 10), 0.0).len(), 1);
        assert!(reported(&mut throttle, step(2, 6.0, 20), 1.0).is_empty());
        let with_notice: Vec<_> = throttle.take(notice(), 40.0).collect();
        assert_eq!(with_notice, [(step(2, 6.0, 20), 1.0), (notice(), 40.0)], "with the time it was received");
        assert_eq!(reported(&mut throttle, step(3, 5.0, 30), 50.0), [step(3, 5.0, 30)], "a first one again");
        assert_eq!(reported(&mut throttle, notice(), 51.0), [notice()]);
    }

    #[test]
    fn slow_steps_and_those_after_a_clock_was_set_back_are_reported_one_by_one() {
        let mut throttle = StepThrottle::new(INTERVAL_MS);
        let learning = |step| Event::Learning { step, steps: 9 };
        for (at, now_ms) in [(1, 5000.0), (2, 5100.0), (3, 9000.0), (4, 10.0)] {
            assert_eq!(reported(&mut throttle, learning(at), now_ms), [learning(at)], "step {at}");
        }
        assert!(reported(&mut throttle, learning(5), 11.0).is_empty());
        assert_eq!(reported(&mut throttle, learning(6), 200.0), [learning(6)]);
    }
}

//! Steps told no more often than somebody can look.

use crate::observer::Event;

/// Thins out the events of steps, which on a fast device come faster than a screen shows them and cost the training time
/// to be shown. What is held back is told before anything else is.
#[derive(Debug)]
pub struct Thinned {
    every_ms: f64,
    told_ms: Option<f64>,
    held: Option<Held>,
}

/// Steps that were not told yet, as one.
#[derive(Debug)]
struct Held {
    newest: Event,
    came_ms: f64,
    steps: u32,
}

impl Thinned {
    /// Tells at most one event of steps in so many milliseconds.
    pub const fn new(every_ms: f64) -> Self {
        Self { every_ms, told_ms: None, held: None }
    }

    /// What is to be told at this event, in order, each with when it came; `now_ms` is any clock's. The first step after
    /// anything else is told at once, the others for all since the last one: their mean loss, and their words.
    pub fn take(&mut self, event: Event, now_ms: f64) -> impl Iterator<Item = (Event, f64)> + use<> {
        if !matches!(event, Event::Step { .. } | Event::Learning { .. }) {
            return [self.rest(), Some((event, now_ms))].into_iter().flatten();
        }
        self.held = Some(match self.held.take() {
            Some(held) => held.and(event, now_ms),
            None => Held { newest: event, came_ms: now_ms, steps: 1 },
        });
        if self.told_ms.is_some_and(|told_ms| !is_due(told_ms, now_ms, self.every_ms)) {
            return [None, None].into_iter().flatten();
        }
        let told = self.rest();
        self.told_ms = Some(now_ms);
        [told, None].into_iter().flatten()
    }

    /// What was held back, with when it came; the next step is a first one again.
    pub fn rest(&mut self) -> Option<(Event, f64)> {
        self.told_ms = None;
        self.held.take().map(|held| (held.newest, held.came_ms))
    }
}

/// Whether so many milliseconds have passed by a clock, or it was set back: that is no reason to wait for it.
pub fn is_due(last_ms: f64, now_ms: f64, every_ms: f64) -> bool {
    !(0.0..every_ms).contains(&(now_ms - last_ms))
}

impl Held {
    fn and(self, mut event: Event, came_ms: f64) -> Self {
        if let (Event::Step { loss, words, .. }, Event::Step { loss: before, words: words_before, .. }) =
            (&mut event, &self.newest)
        {
            *loss = (before * f64::from(self.steps) + *loss) / f64::from(self.steps + 1);
            *words += words_before;
        }
        Self { newest: event, came_ms, steps: self.steps + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY_MS: f64 = 100.0;

    fn step(step: u64, loss: f64, words: usize) -> Event {
        Event::Step { step, steps: 9, epoch: 1, epochs: 1, round: 0, loss, words }
    }

    fn told(thinned: &mut Thinned, event: Event, now_ms: f64) -> Vec<Event> {
        thinned.take(event, now_ms).map(|(event, _)| event).collect()
    }

    #[test]
    fn steps_that_come_fast_are_told_together() {
        let mut thinned = Thinned::new(EVERY_MS);
        assert_eq!(told(&mut thinned, step(1, 9.0, 10), 1000.0), [step(1, 9.0, 10)], "the first one at once");
        assert!(told(&mut thinned, step(2, 6.0, 20), 1001.0).is_empty());
        assert!(told(&mut thinned, step(3, 5.0, 30), 1099.0).is_empty());
        assert_eq!(told(&mut thinned, step(4, 1.0, 40), 1100.0), [step(4, 4.0, 90)], "mean loss and all words");
        assert!(told(&mut thinned, step(5, 2.0, 50), 1101.0).is_empty(), "and so on from there");
        assert_eq!(thinned.rest(), Some((step(5, 2.0, 50), 1101.0)));
        assert_eq!(thinned.rest(), None, "nothing is told twice");
    }

    #[test]
    fn what_was_held_back_comes_before_anything_else() {
        let mut thinned = Thinned::new(EVERY_MS);
        let notice = || Event::Notice { message: "so".to_owned() };
        assert_eq!(told(&mut thinned, step(1, 9.0, 10), 0.0).len(), 1);
        assert!(told(&mut thinned, step(2, 6.0, 20), 1.0).is_empty());
        let with_notice: Vec<_> = thinned.take(notice(), 40.0).collect();
        assert_eq!(with_notice, [(step(2, 6.0, 20), 1.0), (notice(), 40.0)], "with when it came");
        assert_eq!(told(&mut thinned, step(3, 5.0, 30), 50.0), [step(3, 5.0, 30)], "a first one again");
        assert_eq!(told(&mut thinned, notice(), 51.0), [notice()]);
    }

    #[test]
    fn slow_steps_and_those_after_a_clock_was_set_back_are_told_one_by_one() {
        let mut thinned = Thinned::new(EVERY_MS);
        let learning = |step| Event::Learning { step, steps: 9 };
        for (at, now_ms) in [(1, 5000.0), (2, 5100.0), (3, 9000.0), (4, 10.0)] {
            assert_eq!(told(&mut thinned, learning(at), now_ms), [learning(at)], "step {at}");
        }
        assert!(told(&mut thinned, learning(5), 11.0).is_empty());
        assert_eq!(told(&mut thinned, learning(6), 200.0), [learning(6)]);
    }
}

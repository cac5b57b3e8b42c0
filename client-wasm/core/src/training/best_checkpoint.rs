//! The best model of a training, by its score on held-out sentences.

use crate::{
    model::Model,
    observer::{Event, Observer, When},
    scores::Scores,
    session::Session,
};

/// Models that were scored since the best one, after which a training is not expected to give a better one. Its learning
/// rate falls all the time, and the last passes often gain again, so this is about half of a training.
const STALE_AFTER: u32 = 5;

/// The best model so far, by strict F1.
#[derive(Default)]
pub(super) struct BestCheckpoint {
    best: Option<(Scores, Model)>,
    /// Models that were scored since the best one.
    since: u32,
}

impl BestCheckpoint {
    /// Compares a model with the best one; of two equally good ones the later is kept.
    pub fn offer(&mut self, scores: Option<&Scores>, model: &Model) {
        let Some(scores) = scores else { return };
        if self.best.as_ref().is_none_or(|(best, _)| scores.strict.f1 >= best.strict.f1) {
            self.best = Some((scores.clone(), model.clone()));
            self.since = 0;
        } else {
            self.since += 1;
        }
    }

    /// Whether the models have stopped getting better.
    pub fn is_stale(&self) -> bool {
        self.since >= STALE_AFTER
    }

    /// Puts the best model into the session and reports its scores; returns `None` without held-out sentences.
    pub fn restore(self, session: &mut Session, epoch: u64, observer: &mut impl Observer) -> Option<Scores> {
        let (scores, model) = self.best?;
        if self.since > 0 {
            session.model = model;
            session.publish(observer);
            let (round, step) = (session.state.version, session.optimiser.steps());
            observer.event(Event::Scores { when: When::End, epoch, round, step, scores: scores.clone() });
        }
        Some(scores)
    }
}

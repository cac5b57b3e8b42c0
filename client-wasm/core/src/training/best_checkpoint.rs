//! The best model of a training, by its score on held-out sentences.

use crate::{
    model::Model,
    observer::{Event, Observer, When},
    scores::Scores,
    session::Session,
};

/// The best model so far, by strict F1.
#[derive(Default)]
pub(super) struct BestCheckpoint {
    best: Option<(Scores, Model)>,
    /// Whether the newest model is the best one.
    is_newest: bool,
}

impl BestCheckpoint {
    /// Compares a model with the best one; of two equally good ones the later is kept.
    pub fn offer(&mut self, scores: Option<&Scores>, model: &Model) {
        let Some(scores) = scores else { return };
        self.is_newest = self.best.as_ref().is_none_or(|(best, _)| scores.strict.f1 >= best.strict.f1);
        if self.is_newest {
            self.best = Some((scores.clone(), model.clone()));
        }
    }

    /// Puts the best model into the session and reports its scores; returns `None` without held-out sentences.
    pub fn restore(self, session: &mut Session, epoch: u64, observer: &mut impl Observer) -> Option<Scores> {
        let (scores, model) = self.best?;
        if !self.is_newest {
            session.model = model;
            session.publish(observer);
            let (round, step) = (session.state.version, session.optimiser.steps());
            observer.event(Event::Scores { when: When::End, epoch, round, step, scores: scores.clone() });
        }
        Some(scores)
    }
}

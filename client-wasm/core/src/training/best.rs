//! The best model of a run, by its score on held-out sentences.

use super::Session;
use crate::{
    model::Model,
    observer::{Event, Observer, When},
    scores::Scores,
};

/// The best model so far, by strict F1.
#[derive(Default)]
pub(super) struct Best {
    found: Option<(Scores, Model)>,
    /// Whether the newest model is it.
    newest: bool,
}

impl Best {
    /// Compares a model with the best one; of two that are as good, the later one is kept.
    pub fn offer(&mut self, scores: Option<&Scores>, model: &Model) {
        let Some(scores) = scores else { return };
        self.newest = self.found.as_ref().is_none_or(|(best, _)| scores.strict.f1 >= best.strict.f1);
        if self.newest {
            self.found = Some((scores.clone(), model.clone()));
        }
    }

    /// Puts the best model into the session and tells its scores; none without held-out sentences.
    pub fn settle(self, session: &mut Session, epoch: u64, observer: &mut impl Observer) -> Option<Scores> {
        let (scores, model) = self.found?;
        if !self.newest {
            session.model = model;
            observer.publish(&session.model);
            let (round, step) = (session.standing.version, session.optimiser.steps());
            observer.event(Event::Scores { when: When::End, epoch, round, step, scores: scores.clone() });
        }
        Some(scores)
    }
}

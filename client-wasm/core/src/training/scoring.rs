//! Scores a session's model on held-out notes while it is trained.

use crate::{
    batch::Example,
    model::DeviceError,
    observer::{Event, Observer, When},
    scores::Scores,
    session::{FederationModels, Origin, Session, SiteModels},
    tagging::evaluate_and_calibrate,
};

impl Session {
    /// Scores the model on held-out sentences, if there are any, and reports the scores. The temperature of its
    /// confidences is chosen on them, too. The model is in use from then on; in a federation only where it is the best.
    pub(crate) async fn report_scores(
        &mut self,
        held_out: &[Example],
        when: When,
        epoch: u64,
        observer: &mut impl Observer,
    ) -> Result<Option<Scores>, DeviceError> {
        let scores = self.score(held_out, observer).await?;
        match &self.models {
            SiteModels::Session { .. } => self.publish(observer),
            // It was cancelled before the model was scored.
            SiteModels::Federation(_) if scores.is_none() && !held_out.is_empty() => {}
            // Nobody can say which is better: the own model stays in use until the federation is finished.
            SiteModels::Federation(FederationModels { own: Some(_), .. }) if scores.is_none() => {}
            SiteModels::Federation(_) => self.offer(scores.clone(), self.origin_at(when), observer),
        }
        let Some(scores) = scores else { return Ok(None) };
        let (round, step) = (self.state.version, self.optimiser.steps());
        observer.event(Event::Scores { when, epoch, round, step, scores: scores.clone() });
        Ok(Some(scores))
    }

    /// Where the present model comes from, scored at this moment.
    fn origin_at(&self, when: When) -> Origin {
        match Origin::of(&self.state) {
            Origin::Round { federation, round } if when == When::Trained => {
                Origin::Round { federation, round: round + 1 }
            }
            origin => origin,
        }
    }

    /// Scores the model on held-out sentences and chooses its temperature on them; `None` without any, or when cancelled.
    ///
    /// # Errors
    /// When the device failed.
    pub async fn score(
        &mut self,
        held_out: &[Example],
        observer: &mut impl Observer,
    ) -> Result<Option<Scores>, DeviceError> {
        if held_out.is_empty() || observer.is_cancelled() {
            return Ok(None);
        }
        let evaluation = evaluate_and_calibrate(&self.model, held_out, observer).await?;
        let Some((scores, temperature)) = evaluation else { return Ok(None) };
        if let Some(temperature) = temperature {
            self.model.set_temperature(temperature);
        }
        Ok(Some(scores))
    }
}

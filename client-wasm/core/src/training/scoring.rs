//! Scores a session's model on held-out notes while it is trained.

use crate::{
    batch::Example,
    model::DeviceError,
    observer::{Event, Observer, When},
    scores::Scores,
    session::Session,
    tagging::evaluate_and_calibrate,
};

impl Session {
    /// Scores the model on held-out sentences, if there are any, and reports the scores. The temperature of its
    /// confidences is chosen on them, too; the model is published with it.
    pub(crate) async fn report_scores(
        &mut self,
        held_out: &[Example],
        when: When,
        epoch: u64,
        observer: &mut impl Observer,
    ) -> Result<Option<Scores>, DeviceError> {
        let scores = self.score(held_out, observer).await?;
        observer.publish(&self.model);
        let Some(scores) = scores else { return Ok(None) };
        let (round, step) = (self.state.version, self.optimiser.steps());
        observer.event(Event::Scores { when, epoch, round, step, scores: scores.clone() });
        Ok(Some(scores))
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

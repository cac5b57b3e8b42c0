//! A site's own baseline: a model that is trained at this site alone, after the federation is finished. Without it nobody
//! knows whether joining has paid, and a site that doesn't fit into the federation would end with a worse model than its own.

use burn::tensor::Device;

use super::{ParticipantError, site::Site};
use crate::{
    corpus::Corpus,
    model::Model,
    observer::{Event, Observer},
    scores::Comparison,
    session::{FederationModels, KeptModel, Origin, Session, SiteModels},
    training::{LocalTraining, TrainError, TrainingLength},
};

/// What a baseline is trained with.
pub(super) struct BaselineInput<'a> {
    pub corpus: &'a Corpus,
    pub device: &'a Device,
    /// Seed of its modules, of batches and dropout.
    pub seed: u64,
}

impl Site {
    /// Whether a baseline is to be trained: the site has no model of its own, and there are notes to compare on.
    pub(super) fn lacks_baseline(&self) -> bool {
        let has_none = matches!(&self.session.models, SiteModels::Federation(FederationModels { own: None, .. }));
        has_none && !self.held_out.is_empty() && !self.examples.is_empty()
    }

    /// Trains the baseline as *Train here* does and keeps it beside the federation's model. When it is cancelled, there is
    /// none.
    pub(super) async fn train_baseline(
        &mut self,
        input: BaselineInput<'_>,
        observer: &mut impl Observer,
    ) -> Result<(), ParticipantError> {
        let mut baseline = Session::new(&self.info.model, input.corpus.labels(), input.seed, input.device);
        let task = LocalTraining { length: TrainingLength::UntilNoBetter, policy: self.info.training.clone() };
        let report = baseline.train(input.corpus, &task, &mut StepsOnly(observer)).await?;
        if !report.cancelled {
            self.session.set_baseline(&baseline, report.scores);
        }
        Ok(())
    }

    /// Offers the mean of the federation's and the site's own shared module, with the private module of the federation's
    /// model (Wortsman et al. 2022). It is taken where it is clearly better than both: by more than the standard error of
    /// the difference.
    pub(super) async fn offer_interpolation(&mut self, observer: &mut impl Observer) -> Result<(), ParticipantError> {
        let SiteModels::Federation(FederationModels { own: Some(own), best: Some(best) }) = &self.session.models else {
            return Ok(());
        };
        let fits = own.model.layout().spec() == best.model.layout().spec();
        let Some(federation) = best.origin.federation().cloned().filter(|_| fits) else { return Ok(()) };
        let mut mean = best.session();
        mean.model = interpolated(&own.model, &best.model).await?;
        let scores = mean.score(&self.held_out, observer).await?;
        if [own, best].into_iter().all(|other| is_clearly_better(scores.as_ref(), other)) {
            let candidate = KeptModel::of(&mean, scores, Origin::Interpolated { federation });
            self.session.take_better(candidate);
        }
        Ok(())
    }
}

/// The mean of two shared modules, with the second's private one.
async fn interpolated(own: &Model, federated: &Model) -> Result<Model, ParticipantError> {
    let (own, shared) = (own.read_shared().await?, federated.read_shared().await?);
    let mut mean = federated.clone();
    let values = own.iter().zip(&shared).map(|(one, other)| 0.5 * (one + other)).collect();
    mean.set_shared(values).map_err(TrainError::from)?;
    Ok(mean)
}

fn is_clearly_better(scores: Option<&crate::scores::Scores>, other: &KeptModel) -> bool {
    let Some((scores, other)) = scores.zip(other.scores.as_ref()) else { return false };
    let found = Comparison::of(&other.outcomes, &scores.outcomes);
    found.is_some_and(|found| found.difference > found.standard_error)
}

/// Passes on the steps of a training whose model is not yet anybody's: no scores, no model and no checkpoint.
struct StepsOnly<'a, O>(&'a mut O);

impl<O: Observer> Observer for StepsOnly<'_, O> {
    fn event(&mut self, event: Event) {
        if matches!(event, Event::Step { .. }) {
            self.0.event(event);
        }
    }

    fn publish(&mut self, _: &Model) {}

    fn checkpoint(&mut self, _: Vec<u8>) {}

    fn checkpoint_is_due(&self, _: u64) -> bool {
        false
    }

    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    async fn yield_now(&mut self) {
        self.0.yield_now().await;
    }
}

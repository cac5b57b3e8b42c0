//! Which of a site's models is in use: its suggestions are shown, it is scored and exported.
//!
//! In a federation the session's shared module is overwritten in every round. Joining must not cost a site its model, so
//! the site's own model is kept beside the session, and so is the best of the models that the federation gave so far. The
//! federation's replaces the own one only once it is better on the same held-out notes.

use std::borrow::Cow;

use fedner_protocol::FederationId;
use serde::{Deserialize, Serialize};

use super::{KeptModel, Origin, Session};
use crate::{
    corpus::Corpus,
    model::{DeviceError, Model},
    observer::{Event, Observer},
    scores::{Comparison, Scores},
};

/// The models of a site beside the one that its session trains.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "a session has one")]
pub enum SiteModels {
    /// None: the session's model is the one in use.
    Session {
        /// Where the session's model comes from.
        origin: Origin,
    },
    /// The session takes part in a federation, or did so last.
    Federation(FederationModels),
}

/// What is kept while a session takes part in a federation.
#[derive(Debug, Clone, Default)]
pub struct FederationModels {
    /// The model that the site had before.
    pub own: Option<KeptModel>,
    /// The best of the models that the federation gave; without held-out notes the newest.
    pub best: Option<KeptModel>,
}

/// Which model a person wants to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "ModelChoice"))]
pub enum Choice {
    /// The better one on the held-out notes.
    #[default]
    Better,
    /// The site's own, whatever the federation's scores are.
    Own,
}

/// One of the two models of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "WhichModel"))]
pub enum Which {
    /// The site's own.
    Own,
    /// The federation's.
    Federation,
}

/// What a person is shown of a site's models.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "Models"))]
pub struct ModelsReport {
    /// The one that is used unless a person chooses the own one; null before there is a model.
    pub better: Option<Which>,
    /// The site's own model.
    pub own: Option<ModelReport>,
    /// The best of the federation's models.
    pub federation: Option<ModelReport>,
    /// The federation's against the own one, where both were scored on the same held-out notes.
    pub comparison: Option<Comparison>,
}

/// What a person is shown of one model.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ModelReport {
    /// Where it comes from.
    pub origin: Origin,
    /// Scores on the held-out notes, where they are known.
    pub scores: Option<Scores>,
}

impl FederationModels {
    /// Which model is in use.
    pub fn which(&self, choice: Choice) -> Option<Which> {
        match (&self.own, &self.best) {
            (Some(own), Some(best)) if choice == Choice::Better && replaces(best, own) => Some(Which::Federation),
            (Some(_), _) => Some(Which::Own),
            (None, best) => best.as_ref().map(|_| Which::Federation),
        }
    }

    /// The model in use; `None` before there is one.
    pub fn in_use(&self, choice: Choice) -> Option<&KeptModel> {
        match self.which(choice)? {
            Which::Own => self.own.as_ref(),
            Which::Federation => self.best.as_ref(),
        }
    }

    /// Takes the federation's newest model where none was better; of two equally good ones the later is kept.
    fn take(&mut self, candidate: KeptModel) {
        let is_worse = |best: &KeptModel| candidate.f1().zip(best.f1()).is_some_and(|(new, old)| new < old);
        if !self.best.as_ref().is_some_and(is_worse) {
            self.best = Some(candidate);
        }
    }
}

/// Whether the federation's model takes the own one's place. Without held-out notes it does once the federation is
/// finished. A model that a person has trained and used gives way only to one with a higher F1. One that was trained beside
/// the federation was never in use; it is preferred where it is better by more than the standard error of the difference,
/// as in the one-standard-error rule (Breiman et al. 1984): below that the held-out notes are too few to say, and a model
/// that has learnt from more notes is the better guess.
fn replaces(federation: &KeptModel, own: &KeptModel) -> bool {
    match federation.f1().zip(own.f1()) {
        Some((federation_f1, own_f1)) if own.origin == Origin::Baseline => {
            own_f1 - federation_f1 <= compare(own, federation).map_or(0.0, |found| found.standard_error)
        }
        Some((federation, own)) => federation > own,
        None => matches!(federation.origin, Origin::Finish { .. } | Origin::Interpolated { .. }),
    }
}

/// The federation's model against the own one, on the same held-out notes.
fn compare(own: &KeptModel, federation: &KeptModel) -> Option<Comparison> {
    let (own, federation) = (own.scores.as_ref()?, federation.scores.as_ref()?);
    Comparison::of(&own.outcomes, &federation.outcomes)
}

impl SiteModels {
    /// What a session keeps when it enters a federation: the model in use becomes the site's own, unless it comes from this
    /// very federation. All are made for the corpus's labels and scored on its held-out notes.
    pub(crate) async fn entering(
        previous: Option<&Session>,
        federation: &FederationId,
        corpus: &Corpus,
        observer: &mut impl Observer,
    ) -> Result<Self, DeviceError> {
        let FederationModels { own, best } = previous.map(|p| kept_for(p, federation)).unwrap_or_default();
        let mut models = FederationModels::default();
        if let Some(own) = own {
            models.own = Some(own.scored_on(corpus, observer).await?);
        }
        if let Some(best) = best {
            models.best = Some(best.scored_on(corpus, observer).await?);
        }
        Ok(Self::Federation(models))
    }
}

fn kept_for(previous: &Session, federation: &FederationId) -> FederationModels {
    match &previous.models {
        SiteModels::Session { origin } => {
            let model = Some(KeptModel::of(previous, None, origin.clone()));
            match origin.federation() == Some(federation) {
                true => FederationModels { own: None, best: model },
                false => FederationModels { own: model, best: None },
            }
        }
        SiteModels::Federation(models) if previous.state.federation.as_ref() == Some(federation) => models.clone(),
        SiteModels::Federation(FederationModels { own: None, best }) => {
            FederationModels { own: best.clone(), best: None }
        }
        SiteModels::Federation(models) => models.clone(),
    }
}

impl Session {
    /// The model in use; `None` in a federation that has not given one yet, where the site had none before.
    pub fn model_in_use(&self, choice: Choice) -> Option<&Model> {
        match &self.models {
            SiteModels::Session { .. } => Some(&self.model),
            SiteModels::Federation(models) => models.in_use(choice).map(|kept| &kept.model),
        }
    }

    /// A session with the model in use, to save, export or train on alone.
    pub fn in_use(&self, choice: Choice) -> Cow<'_, Self> {
        let SiteModels::Federation(models) = &self.models else { return Cow::Borrowed(self) };
        let Some(kept) = models.in_use(choice) else { return Cow::Borrowed(self) };
        let mut session = kept.session();
        if kept.state == self.state && kept.steps == self.optimiser.steps() {
            // It is the model that the session has now, so the optimiser's moments fit it.
            session.optimiser = self.optimiser.clone();
        }
        Cow::Owned(session)
    }

    /// A session with the model in use, to train it without a federation. How far the site has come in its federation stays
    /// known.
    pub fn to_train_alone(&self, choice: Choice) -> Self {
        let mut session = self.in_use(choice).into_owned();
        if session.state.federation == self.state.federation {
            session.state = self.state.clone();
        }
        session.models = SiteModels::Session { origin: Origin::Alone };
        session
    }

    /// Notes that the model was taken in from a file.
    pub fn set_loaded(&mut self) {
        if let SiteModels::Session { origin: origin @ Origin::Alone } = &mut self.models {
            *origin = Origin::Loaded;
        }
    }

    /// Takes a model that was trained at this site alone, to be compared with the federation's. A model that the site had
    /// before stays.
    pub(crate) fn set_baseline(&mut self, baseline: &Session, scores: Option<Scores>) {
        if let SiteModels::Federation(models) = &mut self.models {
            models.own.get_or_insert_with(|| KeptModel::of(baseline, scores, Origin::Baseline));
        }
    }

    /// Takes a model that was made of the federation's.
    pub(crate) fn take_better(&mut self, candidate: KeptModel) {
        if let SiteModels::Federation(models) = &mut self.models {
            models.take(candidate);
        }
    }

    /// What a person is shown of the site's models.
    pub fn models_report(&self) -> ModelsReport {
        let report = |kept: &KeptModel| ModelReport { origin: kept.origin.clone(), scores: kept.scores.clone() };
        match &self.models {
            SiteModels::Federation(models) => ModelsReport {
                better: models.which(Choice::Better),
                own: models.own.as_ref().map(report),
                federation: models.best.as_ref().map(report),
                comparison: models.own.as_ref().zip(models.best.as_ref()).and_then(|(own, best)| compare(own, best)),
            },
            SiteModels::Session { origin } => {
                let model = Some(ModelReport { origin: origin.clone(), scores: None });
                match origin.federation() {
                    None => ModelsReport { better: Some(Which::Own), own: model, federation: None, comparison: None },
                    Some(_) => {
                        let better = Some(Which::Federation);
                        ModelsReport { better, own: None, federation: model, comparison: None }
                    }
                }
            }
        }
    }

    /// Hands the model in use to the observer.
    pub(crate) fn publish(&self, observer: &mut impl Observer) {
        if let Some(model) = self.model_in_use(observer.model_choice()) {
            observer.publish(model);
        }
    }

    /// Has the federation's newest model used where it is the best.
    pub(crate) fn offer(&mut self, scores: Option<Scores>, origin: Origin, observer: &mut impl Observer) {
        let candidate = KeptModel::of(self, scores, origin);
        let SiteModels::Federation(models) = &mut self.models else { return };
        let before = models.which(Choice::Better);
        models.take(candidate);
        let replaces_own = before == Some(Which::Own) && models.which(Choice::Better) == Some(Which::Federation);
        let notice = replaces_own.then(|| notice(models));
        if models.which(observer.model_choice()) == Some(Which::Federation) {
            self.publish(observer);
        }
        observer.event(Event::Models { report: self.models_report() });
        if let Some(message) = notice {
            observer.event(Event::Notice { message });
        }
    }
}

/// Why the federation's model takes the own one's place.
fn notice(models: &FederationModels) -> String {
    let f1 = |model: &Option<KeptModel>| model.as_ref().and_then(KeptModel::f1).map(|f1| 100.0 * f1);
    match f1(&models.own).zip(f1(&models.best)) {
        Some((own, best)) => format!(
            "the federation’s model is better on the held-out notes (F1 {own:.1} % → {best:.1} %) and replaces your own, \
             which is kept"
        ),
        None => "the federation is finished and its model replaces your own, which is kept; no note is held out, so \
                 nobody can say which of them is better"
            .to_owned(),
    }
}

//! One site's run in a federation: follows the server's state from event to event.

use std::borrow::Cow;

use burn::tensor::Device;
use fedner_protocol::{FederationInfo, FederationState, Phase};

use super::{
    Action, Entropy, Masking, Outcome, OutgoingUpdate, ParticipantError, Stage, Transport, TransportError,
    baseline::BaselineInput,
    floors::{check_floors, check_masked},
    retry::{FederationEntry, RetryingTransport},
    secure::WholeUpdate,
    update_writer::UpdateWriter,
};
use crate::{
    batch::Example,
    corpus::Corpus,
    observer::{Event, Observer, RoundPhase, RoundProgress},
    scores::Scores,
    session::{Choice, Session, SiteModels},
    training::{FederatedSchedule, FinishOutcome, TrainError},
};

/// What a site starts from.
pub(super) struct SiteInput<'a> {
    /// The model in hand, if there is one.
    pub session: Option<&'a Session>,
    pub device: &'a Device,
    pub corpus: &'a Corpus,
    /// Seed of a new model's private module, of batches and dropout.
    pub seed: u64,
    /// Whether it sends masked updates only.
    pub masked_only: bool,
    pub entry: FederationEntry,
}

/// One site in one federation.
pub(super) struct Site {
    pub info: FederationInfo,
    pub session: Session,
    pub stage: Stage,
    /// The newest update, kept until the next one: a round that is reopened may ask for it again.
    pub update: Option<OutgoingUpdate>,
    pub update_writer: UpdateWriter,
    /// The newest update in whole numbers, where updates are masked: another attempt masks the same one anew.
    pub whole: WholeUpdate,
    /// Of the embedding table that the newest round began with, for the leak test.
    pub row_norms: Vec<f32>,
    pub examples: Vec<Example>,
    pub held_out: Vec<Example>,
    /// Rounds that it has sent an update in.
    pub rounds: u32,
    /// Versions in a row that the server no longer had.
    pub missing_versions: u32,
    pub scores: Option<Scores>,
}

/// Whether the server's state that a step began with may still be acted on.
#[derive(PartialEq)]
pub(super) enum Freshness {
    Current,
    Outdated,
}

impl Site {
    /// A site with the model in hand where it fits, else with a new one.
    pub async fn new(input: SiteInput<'_>, observer: &mut impl Observer) -> Result<Self, ParticipantError> {
        let SiteInput { session, device, corpus, seed, masked_only, entry } = input;
        let FederationEntry { info, was_enrolled } = entry;
        if masked_only {
            check_masked(&info)?;
        }
        check_floors(&info, corpus.training_counts().size.sentences)?;
        corpus.is_read_for(&info.model).map_err(TrainError::from)?;
        let models = SiteModels::entering(session, &info.id, corpus, observer).await?;
        let mut session = match session.and_then(|session| fitting(session, &info, observer.model_choice())) {
            Some(fitting) => fitting.with_labels(corpus.labels(), observer).await?,
            None => {
                if session.is_some() {
                    let reason =
                        "this federation uses a model of another size, so a new model is trained for it; your \
                                  own is kept"
                            .to_owned();
                    observer.event(Event::Replaced { reason });
                }
                Session::new(&info.model, corpus.labels(), seed, device)
            }
        };
        session.models = models;
        session.publish(observer);
        observer.event(Event::Models { report: session.models_report() });
        if !was_enrolled || session.state.federation.as_ref() != Some(&info.id) {
            session.state.federation = Some(info.id.clone());
            session.state.version = 0;
            session.state.finish_passes = 0;
            // Not that of an earlier training alone, which may follow from the workspace's name.
            session.state.seed = seed;
        }
        session.state.trained_on = Some(corpus.training_counts());
        Ok(Self {
            // Nothing of an earlier run is relied on: its shared module may be from the middle of a round, and the server
            // may have been restored from a backup. If a round already has this site's update, the server says so.
            stage: Stage { base: None, sent: None },
            update: None,
            update_writer: UpdateWriter::default(),
            whole: WholeUpdate::default(),
            row_norms: Vec::new(),
            examples: corpus.training(&info.model),
            held_out: corpus.held_out(&info.model),
            info,
            session,
            rounds: 0,
            missing_versions: 0,
            scores: None,
        })
    }

    /// Takes part until the federation is finished; then trains the baseline, where one is wanted.
    pub async fn run<T: Transport, E: Entropy, M: Masking>(
        &mut self,
        transport: &mut RetryingTransport<'_, T, E, M>,
        baseline: Option<BaselineInput<'_>>,
        observer: &mut impl Observer,
    ) -> Result<Outcome, ParticipantError> {
        // While its event stream is open, the server knows that this site is there.
        let mut state = transport.next_state(&self.info.id, observer).await?;
        loop {
            if observer.is_cancelled() {
                return Err(TransportError::Cancelled.into());
            }
            let freshness = match self.stage.decide(&state) {
                Action::Fetch(base) if self.is_finishing(base.version, &state) => {
                    self.stage.base = Some(base);
                    Freshness::Current
                }
                Action::Fetch(base) => self.adopt_version(base, &state, transport, observer).await?,
                Action::Train(round) => self.train_and_send(round, &state, transport, observer).await?,
                Action::SendAgain(round) if self.is_masked::<M>() => {
                    self.send_masked(round, &state, transport, observer).await?
                }
                Action::SendAgain(round) => self.send(round, transport, observer).await?,
                Action::Finish => return self.finish(&state, baseline, observer).await,
                Action::WaitForMerge => {
                    observer.event(self.progress(RoundPhase::WaitingForMerge, &state));
                    if self.is_masked::<M>() {
                        self.unmask(transport, observer).await?;
                    }
                    state = transport.next_state(&self.info.id, observer).await?;
                    Freshness::Current
                }
                Action::WaitForResume => {
                    observer.event(self.progress(RoundPhase::Paused, &state));
                    state = transport.next_state(&self.info.id, observer).await?;
                    Freshness::Current
                }
                Action::WaitForSites => {
                    observer.event(self.progress(RoundPhase::Waiting, &state));
                    state = transport.next_state(&self.info.id, observer).await?;
                    Freshness::Current
                }
            };
            if freshness == Freshness::Outdated {
                // What the stream still holds is older than the refusal; a new one begins with the newest state.
                transport.inner.disconnect();
                state = transport.next_state(&self.info.id, observer).await?;
            }
        }
    }

    /// Whether this site has already trained alone from the last version: it then keeps its model instead of fetching the
    /// same version again.
    fn is_finishing(&self, version: u32, state: &FederationState) -> bool {
        let own = &self.session.state;
        state.phase == Phase::Finished && own.version == version && own.finish_passes > 0
    }

    /// Takes the passes alone after the last round, and compares what came of it with the baseline.
    async fn finish(
        &mut self,
        state: &FederationState,
        baseline: Option<BaselineInput<'_>>,
        observer: &mut impl Observer,
    ) -> Result<Outcome, ParticipantError> {
        let schedule = FederatedSchedule::new(&self.info.rounds, &self.info.training, &self.examples);
        if self.session.state.finish_passes < schedule.finish_passes() {
            observer.event(self.progress(RoundPhase::Finishing, state));
        }
        let FinishOutcome::Done(scores) = self.session.finish(&schedule, &self.held_out, observer).await? else {
            return Err(TransportError::Cancelled.into());
        };
        if let Some(input) = baseline.filter(|_| self.lacks_baseline()) {
            observer.event(self.progress(RoundPhase::Comparing, state));
            self.train_baseline(input, observer).await?;
        }
        self.offer_interpolation(observer).await?;
        self.session.publish(observer);
        observer.event(Event::Models { report: self.session.models_report() });
        self.session.report_checkpoint(observer).await?;
        observer.event(self.progress(RoundPhase::Finished, state));
        Ok(Outcome {
            rounds: self.rounds,
            version: self.session.state.version,
            finished: true,
            cancelled: false,
            scores: scores.or(self.scores.take()),
        })
    }

    /// The event that says what the site is doing now.
    pub fn progress(&self, phase: RoundPhase, state: &FederationState) -> Event {
        let (round, received, deadline_in_ms) = match state.phase {
            // These two phases are about the version that is here now, not about the next round.
            _ if matches!(phase, RoundPhase::Downloading | RoundPhase::Merged) => (state.version, 0, 0),
            Phase::Open { round, received, deadline_in_ms, .. } => (round, received, deadline_in_ms),
            Phase::Waiting { .. } | Phase::Paused => (state.version + 1, 0, 0),
            Phase::Finished => (state.version, 0, 0),
        };
        let version = self.stage.base.as_ref().map_or(0, |base| base.version);
        let (present, rounds, min_sites) = (state.present, self.info.rounds.rounds, self.info.rounds.min_sites);
        Event::Round(RoundProgress { phase, round, version, present, rounds, min_sites, received, deadline_in_ms })
    }
}

/// What the site trains on from, if its specification is the federation's: where it was in this federation, else the model
/// in use.
fn fitting<'s>(session: &'s Session, info: &FederationInfo, choice: Choice) -> Option<Cow<'s, Session>> {
    let fits = |session: &Session| session.model.layout().spec() == &info.model;
    if session.state.federation.as_ref() != Some(&info.id) {
        let in_use = session.in_use(choice);
        if fits(&in_use) {
            return Some(in_use);
        }
    }
    fits(session).then_some(Cow::Borrowed(session))
}

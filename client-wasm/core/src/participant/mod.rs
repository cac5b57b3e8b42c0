//! A site's part in a federation: fetch the global shared module, train locally, post the shared
//! module's update, wait for the merge, take the new shared module in. The private module stays.

mod exchange;
mod outgoing;
mod stage;
mod transport;

pub use stage::{Action, Sent, Stage};
pub use transport::{Entropy, OutgoingUpdate, Transport, TransportError};

use fedner_protocol::{
    FederationId, FederationInfo, FederationState, Identity, Phase, Problem, ProblemCode, UpdateHeader, decode_model,
};
use serde::Serialize;

use crate::{
    batch::Example,
    corpus::Corpus,
    model::DeviceError,
    observer::{Event, Observer, Participation, RoundPhase, RoundProgress, When},
    scores::Scores,
    training::{Course, Finish, Session, TrainError},
};
use exchange::Exchange;
use outgoing::Writer;

/// Why a participation ended before the federation did. The session keeps what it has learned.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ParticipantError {
    /// The server refused, can't be reached, or can't be understood.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// Training failed.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The server sent something that does not fit its own manifest, or broke the protocol.
    #[error("the server sent something wrong: {0}")]
    Server(String),
}

impl From<DeviceError> for ParticipantError {
    fn from(error: DeviceError) -> Self {
        Self::Train(error.into())
    }
}

/// What a participation did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// Rounds this site sent an update in.
    pub rounds: u32,
    /// Version of the shared module it has now.
    pub version: u32,
    /// Whether the federation is finished.
    pub finished: bool,
    /// Whether the person stopped it.
    pub cancelled: bool,
    /// Scores on the held-out notes, if there are any.
    pub scores: Option<Scores>,
}

/// Versions in a row that may be gone when they are asked for.
const MODELS_MISSED_MAX: u32 = 3;

/// What a participation needs to know.
#[derive(Clone)]
pub struct Invitation {
    /// The federation.
    pub federation: FederationId,
    /// The invitation's secret, where one is needed.
    pub secret: Option<String>,
    /// The site's identity key, with its proof for this federation and secret.
    pub identity: Option<Identity>,
    /// An earlier enrolment, if there is one.
    pub participation: Option<Participation>,
    /// Seed of a new model's private module, of batches and dropout.
    pub seed: u64,
}

/// Enrols without taking part: an invitation can be accepted before there are notes.
///
/// # Errors
/// When the server refused or stayed away for too long.
pub async fn enrol<T: Transport, E: Entropy, O: Observer>(
    invitation: &Invitation,
    (transport, entropy, observer): (&mut T, &mut E, &mut O),
) -> Result<Participation, ParticipantError> {
    Exchange { transport, entropy }.enrol(invitation, observer).await
}

/// Takes part until the federation is finished or the person stops it.
///
/// `session` is trained further where its model fits the federation's specification and the corpus'
/// labels; otherwise a new one is made. It is `Some` after the first answer of the server, whatever
/// happens later.
///
/// # Errors
/// When the server refused or stayed away for too long, or training failed.
pub async fn participate<T: Transport, E: Entropy, O: Observer>(
    session: &mut Option<Session>,
    device: &burn::tensor::Device,
    corpus: &Corpus,
    invitation: Invitation,
    (transport, entropy, observer): (&mut T, &mut E, &mut O),
) -> Result<Outcome, ParticipantError> {
    let mut exchange = Exchange { transport, entropy };
    let before = session.as_ref().map(|s| s.standing.rounds).unwrap_or_default();
    let result = async {
        let (info, known) = exchange.enter(&invitation, observer).await?;
        let mut site = Site::new(session.as_ref(), device, corpus, &invitation, info, known, observer).await?;
        let result = site.run(&mut exchange, observer).await;
        *session = Some(site.session);
        result
    }
    .await;
    // The server learns at once that it need not wait for this site; if not, its stream has ended anyway.
    let _ = exchange.transport.leave(&invitation.federation).await;
    match result {
        Err(ParticipantError::Transport(TransportError::Cancelled)) => {
            let standing = session.as_ref().map(|s| s.standing.clone()).unwrap_or_default();
            let rounds = standing.rounds.saturating_sub(before);
            Ok(Outcome { rounds, version: standing.version, finished: false, cancelled: true, scores: None })
        }
        other => other,
    }
}

/// One site in one federation.
struct Site {
    info: FederationInfo,
    session: Session,
    stage: Stage,
    /// The newest update, kept until the next: a round that is opened anew may ask for it again.
    update: Option<OutgoingUpdate>,
    writer: Writer,
    examples: Vec<Example>,
    held_out: Vec<Example>,
    rounds: u32,
    models_missed: u32,
    scores: Option<Scores>,
}

/// Whether the state that a step began with may still be acted on.
#[derive(PartialEq)]
enum Seen {
    Newest,
    Outdated,
}

impl Site {
    async fn new(
        session: Option<&Session>,
        device: &burn::tensor::Device,
        corpus: &Corpus,
        invitation: &Invitation,
        info: FederationInfo,
        known: bool,
        observer: &mut impl Observer,
    ) -> Result<Self, ParticipantError> {
        let mut session = match session {
            Some(session) if session.model.layout().spec() == &info.model => {
                session.with_labels(corpus.labels(), observer).await?
            }
            other => {
                if other.is_some() {
                    let reason = "this federation uses a model of another size, so a new model is trained".to_owned();
                    observer.event(Event::Replaced { reason });
                }
                Session::new(&info.model, corpus.labels(), invitation.seed, device)
            }
        };
        if !known || session.standing.federation.as_ref() != Some(&info.id) {
            session.standing.federation = Some(info.id.clone());
            session.standing.version = 0;
            session.standing.finish_passes = 0;
        }
        session.standing.trained_on = Some(corpus.training_counts());
        Ok(Self {
            // Nothing of an earlier run is relied on: the shared module may be half-way through a round, and the
            // server may have been set back. A round that has this site's update already says so.
            stage: Stage { version: None, sent: None },
            update: None,
            writer: Writer::default(),
            examples: corpus.training(&info.model),
            held_out: corpus.held_out(&info.model),
            info,
            session,
            rounds: 0,
            models_missed: 0,
            scores: None,
        })
    }

    async fn run<T: Transport, E: Entropy>(
        &mut self,
        exchange: &mut Exchange<'_, T, E>,
        observer: &mut impl Observer,
    ) -> Result<Outcome, ParticipantError> {
        // While its event stream is open, the server knows that this site is there.
        let mut state = exchange.next_state(&self.info.id, observer).await?;
        loop {
            if observer.is_cancelled() {
                return Err(TransportError::Cancelled.into());
            }
            let seen = match self.stage.decide(&state) {
                Action::Fetch(version) if self.is_finishing(version, &state) => {
                    self.stage.version = Some(version);
                    Seen::Newest
                }
                Action::Fetch(version) => self.take_in(version, &state, exchange, observer).await?,
                Action::Train(round) => self.take_part(round, &state, exchange, observer).await?,
                Action::SendAgain(round) => self.send(round, exchange, observer).await?,
                Action::Finish => return self.finish(&state, observer).await,
                Action::WaitForMerge => {
                    observer.event(self.progress(RoundPhase::WaitingForMerge, &state));
                    state = exchange.next_state(&self.info.id, observer).await?;
                    Seen::Newest
                }
                Action::WaitForResume => {
                    observer.event(self.progress(RoundPhase::Paused, &state));
                    state = exchange.next_state(&self.info.id, observer).await?;
                    Seen::Newest
                }
                Action::WaitForSites => {
                    observer.event(self.progress(RoundPhase::Waiting, &state));
                    state = exchange.next_state(&self.info.id, observer).await?;
                    Seen::Newest
                }
            };
            if seen == Seen::Outdated {
                // What the stream still holds is older than the refusal; a new one begins with the newest state.
                exchange.transport.disconnect();
                state = exchange.next_state(&self.info.id, observer).await?;
            }
        }
    }

    /// Whether this site has already trained on from the last version alone: what it learnt then is not given up for
    /// the same version once more.
    fn is_finishing(&self, version: u32, state: &FederationState) -> bool {
        let standing = &self.session.standing;
        state.phase == Phase::Finished && standing.version == version && standing.finish_passes > 0
    }

    /// Fetches a version of the global shared module and takes it in.
    async fn take_in<T: Transport, E: Entropy>(
        &mut self,
        version: u32,
        state: &FederationState,
        exchange: &mut Exchange<'_, T, E>,
        observer: &mut impl Observer,
    ) -> Result<Seen, ParticipantError> {
        observer.event(self.progress(RoundPhase::Downloading, state));
        let bytes = match exchange.model(&self.info.id, version, observer).await {
            Err(ParticipantError::Transport(TransportError::Refused(problem)))
                if problem.code == ProblemCode::NotFound && self.models_missed < MODELS_MISSED_MAX =>
            {
                self.models_missed += 1; // older than those the server keeps: there is a newer one
                return Ok(Seen::Outdated);
            }
            result => result?,
        };
        self.models_missed = 0;
        let wrong = |what: String| ParticipantError::Server(format!("version {version} of the shared module: {what}"));
        let (found, shared) = decode_model(&self.info.manifest, &bytes).map_err(|e| wrong(e.to_string()))?;
        if found != version {
            return Err(wrong(format!("it says it is version {found}")));
        }
        self.session.model.set_shared(shared)?;
        let merged = self.stage.version.is_some_and(|old| version > old);
        self.stage.version = Some(version);
        self.session.standing.version = version;
        self.session.standing.finish_passes = 0;
        if merged {
            observer.event(self.progress(RoundPhase::Merged, state));
        }
        let when = if self.rounds == 0 { When::Start } else { When::Round };
        self.scores = self.session.report(&self.held_out, when, 0, observer).await?.or(self.scores.take());
        self.session.save_to(observer).await?;
        Ok(Seen::Newest)
    }

    /// Trains for one round and posts the shared module's update.
    async fn take_part<T: Transport, E: Entropy>(
        &mut self,
        sent: Sent,
        state: &FederationState,
        exchange: &mut Exchange<'_, T, E>,
        observer: &mut impl Observer,
    ) -> Result<Seen, ParticipantError> {
        observer.event(self.progress(RoundPhase::Training, state));
        let round = sent.round;
        let before = self.session.model.read_shared().await?;
        let course = Course::new(&self.info.rounds, &self.info.training, &self.examples);
        if !self.session.train_round(&course, round, observer).await? {
            // Stopped half-way: back to the round's beginning, so that its update can be made whole later.
            self.session.model.set_shared(before)?;
            self.session.save_to(observer).await?;
            return Err(TransportError::Cancelled.into());
        }
        let after = self.session.model.read_shared().await?;
        let update: Vec<f32> = before.iter().zip(&after).map(|(b, a)| b - a).collect();
        let header = UpdateHeader {
            federation: self.info.id.clone(),
            round,
            base_version: round - 1,
            samples: u32::try_from(self.examples.len()).unwrap_or(u32::MAX),
            manifest: self.info.manifest.digest.clone(),
        };
        let (codec, seed) = (self.info.training.update_codec, self.session.standing.seed);
        let bytes = self.writer.write(codec, &self.info.manifest, &header, update, seed);
        let bytes = bytes.map_err(|e| DeviceError(format!("the update can't be written: {e}")))?;
        self.update = Some(exchange.update(&header, bytes));
        self.session.save_to(observer).await?;
        observer.event(self.progress(RoundPhase::Uploading, state));
        self.send(sent, exchange, observer).await
    }

    /// Posts the update of a round; the same one, with the same id, however often it is asked for.
    async fn send<T: Transport, E: Entropy>(
        &mut self,
        sent: Sent,
        exchange: &mut Exchange<'_, T, E>,
        observer: &mut impl Observer,
    ) -> Result<Seen, ParticipantError> {
        let Some(update) = self.update.as_ref().filter(|update| update.round == sent.round) else {
            self.stage.sent = Some(sent); // the server had it from an earlier run of this site
            return Ok(Seen::Newest);
        };
        match exchange.send(update, observer).await {
            Ok(()) => {
                if self.stage.sent.is_none_or(|earlier| earlier.round != sent.round) {
                    self.rounds += 1;
                    self.session.standing.rounds += 1;
                }
                self.stage.sent = Some(sent);
                Ok(Seen::Newest)
            }
            Err(ParticipantError::Transport(TransportError::Refused(problem))) => self.refused(sent, problem, observer),
            Err(error) => Err(error),
        }
    }

    /// The server did not take the update. Where the federation has merely moved on, so does the site.
    fn refused(
        &mut self,
        sent: Sent,
        problem: Problem,
        observer: &mut impl Observer,
    ) -> Result<Seen, ParticipantError> {
        let round = sent.round;
        let (message, seen) = match problem.code {
            ProblemCode::UpdateConflict => {
                self.update = None;
                (format!("an earlier update of this site already counts in round {round}"), Seen::Newest)
            }
            ProblemCode::RoundOver => {
                let message = format!("round {round} was closed before this site's update arrived; going on");
                (message, Seen::Outdated)
            }
            ProblemCode::TooEarly => {
                // It will be open again; then training starts once more from the global shared module.
                self.stage.version = None;
                let message = format!("round {round} was interrupted; waiting until it is open again");
                observer.event(Event::Notice { message });
                return Ok(Seen::Outdated);
            }
            _ => return Err(TransportError::Refused(problem).into()),
        };
        observer.event(Event::Notice { message });
        self.stage.sent = Some(sent);
        Ok(seen)
    }

    async fn finish(
        &mut self,
        state: &FederationState,
        observer: &mut impl Observer,
    ) -> Result<Outcome, ParticipantError> {
        if self.session.standing.finish_passes < self.info.training.finish_passes {
            observer.event(self.progress(RoundPhase::Finishing, state));
        }
        let course = Course::new(&self.info.rounds, &self.info.training, &self.examples);
        let Finish::Done(scores) = self.session.finish(&course, &self.held_out, observer).await? else {
            return Err(TransportError::Cancelled.into());
        };
        observer.event(self.progress(RoundPhase::Finished, state));
        Ok(Outcome {
            rounds: self.rounds,
            version: self.session.standing.version,
            finished: true,
            cancelled: false,
            scores: scores.or(self.scores.take()),
        })
    }

    fn progress(&self, phase: RoundPhase, state: &FederationState) -> Event {
        let (round, received, deadline_in_ms) = match state.phase {
            // These two tell of the version that is here now, not of the round that follows.
            _ if matches!(phase, RoundPhase::Downloading | RoundPhase::Merged) => (state.version, 0, 0),
            Phase::Open { round, received, deadline_in_ms, .. } => (round, received, deadline_in_ms),
            Phase::Waiting { .. } | Phase::Paused => (state.version + 1, 0, 0),
            Phase::Finished => (state.version, 0, 0),
        };
        let version = self.stage.version.unwrap_or(0);
        let (present, min_sites) = (state.present, self.info.rounds.min_sites);
        Event::Round(RoundProgress { phase, round, version, present, min_sites, received, deadline_in_ms })
    }
}

#[cfg(test)]
mod tests;

//! A site's part in a federation: fetch the global shared module, train locally, post the shared
//! module's update, wait for the merge, take the new shared module in. The private module stays.

mod exchange;
mod stage;
mod transport;

pub use stage::{Action, Stage};
pub use transport::{Entropy, OutgoingUpdate, Transport, TransportError};

use fedner_protocol::{
    FederationId, FederationInfo, FederationState, Phase, Problem, ProblemCode, UpdateHeader, decode_model,
};
use serde::Serialize;

use crate::{
    batch::Example,
    corpus::Corpus,
    model::DeviceError,
    observer::{Event, Observer, Participation, RoundPhase, RoundProgress, When},
    scores::Scores,
    training::{Plan, Session, TrainError},
};
use exchange::Exchange;

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

/// What a participation needs to know.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// The federation.
    pub federation: FederationId,
    /// The invitation's secret, where one is needed.
    pub secret: Option<String>,
    /// An earlier enrolment, if there is one.
    pub participation: Option<Participation>,
    /// Seed of a new model's private module, of batches and dropout.
    pub seed: u64,
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
        let mut site = Site::new(session, device, corpus, &invitation, info, known, observer).await?;
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
    examples: Vec<Example>,
    held_out: Vec<Example>,
    rounds: u32,
    scores: Option<Scores>,
}

impl Site {
    async fn new(
        session: &mut Option<Session>,
        device: &burn::tensor::Device,
        corpus: &Corpus,
        invitation: &Invitation,
        info: FederationInfo,
        known: bool,
        observer: &mut impl Observer,
    ) -> Result<Self, ParticipantError> {
        let fits = |s: &Session| s.model.layout().spec() == &info.model;
        let mut session = match session.take() {
            Some(s) if fits(&s) => s.with_labels(corpus.labels()).await?,
            other => {
                if other.is_some() {
                    let message = "this federation uses a model of another size, so a new model is trained".to_owned();
                    observer.event(Event::Notice { message });
                }
                Session::new(&info.model, corpus.labels(), invitation.seed, device)
            }
        };
        let same = known && session.standing.federation.as_ref() == Some(&info.id);
        if !same {
            session.standing.federation = Some(info.id.clone());
            session.standing.version = 0;
            session.standing.last_sent = 0;
        }
        Ok(Self {
            // The shared module may be half-way through a round, so the newest version is always fetched.
            stage: Stage { version: None, last_sent: session.standing.last_sent },
            examples: corpus.training(&info.model),
            held_out: corpus.held_out(&info.model),
            info,
            session,
            rounds: 0,
            scores: None,
        })
    }

    async fn run<T: Transport, E: Entropy>(
        &mut self,
        exchange: &mut Exchange<'_, T, E>,
        observer: &mut impl Observer,
    ) -> Result<Outcome, ParticipantError> {
        let mut state = self.info.state.clone();
        loop {
            if observer.is_cancelled() {
                return Err(TransportError::Cancelled.into());
            }
            match self.stage.decide(&state) {
                Action::Fetch(version) => self.take_in(version, &state, exchange, observer).await?,
                Action::Train(round) => {
                    self.take_part(round, &state, exchange, observer).await?;
                    if self.stage.version.is_none() {
                        state = exchange.next_state(&self.info.id, observer).await?;
                    }
                }
                Action::Finish => return self.finish(&state, observer).await,
                action => {
                    let phase =
                        if action == Action::WaitForMerge { RoundPhase::WaitingForMerge } else { RoundPhase::Waiting };
                    observer.event(self.progress(phase, &state));
                    state = exchange.next_state(&self.info.id, observer).await?;
                }
            }
        }
    }

    /// Fetches a version of the global shared module and takes it in.
    async fn take_in<T: Transport, E: Entropy>(
        &mut self,
        version: u32,
        state: &FederationState,
        exchange: &mut Exchange<'_, T, E>,
        observer: &mut impl Observer,
    ) -> Result<(), ParticipantError> {
        observer.event(self.progress(RoundPhase::Downloading, state));
        let bytes = exchange.model(&self.info.id, version, observer).await?;
        let wrong = |what: String| ParticipantError::Server(format!("version {version} of the shared module: {what}"));
        let (found, shared) = decode_model(&self.info.manifest, &bytes).map_err(|e| wrong(e.to_string()))?;
        if found != version {
            return Err(wrong(format!("it says it is version {found}")));
        }
        self.session.model.set_shared(shared)?;
        let merged = self.stage.version.is_some_and(|old| version > old);
        self.stage.version = Some(version);
        // A server that was set back to an earlier version takes those rounds again.
        self.stage.last_sent = self.stage.last_sent.min(version + 1);
        if self.stage.last_sent > version && !matches!(state.phase, Phase::Open { round, .. } if round > version) {
            self.stage.last_sent = version;
        }
        self.session.standing.version = version;
        self.session.standing.last_sent = self.stage.last_sent;
        self.session.save_to(observer).await?;
        if merged {
            observer.event(self.progress(RoundPhase::Merged, state));
        }
        let when = if self.rounds == 0 { When::Start } else { When::Round };
        self.scores = self.session.report(&self.held_out, when, 0, observer).await?.or(self.scores.take());
        Ok(())
    }

    /// Trains for one round and posts the shared module's update.
    async fn take_part<T: Transport, E: Entropy>(
        &mut self,
        round: u32,
        state: &FederationState,
        exchange: &mut Exchange<'_, T, E>,
        observer: &mut impl Observer,
    ) -> Result<(), ParticipantError> {
        observer.event(self.progress(RoundPhase::Training, state));
        let before = self.session.model.read_shared().await?;
        let local_steps = u64::from(self.info.rounds.local_steps);
        let info = self.info.clone();
        let plan = Plan {
            policy: &info.training,
            examples: &self.examples,
            first: u64::from(round - 1) * local_steps,
            steps: local_steps,
            horizon: u64::from(info.rounds.rounds) * local_steps,
            round,
        };
        if self.session.run(&plan, observer).await? < local_steps {
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
        observer.event(self.progress(RoundPhase::Uploading, state));
        let sent = exchange.send(&self.info.manifest, &header, &update, observer).await;
        match sent {
            Ok(()) => self.rounds += 1,
            Err(ParticipantError::Transport(TransportError::Refused(problem))) => {
                return self.refused(round, problem, exchange.transport, observer);
            }
            Err(error) => return Err(error),
        }
        self.sent(round);
        self.session.standing.rounds += 1;
        self.session.save_to(observer).await?;
        Ok(())
    }

    /// The server did not take the update. Where the federation has merely moved on, so does the site.
    fn refused(
        &mut self,
        round: u32,
        problem: Problem,
        transport: &mut impl Transport,
        observer: &mut impl Observer,
    ) -> Result<(), ParticipantError> {
        let message = match problem.code {
            ProblemCode::UpdateConflict => {
                self.sent(round);
                format!("an earlier update of this site already counts in round {round}")
            }
            ProblemCode::RoundOver => {
                self.sent(round);
                format!("round {round} was closed before this site's update arrived; going on with the next")
            }
            ProblemCode::TooEarly => {
                // It will be open again; then training starts once more from the global shared module. What
                // the stream still holds is older than this refusal.
                self.stage.version = None;
                transport.disconnect();
                format!("round {round} was interrupted; waiting until it is open again")
            }
            _ => return Err(TransportError::Refused(problem).into()),
        };
        observer.event(Event::Notice { message });
        Ok(())
    }

    /// Nothing more is to be sent in this round.
    fn sent(&mut self, round: u32) {
        self.stage.last_sent = round;
        self.session.standing.last_sent = round;
    }

    async fn finish(
        &mut self,
        state: &FederationState,
        observer: &mut impl Observer,
    ) -> Result<Outcome, ParticipantError> {
        observer.event(self.progress(RoundPhase::Finished, state));
        let scores = self.session.report(&self.held_out, When::End, 0, observer).await?;
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
            Phase::Waiting { .. } => (state.version + 1, 0, 0),
            Phase::Finished => (state.version, 0, 0),
        };
        let version = self.stage.version.unwrap_or(0);
        let (present, min_sites) = (state.present, self.info.rounds.min_sites);
        Event::Round(RoundProgress { phase, round, version, present, min_sites, received, deadline_in_ms })
    }
}

#[cfg(test)]
mod tests;

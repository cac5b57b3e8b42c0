//! Requests that are repeated until they are answered, within limits.

use fedner_protocol::{
    EnrolRequest, FederationEvent, FederationId, FederationInfo, FederationState, Happened, Manifest, Phase,
    ProblemCode, UpdateHeader, UpdateId, tensor_names,
};

use super::{
    Base, Entropy, Invitation, Masking, OutgoingUpdate, ParticipantError, Protection, Transport, TransportError,
};
use crate::{
    enrolment::{Enrolment, EnrolmentStore},
    observer::{Event, Observer, RoundPhase, RoundProgress},
};

/// Why a host without masks stays away.
const NO_MASKING: &str = "its updates are masked by secure aggregation, which this page can't do yet. Take part with the \
    native participant, or ask the operator for a federation without it";
/// Attempts of one request before giving up; with the pauses below this is about ten minutes.
const ATTEMPTS_MAX: u32 = 24;
/// Pause before the second attempt; it doubles from there.
const PAUSE_MS_FIRST: u32 = 500;
/// Longest pause between two attempts that is chosen here.
const PAUSE_MS_MAX: u32 = 30_000;
/// Longest pause that the server can ask for.
const RETRY_AFTER_MS_MAX: u32 = 300_000;

/// A transport that repeats requests which had no answer.
pub(super) struct RetryingTransport<'a, T, E, M> {
    pub inner: &'a mut T,
    pub entropy: &'a mut E,
    pub masking: &'a mut M,
}

/// A federation that a site may take part in.
pub(super) struct FederationEntry {
    /// The federation, checked.
    pub info: FederationInfo,
    /// Whether the site was enrolled in it before.
    pub was_enrolled: bool,
}

/// Repeats a request, an expression of type `Result<_, TransportError>`, while its error is transient.
macro_rules! retry {
    ($self:ident, $observer:ident, $request:expr) => {{
        let mut attempt = 1;
        loop {
            match $request.await {
                Err(error) if attempt < ATTEMPTS_MAX && is_transient(&error) => {
                    $self.wait(attempt, &error, $observer).await?;
                    attempt += 1;
                }
                result => break result,
            }
        }
    }};
}

impl<T: Transport, E: Entropy, M: Masking> RetryingTransport<'_, T, E, M> {
    /// Enrols where needed and fetches the federation.
    pub async fn enter(
        &mut self,
        invitation: &Invitation,
        enrolments: &mut impl EnrolmentStore,
        observer: &mut impl Observer,
    ) -> Result<FederationEntry, ParticipantError> {
        let server = self.inner.server().to_owned();
        let matches = |earlier: &&Enrolment| earlier.server == server && earlier.federation == invitation.federation;
        if let Some(enrolment) = invitation.enrolment.as_ref().filter(matches) {
            self.inner.set_credential(&enrolment.credential);
            match self.federation(&invitation.federation, observer).await {
                Err(ParticipantError::Transport(TransportError::Refused(p))) if p.code == ProblemCode::NotEnrolled => {
                    let message = "the server does not know this site any more; joining anew".to_owned();
                    observer.event(Event::Notice { message });
                }
                result => return result.map(|info| FederationEntry { info, was_enrolled: true }),
            }
        }
        self.enrol(invitation, enrolments, observer).await?;
        let info = self.federation(&invitation.federation, observer).await?;
        Ok(FederationEntry { info, was_enrolled: false })
    }

    /// Enrols a new site and has its enrolment kept.
    pub async fn enrol(
        &mut self,
        invitation: &Invitation,
        enrolments: &mut impl EnrolmentStore,
        observer: &mut impl Observer,
    ) -> Result<Enrolment, ParticipantError> {
        observer.event(Event::Round(RoundProgress {
            phase: RoundPhase::Enrolling,
            round: 0,
            version: 0,
            present: 0,
            rounds: 0,
            min_sites: 0,
            received: 0,
            deadline_in_ms: 0,
        }));
        let request = EnrolRequest {
            federation: invitation.federation.clone(),
            invitation: invitation.secret.clone(),
            identity: invitation.identity.clone(),
        };
        let answer = retry!(self, observer, self.inner.enrol(&request))?;
        self.inner.set_credential(&answer.credential);
        let enrolment = Enrolment {
            server: self.inner.server().to_owned(),
            federation: invitation.federation.clone(),
            site: answer.site,
            credential: answer.credential,
        };
        enrolments.keep(&enrolment);
        Ok(enrolment)
    }

    async fn federation(
        &mut self,
        id: &FederationId,
        observer: &mut impl Observer,
    ) -> Result<FederationInfo, ParticipantError> {
        let info = retry!(self, observer, self.inner.federation(id))?;
        let wrong = |what: String| ParticipantError::Server(format!("its federation {id}: {what}"));
        info.model.validate().map_err(|e| wrong(e.to_string()))?;
        info.rounds.validate().map_err(|e| wrong(e.to_string()))?;
        info.training.validate().map_err(|e| wrong(e.to_string()))?;
        if let Some(secure) = &info.secure_aggregation {
            let checked = secure.validate(info.aggregation, info.rounds.min_sites, info.rounds.quorum);
            checked.map_err(|e| wrong(e.to_string()))?;
            if !M::SUPPORTED {
                return Err(ParticipantError::Policy(NO_MASKING.to_owned()));
            }
        }
        if info.manifest != Manifest::of(&info.model) {
            return Err(wrong("the manifest does not follow from the model specification".to_owned()));
        }
        Ok(info)
    }

    /// Fetches a version of the global shared module.
    pub async fn model(
        &mut self,
        id: &FederationId,
        base: &Base,
        observer: &mut impl Observer,
    ) -> Result<Vec<u8>, ParticipantError> {
        Ok(retry!(self, observer, self.inner.model(id, base))?)
    }

    /// Waits for the next event; reports what a person should know of it.
    pub async fn next_state(
        &mut self,
        id: &FederationId,
        observer: &mut impl Observer,
    ) -> Result<FederationState, ParticipantError> {
        let FederationEvent { happened, state } = retry!(self, observer, self.inner.next_event(id))?;
        if let Happened::RoundFailed { round, received, quorum } = happened {
            let message =
                format!("round {round} had {received} of {quorum} updates at its deadline; it stays open for more");
            observer.event(Event::Notice { message });
        }
        if let Phase::Open { round, .. } = state.phase
            && round != state.version + 1
        {
            return Err(ParticipantError::Server(format!("round {round} open on version {}", state.version)));
        }
        Ok(state)
    }

    /// A new update with a new id.
    pub fn update(&mut self, header: &UpdateHeader, bytes: Vec<u8>, protection: Protection) -> OutgoingUpdate {
        OutgoingUpdate {
            federation: header.federation.clone(),
            round: header.round,
            id: UpdateId::from_random(self.entropy.bytes()),
            tensors: tensor_names(&bytes),
            bytes,
            protection,
        }
    }

    /// Posts an update, unchanged each time, until it is acknowledged or refused.
    pub async fn send(
        &mut self,
        update: &OutgoingUpdate,
        observer: &mut impl Observer,
    ) -> Result<(), ParticipantError> {
        let receipt = retry!(self, observer, self.inner.put_update(update))?;
        if receipt.update != update.id || receipt.round != update.round {
            return Err(ParticipantError::Server("the receipt is for another update".to_owned()));
        }
        Ok(())
    }

    async fn wait(
        &mut self,
        attempt: u32,
        error: &TransportError,
        observer: &mut impl Observer,
    ) -> Result<(), TransportError> {
        let ms = PAUSE_MS_FIRST.saturating_mul(1 << (attempt - 1).min(16)).min(PAUSE_MS_MAX);
        let ms = ms.max(error.retry_after_ms().min(RETRY_AFTER_MS_MAX));
        if attempt > 1 {
            let message = format!("{error}. Nothing is lost; trying again in {} s", ms.div_ceil(1000));
            observer.event(Event::Notice { message });
        }
        self.inner.pause(ms).await;
        if observer.is_cancelled() { Err(TransportError::Cancelled) } else { Ok(()) }
    }
}

pub(super) fn is_transient(error: &TransportError) -> bool {
    match error {
        TransportError::Lost(_) => true,
        // A round that is not open is waited for by listening, not by asking again.
        TransportError::Refused(problem) => problem.code.is_transient() && problem.code != ProblemCode::TooEarly,
        TransportError::Malformed(_) | TransportError::Cancelled => false,
    }
}

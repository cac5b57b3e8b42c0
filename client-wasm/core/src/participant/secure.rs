//! A site's part in rounds with secure aggregation. The cryptography is the host's: the page loads it only for a federation
//! that asks for it.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use fedner_protocol::{
    CodecError, FederationId, FederationState, MaskedHeader, Problem, ProblemCode, encode_masked_update,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    Entropy, ParticipantError, Protection, RoundAttempt, Transport, TransportError,
    retry::{RetryingTransport, is_transient},
    site::{Freshness, Site},
};
use crate::{
    observer::{Event, Observer, RoundPhase},
    training::TrainError,
};

/// Attempts of one request before giving up.
const ATTEMPTS_MAX: u32 = 24;
/// Pause between them, in milliseconds.
const PAUSE_MS: u32 = 2000;

/// Why a site stays out of an attempt after its tab was closed in the middle.
const MASKED_BEFORE: &str = "an update of this site was masked in this attempt before, perhaps by a tab that was closed; two \
    with the same masks would tell their difference, so the round goes on without it, or it waits for the next attempt";

/// What a site does next, given where an attempt stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecureAction {
    /// Send this message (JSON).
    Send(Vec<u8>),
    /// Wait for the others.
    Wait,
    /// Send the masked update.
    Mask,
    /// Wait for another attempt: this one goes on without this site.
    Out,
    /// The same, for a reason that a person should read.
    Refuse(String),
}

/// Masked values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedNumbers {
    /// Bits of a number.
    pub bits: u32,
    /// The numbers, packed.
    pub bytes: Vec<u8>,
    /// Sites that can be in the sum, this one among them.
    pub sites: u32,
    /// Fewest sites of a sum that is unmasked.
    pub sites_min: u32,
}

/// The cryptography of secure aggregation, with the site's state in it. Whatever a method returns, the state that it rests on
/// is stored on the device by then. Errors are in words for a person.
#[allow(async_fn_in_trait, reason = "both hosts drive these futures on one thread, so no Send bound is missed")]
pub trait Masking {
    /// Whether there is any.
    const SUPPORTED: bool;
    /// What to do next in an attempt, given where it stands (JSON).
    async fn next(&mut self, id: &FederationId, attempt: RoundAttempt, view: &[u8]) -> Result<SecureAction, String>;
    /// Masks whole numbers of `-levels ..= levels`; nothing where other numbers were masked in this attempt before, as by a
    /// tab that was closed since: two with the same masks would tell their difference.
    async fn mask(
        &mut self,
        id: &FederationId,
        view: &[u8],
        levels: u32,
        values: &[i32],
    ) -> Result<Option<PackedNumbers>, String>;
}

/// For hosts that can't mask: they stay away from federations with secure aggregation.
pub struct NoMasking;

impl Masking for NoMasking {
    const SUPPORTED: bool = false;

    async fn next(&mut self, _: &FederationId, _: RoundAttempt, _: &[u8]) -> Result<SecureAction, String> {
        Ok(SecureAction::Out)
    }

    async fn mask(&mut self, _: &FederationId, _: &[u8], _: u32, _: &[i32]) -> Result<Option<PackedNumbers>, String> {
        Err("this program can't mask".to_owned())
    }
}

/// A round's update in whole numbers, and what they leave out.
#[derive(Default)]
pub(super) struct WholeUpdate {
    round: u32,
    values: Vec<i32>,
    /// Comes with the next update (error feedback, Seide et al. 2014).
    left_out: Vec<f32>,
    /// The newest attempt that this site does not answer.
    refused: Option<RoundAttempt>,
}

impl Site {
    /// Whether updates are masked here.
    pub(super) fn is_masked<M: Masking>(&self) -> bool {
        M::SUPPORTED && self.info.secure_aggregation.is_some()
    }

    /// Rounds an update to whole numbers, up or down at random so that the mean is right.
    pub(super) fn keep_whole(&mut self, round: u32, update: Vec<f32>) -> Result<(), ParticipantError> {
        let Some(policy) = &self.info.secure_aggregation else { return Ok(()) };
        let manifest = &self.info.manifest;
        if let Some(element) = update.iter().position(|value| !value.is_finite()) {
            let name = "update".to_owned();
            return Err(CodecError::NotFinite { name, element }.into());
        }
        let mut rng = ChaCha8Rng::seed_from_u64(self.session.state.seed);
        rng.set_stream(u64::from(round));
        let whole = &mut self.whole;
        whole.left_out.resize(update.len(), 0.0);
        (whole.round, whole.values) = (round, Vec::with_capacity(update.len()));
        let levels = policy.levels() as f32;
        for ((_, range), step) in manifest.ranges().zip(policy.steps(manifest)) {
            for (value, left_out) in update[range.clone()].iter().zip(&mut whole.left_out[range]) {
                let wanted = value + *left_out;
                let level = (wanted / step + rng.random::<f32>()).floor().clamp(-levels, levels);
                *left_out = wanted - level * step;
                whole.values.push(level as i32);
            }
        }
        Ok(())
    }

    /// Masks the round's update for an attempt and posts it. Each attempt masks the same update anew.
    pub(super) async fn send_masked<T: Transport, E: Entropy, M: Masking>(
        &mut self,
        attempt: RoundAttempt,
        state: &FederationState,
        transport: &mut RetryingTransport<'_, T, E, M>,
        observer: &mut impl Observer,
    ) -> Result<Freshness, ParticipantError> {
        observer.event(self.progress(RoundPhase::Uploading, state));
        let id = self.info.id.clone();
        // Whatever comes of it, the state that this began with is old by then.
        let (Some(view), true) = (exchange(transport, &id, attempt).await?, self.whole.round == attempt.round) else {
            self.stage.sent = Some(attempt);
            return Ok(Freshness::Outdated);
        };
        let levels = self.info.secure_aggregation.as_ref().map_or(0, |policy| policy.levels());
        let masked = transport.masking.mask(&id, &view, levels, &self.whole.values).await;
        let Some(PackedNumbers { bits, bytes, sites, sites_min }) = masked.map_err(ParticipantError::Masking)? else {
            observer.event(Event::Notice { message: MASKED_BEFORE.to_owned() });
            self.stage.sent = Some(attempt);
            return Ok(Freshness::Outdated);
        };
        let header = MaskedHeader { update: self.header(attempt.round), attempt: attempt.attempt, bits };
        let protection = Protection::Masked { sites_min, sites };
        let update = transport.update(&header.update, encode_masked_update(&header, &bytes)?, protection);
        match transport.send(&update, observer).await {
            Ok(()) => {
                self.report_sent(&update, observer);
                self.acknowledged(attempt);
            }
            Err(ParticipantError::Transport(TransportError::Refused(problem))) => {
                self.refused(attempt, problem, observer)?;
            }
            Err(error) => return Err(error),
        }
        Ok(Freshness::Outdated)
    }

    /// Answers what the round of the sent update asks for.
    pub(super) async fn unmask<T: Transport, E: Entropy, M: Masking>(
        &mut self,
        transport: &mut RetryingTransport<'_, T, E, M>,
        observer: &mut impl Observer,
    ) -> Result<(), ParticipantError> {
        let Some(attempt) = self.stage.sent else { return Ok(()) };
        let id = self.info.id.clone();
        match next(transport, &id, attempt).await? {
            Some((_, SecureAction::Send(message))) => send(transport, &id, attempt, &message).await?,
            Some((_, SecureAction::Refuse(message))) if self.whole.refused != Some(attempt) => {
                self.whole.refused = Some(attempt);
                observer.event(Event::Notice { message });
            }
            _ => {}
        }
        Ok(())
    }
}

/// Sends keys and shares until masked updates are taken; returns where the attempt stands then, or nothing when it goes on
/// without this site.
pub(super) async fn exchange<T: Transport, E: Entropy, M: Masking>(
    transport: &mut RetryingTransport<'_, T, E, M>,
    id: &FederationId,
    attempt: RoundAttempt,
) -> Result<Option<Vec<u8>>, ParticipantError> {
    loop {
        match next(transport, id, attempt).await? {
            None | Some((_, SecureAction::Out | SecureAction::Refuse(_))) => return Ok(None),
            Some((view, SecureAction::Mask)) => return Ok(Some(view)),
            Some((_, SecureAction::Send(message))) => send(transport, id, attempt, &message).await?,
            Some((view, SecureAction::Wait)) => {
                // What has sent its masked update already needs nothing more here.
                if is_masked(&view) {
                    return Ok(None);
                }
                match transport.inner.next_event(id).await {
                    Err(error) if is_transient(&error) => transport.inner.pause(PAUSE_MS).await,
                    event => drop(event?),
                }
            }
        }
    }
}

/// Whether the attempt has come to masked updates, or further.
fn is_masked(view: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Step {
        step: String,
    }
    serde_json::from_slice::<Step>(view).is_ok_and(|view| matches!(view.step.as_str(), "masked" | "unmask"))
}

/// Where the attempt stands, and what to do; nothing when there is none.
async fn next<T: Transport, E: Entropy, M: Masking>(
    transport: &mut RetryingTransport<'_, T, E, M>,
    id: &FederationId,
    attempt: RoundAttempt,
) -> Result<Option<(Vec<u8>, SecureAction)>, ParticipantError> {
    let view = until_over(transport.inner, async |inner| inner.secure_view(id, attempt.round).await).await?;
    let Some(view) = view else { return Ok(None) };
    let action = transport.masking.next(id, attempt, &view).await.map_err(ParticipantError::Masking)?;
    Ok(Some((view, action)))
}

/// Sends a message until it is taken, or is not asked for any more.
async fn send<T: Transport, E: Entropy, M: Masking>(
    transport: &mut RetryingTransport<'_, T, E, M>,
    id: &FederationId,
    attempt: RoundAttempt,
    message: &[u8],
) -> Result<(), ParticipantError> {
    until_over(transport.inner, async |inner| inner.send_secure(id, attempt, message).await).await.map(drop)
}

/// Repeats a request while its error is transient; nothing when the attempt is over.
async fn until_over<T: Transport, V>(
    transport: &mut T,
    request: impl AsyncFn(&mut T) -> Result<V, TransportError>,
) -> Result<Option<V>, ParticipantError> {
    for _ in 0..ATTEMPTS_MAX {
        match request(transport).await {
            Ok(answer) => return Ok(Some(answer)),
            Err(TransportError::Refused(problem)) if is_over(&problem) => return Ok(None),
            Err(error) if is_transient(&error) => transport.pause(PAUSE_MS).await,
            Err(error) => return Err(error.into()),
        }
    }
    Err(TransportError::Lost("secure aggregation could not go on".to_owned()).into())
}

fn is_over(problem: &Problem) -> bool {
    matches!(problem.code, ProblemCode::RoundOver | ProblemCode::TooEarly)
}

/// Trains while messages travel; ends at once when training was cancelled.
pub(super) async fn beside<V>(
    training: impl Future<Output = Result<bool, TrainError>>,
    exchange: impl Future<Output = Result<V, ParticipantError>>,
) -> Result<bool, ParticipantError> {
    let (mut training, mut exchange) = (pin!(training), pin!(exchange));
    let (mut trained, mut exchanged) = (None, None);
    poll_fn(|context| {
        if exchanged.is_none()
            && let Poll::Ready(done) = exchange.as_mut().poll(context)
        {
            exchanged = Some(done.map(drop));
        }
        if trained.is_none()
            && let Poll::Ready(done) = training.as_mut().poll(context)
        {
            trained = Some(done);
        }
        match (&trained, &exchanged) {
            (Some(Ok(true)), None) | (None, Some(Ok(())) | None) => Poll::Pending,
            _ => Poll::Ready(()),
        }
    })
    .await;
    if let Some(Err(error)) = exchanged {
        return Err(error);
    }
    Ok(trained.unwrap_or(Ok(false))?)
}

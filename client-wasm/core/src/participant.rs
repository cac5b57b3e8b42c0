//! A site's part in a federation: it fetches the global shared module, trains locally, posts the shared module's update,
//! waits for the merge and fetches the merged shared module. The private module never leaves it.

mod baseline;
mod floors;
mod retry;
mod rounds;
mod secure;
mod site;
mod stage;
mod transport;
mod update_writer;

pub use secure::{Masking, NoMasking, PackedNumbers, SecureAction};
pub use stage::{Action, RoundAttempt, Stage};
pub use transport::{Base, Entropy, OutgoingUpdate, Protection, Transport, TransportError};

use burn::tensor::Device;
use fedner_protocol::{CodecError, FederationId, Identity};
use serde::Serialize;

use crate::{
    corpus::Corpus,
    enrolment::{Enrolment, EnrolmentStore},
    model::DeviceError,
    observer::Observer,
    scores::Scores,
    session::{SaveError, Session},
    training::TrainError,
};
use baseline::BaselineInput;
use retry::RetryingTransport;
use site::{Site, SiteInput};

/// Why a participation ended before the federation did. The session keeps what it has learned.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ParticipantError {
    /// The server refused, can't be reached, or can't be understood.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// Training failed.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The update can't be encoded.
    #[error("the update can't be written: {0}")]
    Update(#[from] CodecError),
    /// The federation's policy asks for updates that would tell too much.
    #[error("this site does not take part under the federation's policy: {0}")]
    Policy(String),
    /// Secure aggregation found something wrong in what the server says; nothing more of the round was answered.
    #[error("secure aggregation was stopped: {0}")]
    Masking(String),
    /// The server sent something that does not match its own manifest, or broke the protocol.
    #[error("the server sent something wrong: {0}")]
    Server(String),
}

impl From<DeviceError> for ParticipantError {
    fn from(error: DeviceError) -> Self {
        Self::Train(error.into())
    }
}

impl From<SaveError> for ParticipantError {
    fn from(error: SaveError) -> Self {
        Self::Train(error.into())
    }
}

/// What a participation did.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "Participated"))]
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

/// Which federation to take part in, and as whom.
#[derive(Clone)]
pub struct Invitation {
    /// The federation.
    pub federation: FederationId,
    /// The invitation's secret, where one is needed.
    pub secret: Option<String>,
    /// The site's identity key, with its proof for this federation and secret.
    pub identity: Option<Identity>,
    /// An earlier enrolment, if there is one.
    pub enrolment: Option<Enrolment>,
    /// Seed of a new model's private module, of batches and dropout.
    pub seed: u64,
    /// Whether a site without a model of its own trains one alone at the end, to compare the federation's with; this takes
    /// about as long as its part in the federation.
    pub baseline: bool,
    /// Whether the person has agreed to masked updates only (secure aggregation).
    pub masked_only: bool,
}

/// What a participant needs of the program that it runs in.
pub struct Host<'a, T, E, S, O, M> {
    /// Sends requests to the server.
    pub transport: &'a mut T,
    /// Random bytes for ids.
    pub entropy: &'a mut E,
    /// Keeps the enrolment.
    pub enrolments: &'a mut S,
    /// Watches and stops the participant.
    pub observer: &'a mut O,
    /// Masks updates, in federations with secure aggregation.
    pub masking: &'a mut M,
}

/// Enrols without taking part: an invitation can be accepted before there are notes.
///
/// # Errors
/// When the server refused or could not be reached for too long.
pub async fn enrol<T: Transport, E: Entropy, S: EnrolmentStore, O: Observer, M: Masking>(
    invitation: &Invitation,
    host: Host<'_, T, E, S, O, M>,
) -> Result<Enrolment, ParticipantError> {
    let mut transport = RetryingTransport { inner: host.transport, entropy: host.entropy, masking: host.masking };
    transport.enrol(invitation, host.enrolments, host.observer).await
}

/// Takes part until the federation is finished or the person stops it.
///
/// `session` is trained further where its model has the federation's specification; labels of the corpus that it does not
/// know are added to it. Otherwise a new one is made. It is `Some` after the first answer of the server, whatever happens
/// later. The model that was in use before stays in use until the federation has given a better one, and is kept then, too
/// ([`SiteModels`](crate::session::SiteModels)).
///
/// # Errors
/// When the server refused or could not be reached for too long, or training failed.
pub async fn participate<T: Transport, E: Entropy, S: EnrolmentStore, O: Observer, M: Masking>(
    session: &mut Option<Session>,
    device: &Device,
    corpus: &Corpus,
    invitation: Invitation,
    host: Host<'_, T, E, S, O, M>,
) -> Result<Outcome, ParticipantError> {
    let Host { transport, entropy, enrolments, observer, masking } = host;
    let mut transport = RetryingTransport { inner: transport, entropy, masking };
    let before = session.as_ref().map(|s| s.state.rounds).unwrap_or_default();
    let result = async {
        let entry = transport.enter(&invitation, enrolments, observer).await?;
        let input = {
            let (seed, masked_only) = (invitation.seed, invitation.masked_only);
            SiteInput { session: session.as_ref(), device, corpus, seed, masked_only, entry }
        };
        let mut site = Site::new(input, observer).await?;
        let baseline = invitation.baseline.then_some(BaselineInput { corpus, device, seed: invitation.seed });
        let result = site.run(&mut transport, baseline, observer).await;
        *session = Some(site.session);
        result
    }
    .await;
    // The server learns at once that it need not wait for this site. If this fails, its event stream has ended anyway.
    let _ = transport.inner.leave(&invitation.federation).await;
    match result {
        Err(ParticipantError::Transport(TransportError::Cancelled)) => {
            let state = session.as_ref().map(|s| s.state.clone()).unwrap_or_default();
            let rounds = state.rounds.saturating_sub(before);
            Ok(Outcome { rounds, version: state.version, finished: false, cancelled: true, scores: None })
        }
        other => other,
    }
}

#[cfg(test)]
mod tests;

//! The JSON messages. None has a field for text, labels, metrics or a private tensor.

use serde::{Deserialize, Serialize};

use crate::{
    Aggregation, Digest, FederationId, Identity, Manifest, ModelSpec, RoundPolicy, SecureAggregation, ServerOptimiser,
    SiteId, TrainingPolicy, UpdateBounds, UpdateId,
};

/// `POST /enrol`: asks to take part in a federation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolRequest {
    /// Which federation.
    pub federation: FederationId,
    /// The invitation's secret; not needed where the federation is open for joining by link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<String>,
    /// The site's public identity key and its proof; needed with an invitation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
}

/// `POST /invitation`: what an invitation is for, before it is used. Uses nothing up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvitationQuery {
    /// The federation that the link names.
    pub federation: FederationId,
    /// The invitation's secret.
    pub invitation: String,
}

/// The answer to `POST /invitation`: it can be used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvitationInfo {
    /// The federation's name for people.
    pub federation_name: String,
    /// Whom the operator has invited.
    pub name: String,
    /// Milliseconds until it expires, as of this message.
    pub expires_in_ms: u64,
}

/// `POST /offer`: what taking part in a federation would send, before anybody agrees to it. Uses nothing up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferQuery {
    /// Which federation.
    pub federation: FederationId,
    /// The invitation's secret; not needed where the federation is open for joining by link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<String>,
}

/// The answer to `POST /offer`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// The federation's name for people.
    pub federation_name: String,
    /// Whether updates are masked, so that the server learns only their sum (secure aggregation).
    pub is_masked: bool,
    /// Fewest sites whose updates are merged.
    pub quorum: u32,
    /// Rounds of the whole federation.
    pub rounds: u32,
    /// About the bytes of an update.
    pub update_bytes: u64,
}

/// The answer to `POST /enrol`. The credential is shown this once; the server keeps a hash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolResponse {
    /// The new site.
    pub site: SiteId,
    /// Sent as `Authorization: Bearer …` with every later request.
    pub credential: String,
}

/// `GET /federations/{f}`: all that a site must know to take part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FederationInfo {
    /// Its name in URLs.
    pub id: FederationId,
    /// Its name for people.
    pub name: String,
    /// The model specification.
    pub model: ModelSpec,
    /// The manifest that follows from it.
    pub manifest: Manifest,
    /// When rounds open and close.
    pub rounds: RoundPolicy,
    /// How sites train.
    pub training: TrainingPolicy,
    /// How a round's updates become one.
    pub aggregation: Aggregation,
    /// How updates are masked, where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secure_aggregation: Option<SecureAggregation>,
    /// What a single update may be.
    pub bounds: UpdateBounds,
    /// The server's own step.
    pub optimiser: ServerOptimiser,
    /// Where it stands.
    pub state: FederationState,
}

/// Where a federation stands. A site needs no earlier state to act on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FederationState {
    /// Version of the newest global shared module; round `n` makes version `n`.
    pub version: u32,
    /// Digest of that version's bytes. After a backup was restored, the same number can stand for another module.
    pub model: Digest,
    /// Sites that are present.
    pub present: u32,
    /// What it is doing.
    pub phase: Phase,
}

/// What a federation is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Phase {
    /// Too few sites are present to open the next round.
    Waiting {
        /// Sites needed.
        min_sites: u32,
    },
    /// Updates of round `round` are taken; they start from version `round − 1`.
    Open {
        /// The round.
        round: u32,
        /// 1, or more after the round failed and was opened anew.
        attempt: u32,
        /// Updates acknowledged so far.
        received: u32,
        /// Milliseconds until the deadline, as of this message.
        deadline_in_ms: u64,
    },
    /// The operator has paused it: no round opens or closes until it is resumed. Updates of round `version + 1`
    /// that are under way are taken all the same.
    Paused,
    /// All rounds are done.
    Finished,
}

/// One server-sent event: what happened, and where the federation stands after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FederationEvent {
    /// What happened.
    pub happened: Happened,
    /// The state after it.
    pub state: FederationState,
}

/// What an event says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Happened {
    /// The first event of every stream.
    Connected,
    /// A site came or went.
    Presence,
    /// A round opened.
    RoundOpened {
        /// The round.
        round: u32,
    },
    /// The round has come to its next step of secure aggregation.
    StepReached {
        /// The round.
        round: u32,
    },
    /// An update was acknowledged.
    UpdateReceived {
        /// Its round.
        round: u32,
    },
    /// A round's updates were merged into version `round`.
    RoundMerged {
        /// The round.
        round: u32,
        /// Updates in the merge.
        sites: u32,
    },
    /// A round had too few updates at its deadline and is opened anew; the updates it has are kept.
    RoundFailed {
        /// The round.
        round: u32,
        /// Updates it had.
        received: u32,
        /// Updates it needs.
        quorum: u32,
    },
    /// The operator paused the federation.
    Paused,
    /// The operator resumed the federation.
    Resumed,
    /// The last round was merged.
    Finished,
}

/// The answer to `PUT …/updates/{id}`: the update is stored and will be in round `round`'s merge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateReceipt {
    /// The round it counts in.
    pub round: u32,
    /// The update.
    pub update: UpdateId,
}

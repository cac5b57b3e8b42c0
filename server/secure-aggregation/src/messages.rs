//! What sites and server say to each other. Keys, shares and signatures are base64url without padding.

use std::collections::BTreeMap;

use base64ct::{Base64UrlUnpadded, Encoding};
use fedner_protocol::{FederationId, SiteId};
use serde::{Deserialize, Serialize};

/// One attempt of a round: everything in it is for it alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// The federation.
    pub federation: FederationId,
    /// The round.
    pub round: u32,
    /// The attempt.
    pub attempt: u32,
}

/// Bytes that are written as text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Bytes(pub Vec<u8>);

impl Bytes {
    /// So many bytes; `None` when there is another number.
    pub fn array<const N: usize>(&self) -> Option<[u8; N]> {
        self.0.as_slice().try_into().ok()
    }
}

impl TryFrom<String> for Bytes {
    type Error = base64ct::Error;

    fn try_from(text: String) -> Result<Self, base64ct::Error> {
        Base64UrlUnpadded::decode_vec(&text).map(Self)
    }
}

impl From<Bytes> for String {
    fn from(bytes: Bytes) -> Self {
        Base64UrlUnpadded::encode_string(&bytes.0)
    }
}

/// A site's keys for an attempt (X25519, 32 bytes each).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysMessage {
    /// Makes the masks with each peer.
    pub masking_key: Bytes,
    /// Encrypts shares between two sites.
    pub sealing_key: Bytes,
    /// Signature of the statement about both by the site's identity key: `r` and `s`, 64 bytes.
    pub signature: Bytes,
}

/// A site in the list of those that have keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// The site.
    pub site: SiteId,
    /// Its public identity key: an uncompressed point on P-256 (65 bytes).
    pub identity: Bytes,
    /// Its keys.
    pub keys: KeysMessage,
}

/// Shares of a site's secrets, encrypted for each peer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharesMessage {
    /// By the peer that can open them.
    pub sealed: BTreeMap<SiteId, Bytes>,
}

/// Of each site that has sent, the share of its own mask's seed; of each other, that of its masking key. Never both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnmaskMessage {
    /// Shares of the seeds of own masks.
    pub own_masks: BTreeMap<SiteId, Bytes>,
    /// Shares of masking keys.
    pub masking_keys: BTreeMap<SiteId, Bytes>,
}

/// What a site sends besides its masked update.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum Message {
    /// Its keys.
    Keys(KeysMessage),
    /// Its shares.
    Shares(SharesMessage),
    /// What takes the masks away.
    Unmask(UnmaskMessage),
}

/// Where an attempt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Sites announce themselves with their keys.
    Keys,
    /// Sites share their secrets.
    Shares,
    /// Sites send masked updates.
    Masked,
    /// Sites that have sent take the masks of the sum away.
    Unmask,
}

impl Message {
    /// The step that it belongs to.
    pub const fn step(&self) -> Step {
        match self {
            Self::Keys(_) => Step::Keys,
            Self::Shares(_) => Step::Shares,
            Self::Unmask(_) => Step::Unmask,
        }
    }
}

/// Where an attempt stands, as one site is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// Which attempt.
    pub attempt: Attempt,
    /// The site that is told.
    pub site: SiteId,
    /// The step.
    pub step: Step,
    /// Whether the site has sent what this step asks for.
    pub sent: bool,
    /// Who has keys, by site; empty while keys are gathered.
    pub roster: Vec<Peer>,
    /// Who has shared its secrets; empty before that is done.
    pub sharers: Vec<SiteId>,
    /// The shares for this site, by who made them; empty before.
    pub sealed: BTreeMap<SiteId, Bytes>,
    /// Who has sent a masked update; empty before that is done.
    pub survivors: Vec<SiteId>,
}

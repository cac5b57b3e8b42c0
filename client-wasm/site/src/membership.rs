//! A site's part in one federation: its identity key and its enrolment, kept before they are used.

use base64ct::{Base64UrlUnpadded, Encoding};
use fedner_core::enrolment::{Enrolment, EnrolmentStore};
use fedner_core::participant::Entropy as _;
use fedner_protocol::{Digest, FederationId, Identity, enrolment_statement};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::host::SystemEntropy;
use crate::link::Link;
use crate::state_folder::StateFolder;
use crate::stop::Stop;

/// Holds the credential and the private keys.
const FILE: &str = "membership.json";

/// An identity key, and what it was made for.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentityKey {
    /// The private key: 32 bytes, base64url.
    secret: String,
    /// SHA-256 of the invitation's secret; none without an invitation.
    invitation: Option<Digest>,
}

/// As it is stored. It is shown nowhere.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// Origin of the server.
    pub server: String,
    /// The federation.
    pub federation: FederationId,
    /// The key that the server knows.
    known: Option<IdentityKey>,
    /// A key that has asked to be known. It is kept until an answer comes, so that asking again is the same enrolment.
    asking: Option<IdentityKey>,
    /// The credential.
    pub enrolment: Option<Enrolment>,
}

impl IdentityKey {
    fn new(invitation: Option<Digest>) -> Result<Self, String> {
        loop {
            let mut bytes = [0; 32];
            bytes[..16].copy_from_slice(&SystemEntropy.bytes());
            bytes[16..].copy_from_slice(&SystemEntropy.bytes());
            // All but one of 2^32 numbers are a key.
            if SigningKey::from_slice(&bytes).is_ok() {
                return Ok(Self { secret: Base64UrlUnpadded::encode_string(&bytes), invitation });
            }
        }
    }

    fn key(&self) -> Result<SigningKey, String> {
        let bytes = Base64UrlUnpadded::decode_vec(&self.secret).map_err(|e| e.to_string())?;
        SigningKey::from_slice(&bytes).map_err(|_| "the site's identity key is damaged".to_owned())
    }

    fn sign(&self, statement: &str) -> Result<Vec<u8>, String> {
        let signature: Signature = self.key()?.sign(statement.as_bytes());
        Ok(signature.to_bytes().to_vec())
    }

    fn public(&self) -> Result<String, String> {
        Ok(Base64UrlUnpadded::encode_string(self.key()?.verifying_key().to_sec1_point(false).as_bytes()))
    }
}

impl Membership {
    /// The one in a state folder, or a new one for a link.
    ///
    /// # Errors
    /// When there is neither, or the folder's is in another federation.
    pub fn find(folder: &StateFolder, link: Option<&Link>) -> Result<Self, Failure> {
        let bytes = folder.read(FILE).map_err(|e| Failure::Other(e.to_string()))?;
        let stored = bytes.map(|bytes| serde_json::from_slice::<Self>(&bytes)).transpose();
        let damaged = |e| Failure::Other(format!("{} is damaged: {e}", folder.file(FILE).display()));
        match (stored.map_err(damaged)?, link) {
            (Some(stored), None) => Ok(stored),
            (Some(stored), Some(link)) if stored.server == link.server && stored.federation == link.federation => {
                Ok(stored)
            }
            (Some(Self { server, federation, .. }), Some(_)) => Err(Failure::Usage(format!(
                "this state folder is of a site in federation {federation} at {server}; give another with --state"
            ))),
            (None, Some(link)) => {
                let (server, federation) = (link.server.clone(), link.federation.clone());
                Ok(Self { server, federation, known: None, asking: None, enrolment: None })
            }
            (None, None) => Err(Failure::Usage(
                "this state folder has joined no federation yet: give the operator's link with --invite".to_owned(),
            )),
        }
    }

    /// The key to enrol with and its proof, kept before the server sees it.
    ///
    /// # Errors
    /// When it can't be kept.
    pub fn identity(&mut self, folder: &StateFolder, secret: Option<&str>) -> Result<Identity, Failure> {
        let invitation = secret.map(|secret| Digest::of(secret.as_bytes()));
        let asking = match self.asking.take().filter(|key| key.invitation == invitation) {
            Some(key) => key,
            None => IdentityKey::new(invitation).map_err(Failure::Other)?,
        };
        let public_key = asking.public().map_err(Failure::Other)?;
        let statement = enrolment_statement(&self.federation, secret, &public_key);
        let signature = asking.sign(&statement).map_err(Failure::Other)?;
        self.asking = Some(asking);
        self.keep(folder).map_err(|e| Failure::Other(e.to_string()))?;
        Ok(Identity { public_key, signature: Base64UrlUnpadded::encode_string(&signature) })
    }

    /// Signs with the key that the server knows.
    ///
    /// # Errors
    /// When there is none, or it is damaged.
    pub fn sign(&self, statement: &str) -> Result<Vec<u8>, String> {
        let none = || "the server knows no identity key of this site".to_owned();
        self.known.as_ref().ok_or_else(none)?.sign(statement)
    }

    fn keep(&self, folder: &StateFolder) -> std::io::Result<()> {
        folder.write(FILE, &serde_json::to_vec_pretty(self)?)
    }
}

/// Keeps enrolments in the state folder.
pub struct StoredEnrolments<'a> {
    /// Where to.
    pub folder: &'a StateFolder,
    /// What it is part of.
    pub membership: &'a std::cell::RefCell<Membership>,
    /// Set where it can't be kept: nothing is sent with a credential that would be lost.
    pub stop: &'a Stop,
}

impl EnrolmentStore for StoredEnrolments<'_> {
    fn keep(&mut self, enrolment: &Enrolment) {
        let mut membership = self.membership.borrow_mut();
        membership.enrolment = Some(enrolment.clone());
        if let Some(asking) = membership.asking.take() {
            membership.known = Some(asking);
        }
        if let Err(error) = membership.keep(self.folder) {
            self.stop.on_storage(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_kept_before_it_is_shown_and_asks_again_as_itself() {
        let place = tempfile::tempdir().unwrap();
        let folder = StateFolder::open(place.path()).ok().unwrap();
        let federation: FederationId = "test".parse().unwrap();
        let link = Link { server: "https://a.example".into(), federation, secret: Some("s".into()) };
        let first = Membership::find(&folder, Some(&link)).ok().unwrap().identity(&folder, Some("s")).ok().unwrap();
        let mut again = Membership::find(&folder, None).ok().unwrap();
        assert_eq!(again.identity(&folder, Some("s")).ok().unwrap().public_key, first.public_key);
        assert_ne!(again.identity(&folder, Some("other")).ok().unwrap().public_key, first.public_key);
        assert!(again.sign("x").is_err(), "the server knows none yet");
        let elsewhere = Link { server: "https://b.example".into(), ..link };
        assert!(matches!(Membership::find(&folder, Some(&elsewhere)), Err(Failure::Usage(_))));
    }
}

//! Checks the identity key that a site enrols with.

use base64ct::{Base64UrlUnpadded, Encoding};
use fedner_protocol::{FederationId, Identity, enrolment_statement};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};

use crate::error::Error;

/// Bytes of an uncompressed point on P-256.
const POINT_BYTES: usize = 65;

/// A site's public identity key that has signed its own enrolment. Written as the site sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(String);

impl PublicKey {
    /// Checks that whoever asks to enter `federation` with this invitation has the key's private part.
    ///
    /// # Errors
    /// When the key is none, or the signature is not of this key, federation and invitation.
    pub fn proven(identity: &Identity, federation: &FederationId, invitation: Option<&str>) -> Result<Self, Error> {
        let wrong = |what: &str| Error::InvalidIdentity(what.to_owned());
        let key = decoded(&identity.public_key).filter(|key| key.len() == POINT_BYTES);
        let key = key.and_then(|key| VerifyingKey::from_sec1_bytes(&key).ok());
        let key = key.ok_or_else(|| {
            wrong("identity.public_key is no point on P-256, uncompressed (65 bytes), in base64url without padding")
        })?;
        let signature = decoded(&identity.signature).and_then(|bytes| Signature::from_slice(&bytes).ok());
        let signature = signature.ok_or_else(|| {
            wrong("identity.signature is no ECDSA signature (r and s, 64 bytes) in base64url without padding")
        })?;
        let statement = enrolment_statement(federation, invitation, &identity.public_key);
        key.verify(statement.as_bytes(), &signature).map_err(|_| {
            wrong("identity.signature does not fit this key, federation and invitation; sign the enrolment statement")
        })?;
        Ok(Self(identity.public_key.clone()))
    }

    /// Base64url of the point.
    pub fn into_text(self) -> String {
        self.0
    }
}

/// The bytes of a stored public key.
pub fn bytes_of_key(text: &str) -> Option<fedner_secure_aggregation::Bytes> {
    decoded(text).map(fedner_secure_aggregation::Bytes)
}

/// Decodes base64url; only the one canonical text of some bytes is taken, so that equal keys are equal texts.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let bytes = Base64UrlUnpadded::decode_vec(text).ok()?;
    (Base64UrlUnpadded::encode_string(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::SigningKey;
    use p256::ecdsa::signature::Signer;

    use super::*;

    fn identity(federation: &str, invitation: Option<&str>) -> Identity {
        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        let public_key = Base64UrlUnpadded::encode_string(key.verifying_key().to_sec1_point(false).as_bytes());
        let statement = enrolment_statement(&federation.parse().unwrap(), invitation, &public_key);
        let signature: Signature = key.sign(statement.as_bytes());
        Identity { public_key, signature: Base64UrlUnpadded::encode_string(&signature.to_bytes()) }
    }

    fn proven(identity: &Identity, federation: &str, invitation: Option<&str>) -> Result<PublicKey, Error> {
        PublicKey::proven(identity, &federation.parse().unwrap(), invitation)
    }

    #[test]
    fn a_signature_counts_for_its_federation_invitation_and_key_only() {
        let good = identity("a", Some("secret"));
        assert_eq!(proven(&good, "a", Some("secret")).unwrap().into_text(), good.public_key);
        proven(&identity("a", None), "a", None).unwrap();
        for (federation, invitation) in [("b", Some("secret")), ("a", Some("other")), ("a", None)] {
            let error = proven(&good, federation, invitation).unwrap_err().to_string();
            assert!(error.contains("does not fit"), "{error}");
        }
        let other = SigningKey::from_slice(&[8; 32]).unwrap();
        let public_key = Base64UrlUnpadded::encode_string(other.verifying_key().to_sec1_point(false).as_bytes());
        assert!(proven(&Identity { public_key, ..good }, "a", Some("secret")).is_err());
    }

    #[test]
    fn what_is_no_key_or_signature_is_named() {
        let good = identity("a", None);
        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        let compressed = Base64UrlUnpadded::encode_string(key.verifying_key().to_sec1_point(true).as_bytes());
        let off_curve = Base64UrlUnpadded::encode_string(&[4; 65]);
        for public_key in ["", "!", compressed.as_str(), off_curve.as_str(), &format!("{}=", good.public_key)] {
            let bad = Identity { public_key: public_key.to_owned(), ..good.clone() };
            let error = proven(&bad, "a", None).unwrap_err().to_string();
            assert!(error.contains("identity.public_key"), "{public_key}: {error}");
        }
        let zeros = Base64UrlUnpadded::encode_string(&[0; 64]);
        for signature in ["", "AAAA", zeros.as_str(), &good.signature[1..]] {
            let bad = Identity { signature: signature.to_owned(), ..good.clone() };
            let error = proven(&bad, "a", None).unwrap_err().to_string();
            assert!(error.contains("identity.signature is no"), "{signature}: {error}");
        }
    }
}

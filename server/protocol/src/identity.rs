//! A site's identity key: what it signs when it enrols.

use serde::{Deserialize, Serialize};

use crate::{Digest, FederationId};

/// A site's public identity key, with the proof that whoever enrols has the private one.
///
/// The key is ECDSA over P-256. Both fields are base64url without padding (RFC 4648, section 5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Identity {
    /// The public key: an uncompressed point (SEC 1), 65 bytes, as WebCrypto exports it "raw".
    pub public_key: String,
    /// Signature of [`enrolment_statement`] with SHA-256: `r` and `s`, 64 bytes, as WebCrypto makes it.
    pub signature: String,
}

/// What a site signs to enrol: this key asks to enter this federation with this invitation.
///
/// Four lines of UTF-8, each ended by a line feed. No part can hold a line feed, so no two requests share a
/// statement; and the invitation stands in it by its hash only.
///
/// ```text
/// FedNER enrolment, version 1
/// federation: adverse-drug-events
/// invitation: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
/// public key: BPgzEFhk…
/// ```
///
/// The third line is the SHA-256 of the invitation's text in hexadecimal digits, or `none`.
pub fn enrolment_statement(federation: &FederationId, invitation: Option<&str>, public_key: &str) -> String {
    let invitation = invitation.map_or("none".to_owned(), |secret| Digest::of(secret.as_bytes()).into());
    format!(
        "FedNER enrolment, version 1\nfederation: {federation}\ninvitation: {invitation}\npublic key: {public_key}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statement_is_the_documented_one() {
        let federation = "adverse-drug-events".parse().unwrap();
        let invited = "FedNER enrolment, version 1\nfederation: adverse-drug-events\ninvitation: \
            9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\npublic key: BPgz\n";
        assert_eq!(enrolment_statement(&federation, Some("test"), "BPgz"), invited);
        let open = "FedNER enrolment, version 1\nfederation: adverse-drug-events\ninvitation: none\npublic key: BPgz\n";
        assert_eq!(enrolment_statement(&federation, None, "BPgz"), open);
    }
}

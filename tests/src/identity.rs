//! A site's identity key and what comes with an invitation, made as the page makes them.

use base64ct::{Base64UrlUnpadded, Encoding};
use fedner_protocol::{EnrolRequest, Identity, MadeInvitation, enrolment_statement};

use crate::signing::{public_point, signature};

/// An identity key made of one number, with the proof for this federation and invitation.
pub fn identity(number: u8, federation: &str, invitation: Option<&str>) -> Identity {
    let public_key = Base64UrlUnpadded::encode_string(&public_point(number));
    let federation = federation.parse().expect("the test gives a valid federation id");
    let signature = signature(number, &enrolment_statement(&federation, invitation, &public_key));
    Identity { public_key, signature: Base64UrlUnpadded::encode_string(&signature) }
}

/// The secret in an invitation's link.
pub fn secret_of(made: &MadeInvitation) -> &str {
    made.link.split_once("&invitation=").expect("the link holds the secret").1
}

/// What a site with this key sends to accept an invitation.
pub fn acceptance(made: &MadeInvitation, number: u8) -> EnrolRequest {
    let secret = secret_of(made);
    let federation = made.invitation.federation.clone();
    let identity = Some(identity(number, federation.as_str(), Some(secret)));
    EnrolRequest { federation, invitation: Some(secret.to_owned()), identity }
}

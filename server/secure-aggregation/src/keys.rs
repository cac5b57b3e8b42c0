//! Keys of an attempt: agreed between two sites, and derived for one purpose each.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use fedner_protocol::{Digest, SiteId};
use hkdf::Hkdf;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use sha2_11::Sha256;
use x25519_dalek::{PublicKey, StaticSecret};

use crate::messages::{Attempt, KeysMessage, Peer};
use crate::sharing::SECRET_BYTES;

/// A key that ChaCha20 takes.
pub type Key = [u8; 32];

/// The X25519 key of a seed that is shared between sites.
pub fn masking_secret(seed: &[u8; SECRET_BYTES]) -> StaticSecret {
    StaticSecret::from(derive(seed, &[], "fedner secure aggregation, masking key"))
}

/// The public key of a secret one.
pub fn public(secret: &StaticSecret) -> [u8; 32] {
    PublicKey::from(secret).to_bytes()
}

/// What two sites agree on; `None` where one of the keys is chosen so that it does not count.
pub fn agree(own: &StaticSecret, other: [u8; 32]) -> Option<Key> {
    let shared = own.diffie_hellman(&PublicKey::from(other));
    shared.was_contributory().then(|| shared.to_bytes())
}

/// A key for one purpose in one attempt among the sites of one list.
pub fn derive(secret: &[u8], salt: &[u8], purpose: &str) -> Key {
    let mut key = [0; 32];
    // A key of 32 bytes is always within what HKDF gives.
    let _ = Hkdf::<Sha256>::new(Some(salt), secret).expand(purpose.as_bytes(), &mut key);
    key
}

/// Names an attempt and the list of its sites, so that whatever is derived from it fits no other.
pub fn context(attempt: &Attempt, roster: &[Peer]) -> Digest {
    let written = serde_json::to_vec(&(attempt, roster)).unwrap_or_default();
    Digest::of(&written)
}

/// The purpose of the key that seals shares from one site to another.
pub fn sealing_purpose(from: SiteId, to: SiteId) -> String {
    format!("fedner secure aggregation, shares from {from} to {to}")
}

/// Encrypts for the holder of a key that encrypts nothing else, so a fixed nonce is used once.
pub fn seal(key: &Key, context: &Digest, text: &[u8]) -> Option<Vec<u8>> {
    let payload = Payload { msg: text, aad: context.as_str().as_bytes() };
    ChaCha20Poly1305::new(&(*key).into()).encrypt(&Nonce::default(), payload).ok()
}

/// Decrypts what [`seal`] made.
pub fn open(key: &Key, context: &Digest, sealed: &[u8]) -> Option<Vec<u8>> {
    let payload = Payload { msg: sealed, aad: context.as_str().as_bytes() };
    ChaCha20Poly1305::new(&(*key).into()).decrypt(&Nonce::default(), payload).ok()
}

/// What a site signs with its identity key: these are its keys for this attempt.
pub fn statement(attempt: &Attempt, site: SiteId, masking_key: &[u8], sealing_key: &[u8]) -> String {
    let Attempt { federation, round, attempt } = attempt;
    let (masking, sealing) = (Digest::of(masking_key), Digest::of(sealing_key));
    format!(
        "FedNER secure aggregation, version 1\nfederation: {federation}\nround: {round}\nattempt: {attempt}\nsite: \
         {site}\nmasking key: {masking}\nsealing key: {sealing}\n"
    )
}

/// Whether keys are signed by an identity key for this site and attempt.
pub fn is_signed(attempt: &Attempt, site: SiteId, identity: &[u8], keys: &KeysMessage) -> bool {
    let statement = statement(attempt, site, &keys.masking_key.0, &keys.sealing_key.0);
    let key = VerifyingKey::from_sec1_bytes(identity);
    let signature = Signature::from_slice(&keys.signature.0);
    matches!((key, signature), (Ok(key), Ok(signature)) if key.verify(statement.as_bytes(), &signature).is_ok())
}

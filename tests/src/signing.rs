//! Identity keys that are made of one number, and what they sign.

use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};

/// The private key of a number that is not 0 or 255.
fn key(number: u8) -> SigningKey {
    SigningKey::from_slice(&[number; 32]).expect("the number is not 0 or 255")
}

/// The public key: an uncompressed point, 65 bytes.
pub fn public_point(number: u8) -> Vec<u8> {
    key(number).verifying_key().to_sec1_point(false).as_bytes().to_vec()
}

/// A signature: `r` and `s`, 64 bytes.
pub fn signature(number: u8, statement: &str) -> Vec<u8> {
    let signature: Signature = key(number).sign(statement.as_bytes());
    signature.to_bytes().to_vec()
}

//! Names of things, each a type of its own so that one can't be taken for another.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::values_to_bytes;

/// Longest federation name in a URL, in bytes.
const FEDERATION_ID_LEN_MAX: usize = 64;
/// Values whose bytes are in memory at once while they are digested.
const VALUES_AT_ONCE: usize = 16_384;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not 1 to 64 of `a-z`, `0-9` and `-`.
    #[error("{0:?} is not a federation id: use 1 to {FEDERATION_ID_LEN_MAX} of a-z, 0-9 and '-'")]
    Federation(String),
    /// Not 64 lower-case hexadecimal digits.
    #[error("{0:?} is not a SHA-256 digest: it needs 64 lower-case hexadecimal digits")]
    Digest(String),
    /// Not a UUID.
    #[error("{0:?} is not a UUID")]
    Uuid(String),
}

/// A federation's name in URLs: 1 to 64 of `a-z`, `0-9` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FederationId(String);

impl FederationId {
    /// The name as it stands in a URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for FederationId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if text.is_empty() || text.len() > FEDERATION_ID_LEN_MAX || !text.bytes().all(good) {
            return Err(IdError::Federation(text));
        }
        Ok(Self(text))
    }
}

impl From<FederationId> for String {
    fn from(id: FederationId) -> Self {
        id.0
    }
}

impl std::str::FromStr for FederationId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::try_from(text.to_owned())
    }
}

impl fmt::Display for FederationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// An id from 16 random bytes (a version 4 UUID).
            pub fn from_random(bytes: [u8; 16]) -> Self {
                Self(uuid::Builder::from_random_bytes(bytes).into_uuid())
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::parse_str(text).map(Self).map_err(|_| IdError::Uuid(text.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id! {
    /// An enrolled site. It says nothing about the hospital's name.
    SiteId
}

uuid_id! {
    /// An invitation. It names it in the operator's lists; it is not its secret.
    InvitationId
}

uuid_id! {
    /// An update, chosen by the client so that sending it again is the same update.
    UpdateId
}

/// A SHA-256 digest, written as 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self::of_parts([bytes])
    }

    /// The digest of bytes that lie in parts.
    pub fn of_parts<B: AsRef<[u8]>>(parts: impl IntoIterator<Item = B>) -> Self {
        let hash = parts.into_iter().fold(Sha256::new(), Sha256::chain_update);
        Self(hash.finalize().iter().map(|b| format!("{b:02x}")).collect())
    }

    /// The digest of the bytes that values stand as in files and messages; they are never all in memory.
    pub fn of_values<'v>(parts: impl IntoIterator<Item = &'v [f32]>) -> Self {
        Self::of_parts(parts.into_iter().flat_map(|part| part.chunks(VALUES_AT_ONCE)).map(values_to_bytes))
    }

    /// The 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Digest {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for Digest {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        let good = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() != 64 || !text.bytes().all(good) {
            return Err(IdError::Digest(text));
        }
        Ok(Self(text))
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn federation_ids_are_url_safe() {
        assert!("demo-2".parse::<FederationId>().is_ok());
        for bad in ["", "Demo", "a/b", "a b", "é", &"a".repeat(65)] {
            assert!(bad.parse::<FederationId>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_digest_is_the_known_sha256() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").as_str(), empty);
        assert!(Digest::try_from(empty.to_uppercase()).is_err());
    }

    #[test]
    fn parts_and_values_have_the_digest_of_all_their_bytes() {
        let values: Vec<f32> = (0..2 * VALUES_AT_ONCE + 5).map(|i| i as f32).collect();
        let whole = Digest::of(&values_to_bytes(&values));
        let (first, rest) = values.split_at(7);
        assert_eq!(Digest::of_values([first, &[], rest]), whole);
        assert_eq!(Digest::of_parts([values_to_bytes(first), values_to_bytes(rest)]), whole);
        assert_ne!(Digest::of_values([rest, first]), whole);
    }
}

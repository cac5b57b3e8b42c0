//! The secret by which a site is known. It is shown to the site once; the store keeps a hash.

use std::fmt;

use fedner_protocol::SiteId;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

/// Random bytes of a credential's secret part.
const SECRET_BYTES: usize = 32;

/// A site's credential, written `<site id>.<secret>`. Never shown by `{:?}`, never logged.
#[derive(Clone)]
pub struct Credential {
    site: SiteId,
    secret: [u8; SECRET_BYTES],
}

/// SHA-256 of a credential. The secret has 256 random bits, so a slow hash would add nothing.
#[derive(Clone)]
pub struct CredentialHash([u8; 32]);

impl Credential {
    /// A new site with a new credential, from the operating system's generator.
    ///
    /// # Errors
    /// When the operating system has no random bytes to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let (mut id, mut secret) = ([0; 16], [0; SECRET_BYTES]);
        getrandom::fill(&mut id)?;
        getrandom::fill(&mut secret)?;
        Ok(Self { site: SiteId::from_random(id), secret })
    }

    /// Reads what a client sent; `None` when it can't be a credential of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let (site, secret) = text.split_once('.')?;
        if secret.len() != SECRET_BYTES * 2 || !secret.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = [0; SECRET_BYTES];
        for (byte, digits) in bytes.iter_mut().zip(secret.as_bytes().as_chunks::<2>().0) {
            *byte = u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
        }
        Some(Self { site: site.parse().ok()?, secret: bytes })
    }

    /// The site it names; only [`CredentialHash::matches`] tells whether that is true.
    pub fn site(&self) -> SiteId {
        self.site
    }

    /// What the store keeps.
    pub fn hash(&self) -> CredentialHash {
        let hash = Sha256::new().chain_update(self.site.to_string()).chain_update(self.secret);
        CredentialHash(hash.finalize().into())
    }

    /// The text for the site, once.
    pub fn reveal(&self) -> String {
        let secret: String = self.secret.iter().map(|b| format!("{b:02x}")).collect();
        format!("{}.{secret}", self.site)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({}, …)", self.site)
    }
}

impl CredentialHash {
    /// From the store.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// For the store.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Compares in constant time.
    pub fn matches(&self, credential: &Credential) -> bool {
        self.0.ct_eq(&credential.hash().0).into()
    }
}

impl fmt::Debug for CredentialHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CredentialHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_known_by_its_hash_alone() {
        let credential = Credential::generate().unwrap();
        let sent = Credential::parse(&credential.reveal()).unwrap();
        assert_eq!(sent.site(), credential.site());
        assert!(credential.hash().matches(&sent));
        assert!(!credential.hash().matches(&Credential::generate().unwrap()));
        let other = Credential { site: credential.site(), secret: [0; SECRET_BYTES] };
        assert!(!credential.hash().matches(&other));
    }

    #[test]
    fn nonsense_is_no_credential_and_nothing_is_shown() {
        let good = Credential::generate().unwrap();
        let text = good.reveal();
        for bad in ["", ".", "x.y", &text[..text.len() - 1], &format!("{text}0"), &text.replace('.', ""), &text[1..]] {
            assert!(Credential::parse(bad).is_none(), "{bad}");
        }
        let shown = format!("{good:?} {:?}", good.hash());
        assert!(!shown.contains(text.split_once('.').unwrap().1));
    }
}

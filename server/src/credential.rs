//! The secrets by which a site, the operator and an invited person are known. Each is shown once; the store
//! keeps a hash.

mod file;
mod secret;

use std::fmt;

use fedner_protocol::{Digest, SiteId};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

pub use self::file::CredentialFile;
use self::secret::Secret;

/// What the operator's credential begins with, so that nobody takes it for a site's.
const OPERATOR: &str = "operator";

/// A site's credential, written `<site id>.<secret>`. Never shown by `{:?}`, never logged.
#[derive(Clone)]
pub struct Credential {
    site: SiteId,
    secret: Secret,
}

/// The operator's credential, written `operator.<secret>`.
#[derive(Clone, Debug)]
pub struct OperatorCredential(Secret);

/// An invitation's secret, as it stands in the link.
#[derive(Clone, Debug)]
pub struct InvitationSecret(Secret);

/// SHA-256 of a credential. Its secret has 256 random bits, so a slow hash would add nothing.
#[derive(Clone)]
pub struct CredentialHash([u8; 32]);

impl Credential {
    /// A new site with a new credential, from the operating system's generator.
    ///
    /// # Errors
    /// When the operating system has no random bytes to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut id = [0; 16];
        getrandom::fill(&mut id)?;
        Self::for_site(SiteId::from_random(id))
    }

    /// A new credential for a site that is there already.
    ///
    /// # Errors
    /// When the operating system has no random bytes to give.
    pub fn for_site(site: SiteId) -> Result<Self, getrandom::Error> {
        Ok(Self { site, secret: Secret::generate()? })
    }

    /// Reads what a client sent; `None` when it can't be a credential of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let (site, secret) = text.split_once('.')?;
        Some(Self { secret: Secret::parse(secret)?, site: site.parse().ok()? })
    }

    /// The site it names; only [`CredentialHash::matches`] says whether that is true.
    pub fn site(&self) -> SiteId {
        self.site
    }

    /// What the store keeps.
    pub fn hash(&self) -> CredentialHash {
        CredentialHash::of(&self.site.to_string(), &self.secret)
    }

    /// The text for the site, once.
    pub fn reveal(&self) -> String {
        format!("{}.{}", self.site, self.secret.reveal())
    }
}

impl OperatorCredential {
    /// A new one.
    ///
    /// # Errors
    /// When the operating system has no random bytes to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        Secret::generate().map(Self)
    }

    /// Reads what a client sent; `None` when it can't be an operator's.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, secret) = text.split_once('.')?;
        (kind == OPERATOR).then(|| Secret::parse(secret).map(Self)).flatten()
    }

    /// What the store keeps.
    pub fn hash(&self) -> CredentialHash {
        CredentialHash::of(OPERATOR, &self.0)
    }

    /// The text for the operator, once.
    pub fn reveal(&self) -> String {
        format!("{OPERATOR}.{}", self.0.reveal())
    }
}

impl InvitationSecret {
    /// A new one.
    ///
    /// # Errors
    /// When the operating system has no random bytes to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        Secret::generate().map(Self)
    }

    /// The text for the link, once.
    pub fn reveal(&self) -> String {
        self.0.reveal()
    }

    /// What the store keeps; the same as [`InvitationSecret::digest_of`] of the text.
    pub fn digest(&self) -> Digest {
        Self::digest_of(&self.reveal())
    }

    /// What the store would keep of whatever a client sent. An invitation is looked up by it, so that nothing
    /// is compared with the secret itself, and no timing shows how much of a guess was right.
    pub fn digest_of(text: &str) -> Digest {
        Digest::of(text.as_bytes())
    }
}

impl CredentialHash {
    fn of(owner: &str, secret: &Secret) -> Self {
        Self(Sha256::new().chain_update(owner).chain_update(secret.bytes()).finalize().into())
    }

    /// From the store.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// For the store.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Compares in constant time.
    pub fn matches(&self, shown: &Self) -> bool {
        self.0.ct_eq(&shown.0).into()
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({}, …)", self.site)
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
        assert!(credential.hash().matches(&sent.hash()));
        assert!(!credential.hash().matches(&Credential::generate().unwrap().hash()));
        assert!(!credential.hash().matches(&Credential::for_site(credential.site()).unwrap().hash()));
        let other_site = Credential { site: SiteId::from_random([1; 16]), secret: credential.secret.clone() };
        assert!(!credential.hash().matches(&other_site.hash()));
    }

    #[test]
    fn nonsense_is_no_credential_and_nothing_is_shown() {
        let good = Credential::generate().unwrap();
        let text = good.reveal();
        for bad in ["", ".", "x.y", &text[..text.len() - 1], &format!("{text}0"), &text.replace('.', ""), &text[1..]] {
            assert!(Credential::parse(bad).is_none(), "{bad}");
        }
        let shown = format!("{good:?} {:?} {:?}", good.hash(), OperatorCredential(good.secret.clone()));
        assert!(!shown.contains(text.split_once('.').unwrap().1));
    }

    #[test]
    fn an_operators_credential_is_no_sites() {
        let operator = OperatorCredential::generate().unwrap();
        let text = operator.reveal();
        assert!(OperatorCredential::parse(&text).unwrap().hash().matches(&operator.hash()));
        assert!(Credential::parse(&text).is_none());
        assert!(OperatorCredential::parse(&Credential::generate().unwrap().reveal()).is_none());
        assert!(OperatorCredential::parse(&text[..text.len() - 1]).is_none());
    }

    #[test]
    fn an_invitation_is_known_by_its_digest() {
        let secret = InvitationSecret::generate().unwrap();
        assert_eq!(InvitationSecret::digest_of(&secret.reveal()), secret.digest());
        assert_ne!(secret.digest(), InvitationSecret::generate().unwrap().digest());
        assert!(!format!("{secret:?}").contains(&secret.reveal()));
    }
}

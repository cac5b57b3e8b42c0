//! The one place that decides who may join, and the one that identifies who is asking.

use fedner_protocol::{
    Digest, EnrolRequest, EnrolResponse, InvitationInfo, InvitationQuery, Manifest, Offer, OfferQuery, SiteId,
    TensorSpec, UpdateCodec,
};
use fedner_secure_aggregation::Ring;

use crate::config::{Enrolment, FederationConfig};
use crate::credential::{Credential, InvitationSecret, OperatorCredential};
use crate::error::Error;
use crate::identity::PublicKey;
use crate::store::{Enrolled, InvitationRefusal, NewSite, Store, StoredSite};
use crate::timestamp::Timestamp;

/// How exactly it is known when a site last asked for something.
const SEEN_EVERY_MS: u64 = 60_000;

/// Enrols a new site. Asked again with the same identity key and invitation, it answers for the same site as
/// long as that has asked for nothing else, so that a lost answer costs no invitation.
///
/// # Errors
/// When the federation does not take it, or it can't be stored.
pub async fn enrol(
    store: &Store,
    config: &FederationConfig,
    request: &EnrolRequest,
    now: Timestamp,
) -> Result<EnrolResponse, Error> {
    let public_key = may_join(config, request)?;
    let digest = request.invitation.as_deref().map(InvitationSecret::digest_of);
    let credential = Credential::generate().map_err(no_random)?;
    let new = NewSite {
        id: credential.site(),
        federation: config.id.clone(),
        credential: credential.hash(),
        public_key: public_key.map(PublicKey::into_text),
        invitation: digest,
    };
    let refused = match store.enrol(&new, now, config.sites_max).await? {
        Enrolled::New => {
            tracing::info!(federation = %config.id, site = %new.id, "site enrolled");
            return Ok(EnrolResponse { site: new.id, credential: credential.reveal() });
        }
        Enrolled::Full => Error::SitesFull { federation: config.id.clone(), sites_max: config.sites_max },
        Enrolled::KeyTaken => Error::KeyTaken,
        Enrolled::Refused(refusal) => Error::Invitation(refusal),
    };
    match &new.public_key {
        Some(key) => enrolled_before(store, config, key, new.invitation.as_ref()).await?.ok_or(refused),
        None => Err(refused),
    }
}

/// A new credential for the site that this very enrolment has made before.
async fn enrolled_before(
    store: &Store,
    config: &FederationConfig,
    public_key: &str,
    invitation: Option<&Digest>,
) -> Result<Option<EnrolResponse>, Error> {
    let Some(site) = store.site_that_waits(&config.id, public_key, invitation).await? else { return Ok(None) };
    let credential = Credential::for_site(site).map_err(no_random)?;
    if !store.renew_credential(site, &credential.hash()).await? {
        return Ok(None);
    }
    tracing::info!(federation = %config.id, %site, "enrolment repeated to its site");
    Ok(Some(EnrolResponse { site, credential: credential.reveal() }))
}

/// Checks what can be checked without the store; the identity key, where one was shown.
fn may_join(config: &FederationConfig, request: &EnrolRequest) -> Result<Option<PublicKey>, Error> {
    let invitation = request.invitation.as_deref();
    match (config.enrolment, invitation) {
        (Enrolment::Closed, _) => return Err(Error::NotOpen(config.id.clone())),
        (Enrolment::Invitation, None) => return Err(Error::InvitationNeeded(config.id.clone())),
        (Enrolment::Open, _) | (Enrolment::Invitation, Some(_)) => {}
    }
    match &request.identity {
        Some(identity) => PublicKey::proven(identity, &config.id, invitation).map(Some),
        None if invitation.is_none() => Ok(None),
        None => Err(Error::InvalidIdentity(
            "an invitation is taken together with an identity key only. The page makes one where it is opened over \
             HTTPS or on this machine; ask the operator for an https:// link"
                .to_owned(),
        )),
    }
}

/// What an invitation is for, as long as it can be used.
///
/// # Errors
/// When it can't.
pub async fn look_up(
    store: &Store,
    config: &FederationConfig,
    query: &InvitationQuery,
    now: Timestamp,
) -> Result<InvitationInfo, Error> {
    if config.enrolment == Enrolment::Closed {
        return Err(Error::NotOpen(config.id.clone()));
    }
    let digest = InvitationSecret::digest_of(&query.invitation);
    let found = store.invitation(&config.id, &digest).await?;
    let found = found.ok_or(Error::Invitation(InvitationRefusal::Unknown))?;
    match found.refusal(now) {
        Some(refusal) => Err(Error::Invitation(refusal)),
        None => Ok(InvitationInfo {
            federation_name: config.name.clone(),
            name: found.name,
            expires_in_ms: found.expires.ms_after(now),
        }),
    }
}

/// What taking part would send. Whoever may enrol may know it.
///
/// # Errors
/// When nobody is admitted, the invitation can't be used, or the store can't be read.
pub async fn offer(
    store: &Store,
    config: &FederationConfig,
    query: OfferQuery,
    now: Timestamp,
) -> Result<Offer, Error> {
    if config.enrolment != Enrolment::Open {
        let invitation = query.invitation.ok_or(Error::Invitation(InvitationRefusal::Unknown))?;
        look_up(store, config, &InvitationQuery { federation: query.federation, invitation }, now).await?;
    }
    Ok(Offer {
        federation_name: config.name.clone(),
        is_masked: config.secure_aggregation.is_some(),
        quorum: config.rounds.quorum,
        rounds: config.rounds.rounds,
        update_bytes: update_bytes(config),
    })
}

/// About what an update has, without its header.
fn update_bytes(config: &FederationConfig) -> u64 {
    let manifest = Manifest::of(&config.model);
    let values = manifest.parameters() as u64;
    if let Some(policy) = &config.secure_aggregation {
        let bits = Ring::new(policy.levels(), config.rounds.min_sites as usize).bits();
        return (values * u64::from(bits)).div_ceil(8);
    }
    match config.training.update_codec {
        UpdateCodec::F32 => 4 * values,
        // Each row of a matrix has a scale.
        UpdateCodec::Int8 => {
            let rows = |tensor: &TensorSpec| if tensor.shape.len() > 1 { tensor.shape[0] as u64 } else { 1 };
            values + 4 * manifest.tensors.iter().map(rows).sum::<u64>()
        }
        // A value and its place.
        UpdateCodec::TopK { percent } => 8 * values * u64::from(percent) / 100,
    }
}

/// The site that an `Authorization` header belongs to. It counts as seen.
///
/// # Errors
/// When there is none, its part was ended, or the store can't be read.
pub async fn who_asks(store: &Store, authorization: Option<&str>, now: Timestamp) -> Result<StoredSite, Error> {
    let credential = bearer(authorization).and_then(Credential::parse).ok_or(Error::NotEnrolled)?;
    let site = store.site(credential.site()).await?.ok_or(Error::NotEnrolled)?;
    if !site.credential.matches(&credential.hash()) {
        return Err(Error::NotEnrolled);
    }
    if site.revoked.is_some() {
        return Err(Error::SiteRevoked);
    }
    if site.seen.is_none_or(|seen| now >= seen.plus_ms(SEEN_EVERY_MS)) {
        note_seen(store, site.id, now).await;
    }
    Ok(site)
}

/// A store that can't be written is reported where something has to be stored; reading goes on.
async fn note_seen(store: &Store, site: SiteId, now: Timestamp) {
    if let Err(error) = store.set_seen(site, now).await {
        tracing::debug!(%site, "when the site was seen could not be stored: {error}");
    }
}

/// Checks that an `Authorization` header is the operator's.
///
/// # Errors
/// When it is not, or the store can't be read.
pub async fn is_operator(store: &Store, credential: Option<&str>) -> Result<(), Error> {
    let credential = credential.and_then(OperatorCredential::parse).ok_or(Error::NotOperator)?;
    let known = store.operator().await?.ok_or(Error::NotOperator)?;
    if known.matches(&credential.hash()) { Ok(()) } else { Err(Error::NotOperator) }
}

/// The credential in a header `Authorization`.
pub fn bearer(authorization: Option<&str>) -> Option<&str> {
    let (scheme, text) = authorization?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| text.trim())
}

fn no_random(error: getrandom::Error) -> Error {
    Error::Internal(format!("random numbers: {error}"))
}

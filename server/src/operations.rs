//! What the operator does, by a command or over HTTP: inviting, revoking, looking at lists.

use std::path::{Path, PathBuf};
use std::time::Duration;

use fedner_protocol::{
    FederationId, InvitationId, InvitationRecord, InvitationRequest, InvitationState, MadeInvitation, SiteId,
    SiteRecord, is_plain_name,
};

use crate::audit::Actor;
use crate::credential::{CredentialFile, InvitationSecret, OperatorCredential};
use crate::error::Error;
use crate::store::{InvitationRefusal, Revoked, Store, StoreError, StoredInvitation, StoredSite, Unmerged};
use crate::timestamp::Timestamp;

/// How long an invitation can be used when nobody says otherwise: a week.
pub const EXPIRY_DEFAULT: Duration = Duration::from_secs(7 * 24 * 3600);
/// Shortest time an invitation can be used.
const EXPIRY_MIN: Duration = Duration::from_secs(60);
/// Longest time an invitation can be used: a year.
const EXPIRY_MAX: Duration = Duration::from_secs(366 * 24 * 3600);
/// Longest name of an invited site, in characters.
const NAME_CHARS_MAX: usize = 100;

/// Makes an invitation for one site. `origin` is where browsers reach the server.
///
/// # Errors
/// When the request can't be met, or it can't be stored.
pub async fn invite(
    store: &Store,
    request: InvitationRequest,
    origin: &str,
    (actor, now): (Actor, Timestamp),
) -> Result<MadeInvitation, Error> {
    let name = request.name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || !is_plain_name(name) {
        return Err(Error::BadRequest(format!(
            "name: use 1 to {NAME_CHARS_MAX} characters in one line, none of them invisible"
        )));
    }
    let expiry = request.expires_in_s.map_or(EXPIRY_DEFAULT, Duration::from_secs);
    if !(EXPIRY_MIN..=EXPIRY_MAX).contains(&expiry) {
        return Err(Error::BadRequest("expiry: use one minute to 366 days".to_owned()));
    }
    let secret = InvitationSecret::generate().map_err(|e| Error::Internal(format!("random numbers: {e}")))?;
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|e| Error::Internal(format!("random numbers: {e}")))?;
    let invitation = StoredInvitation {
        id: InvitationId::from_random(id),
        federation: request.federation,
        name: name.to_owned(),
        made: now,
        expires: now.plus_ms(expiry.as_secs() * 1000),
        used: None,
        revoked: None,
    };
    if !store.insert_invitation(&invitation, &secret.digest(), actor).await? {
        return Err(Error::NoFederation(invitation.federation));
    }
    tracing::info!(federation = %invitation.federation, invitation = %invitation.id, "invitation made");
    let link = link(origin, &invitation.federation, &secret);
    Ok(MadeInvitation { invitation: invitation_record(invitation, now), link })
}

/// The secret stands in the fragment, which browsers never send.
fn link(origin: &str, federation: &FederationId, secret: &InvitationSecret) -> String {
    format!("{}/#join={federation}&invitation={}", origin.trim_end_matches('/'), secret.reveal())
}

/// The invitations to a federation, or to all.
///
/// # Errors
/// When they can't be read.
pub async fn invitations(
    store: &Store,
    federation: Option<&FederationId>,
    now: Timestamp,
) -> Result<Vec<InvitationRecord>, StoreError> {
    let stored = store.invitations(federation, now).await?;
    Ok(stored.into_iter().map(|invitation| invitation_record(invitation, now)).collect())
}

/// Takes back an invitation that nobody has used.
///
/// # Errors
/// When there is none, or that can't be stored.
pub async fn revoke_invitation(store: &Store, id: InvitationId, actor: Actor, now: Timestamp) -> Result<(), Error> {
    if !store.revoke_invitation(id, actor, now).await? {
        return Err(Error::NoInvitation(id));
    }
    tracing::info!(invitation = %id, "invitation taken back");
    Ok(())
}

/// The sites of a federation, or of all.
///
/// # Errors
/// When they can't be read.
pub async fn sites(
    store: &Store,
    federation: Option<&FederationId>,
    now: Timestamp,
) -> Result<Vec<SiteRecord>, StoreError> {
    Ok(store.sites(federation, now).await?.into_iter().map(site_record).collect())
}

/// Ends a site's part in its federation. Its next request is refused; its streams end when the servers that hold
/// them look, within [`crate::revocation::LOOK_EVERY_MS`]. What it has sent and is not merged can be discarded.
///
/// # Errors
/// When there is no such site, or that can't be stored.
pub async fn revoke_site(
    store: &Store,
    site: SiteId,
    updates: Unmerged,
    (actor, now): (Actor, Timestamp),
) -> Result<Revoked, Error> {
    let revoked = store.revoke_site(site, updates, actor, now).await?.ok_or(Error::NoSite(site))?;
    let (federation, discarded) = (&revoked.federation, revoked.discarded.len());
    tracing::info!(%federation, %site, discarded, "the site's part was ended");
    Ok(revoked)
}

/// Makes a first operator credential and writes it to a file in `folder`, never to a stream that may be logged. Answers
/// with the file, or `None` when there is a credential already.
///
/// # Errors
/// When it can't be made, written or stored.
pub async fn first_operator(store: &Store, folder: &Path, now: Timestamp) -> Result<Option<PathBuf>, Error> {
    if store.operator().await?.is_some() {
        return Ok(None);
    }
    let credential = OperatorCredential::generate().map_err(|e| Error::Internal(format!("random numbers: {e}")))?;
    // Before it is stored: nobody could know one that is stored and then not written.
    let file = CredentialFile::write(folder, &credential.reveal()).map_err(Error::Scratch)?;
    if !store.insert_operator(&credential.hash(), now).await? {
        return Ok(None);
    }
    tracing::info!("the first operator credential was made");
    file.keep().map(Some).map_err(Error::Scratch)
}

/// A new operator credential; the one there was is worth nothing from now on.
///
/// # Errors
/// When it can't be made or stored.
pub async fn new_operator(store: &Store, now: Timestamp) -> Result<OperatorCredential, Error> {
    let credential = OperatorCredential::generate().map_err(|e| Error::Internal(format!("random numbers: {e}")))?;
    store.replace_operator(&credential.hash(), Actor::CommandLine, now).await?;
    tracing::info!("a new operator credential was made");
    Ok(credential)
}

fn invitation_record(invitation: StoredInvitation, now: Timestamp) -> InvitationRecord {
    let state = match (invitation.used, invitation.revoked) {
        (Some((site, at)), _) => InvitationState::Used { site, at_ms: at.ms() },
        (None, Some(at)) => InvitationState::Revoked { at_ms: at.ms() },
        (None, None) if invitation.refusal(now) == Some(InvitationRefusal::Expired) => InvitationState::Expired,
        (None, None) => InvitationState::Open,
    };
    InvitationRecord {
        id: invitation.id,
        federation: invitation.federation,
        name: invitation.name,
        made_at_ms: invitation.made.ms(),
        expires_at_ms: invitation.expires.ms(),
        state,
    }
}

fn site_record(site: StoredSite) -> SiteRecord {
    SiteRecord {
        id: site.id,
        federation: site.federation,
        name: site.name,
        enrolled_at_ms: site.enrolled.ms(),
        seen_at_ms: site.seen.map(Timestamp::ms),
        revoked_at_ms: site.revoked.map(Timestamp::ms),
        public_key: site.public_key,
    }
}

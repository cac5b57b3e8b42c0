//! The one place that decides who may join, and the one that tells who is asking.

use std::sync::Arc;

use fedner_protocol::{EnrolRequest, EnrolResponse};

use crate::config::{Enrolment, FederationConfig};
use crate::credential::Credential;
use crate::error::Error;
use crate::federation::Federation;
use crate::store::{Store, StoredSite};
use crate::timestamp::Timestamp;

/// Enrols a new site.
///
/// # Errors
/// When the federation does not take it, or it can't be stored.
pub async fn enrol(
    store: &Store,
    federation: &Arc<Federation>,
    request: &EnrolRequest,
    now: Timestamp,
) -> Result<EnrolResponse, Error> {
    let config = federation.config();
    may_join(config, request)?;
    let credential = Credential::generate().map_err(|e| Error::Internal(format!("random numbers: {e}")))?;
    let site = StoredSite { id: credential.site(), federation: config.id.clone(), credential: credential.hash() };
    if !store.insert_site(&site, now, config.sites_max).await? {
        return Err(Error::SitesFull { federation: config.id.clone(), sites_max: config.sites_max });
    }
    tracing::info!(federation = %config.id, site = %site.id, "site enrolled");
    Ok(EnrolResponse { site: site.id, credential: credential.reveal() })
}

fn may_join(config: &FederationConfig, _request: &EnrolRequest) -> Result<(), Error> {
    match config.enrolment {
        Enrolment::Open => Ok(()),
        Enrolment::Closed => Err(Error::NotOpen(config.id.clone())),
    }
}

/// The site that an `Authorization` header belongs to.
///
/// # Errors
/// When there is none, or the store can't be read.
pub async fn who_asks(store: &Store, authorization: Option<&str>) -> Result<StoredSite, Error> {
    let (scheme, text) = authorization.and_then(|header| header.split_once(' ')).ok_or(Error::NotEnrolled)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Error::NotEnrolled);
    }
    let credential = Credential::parse(text.trim()).ok_or(Error::NotEnrolled)?;
    let site = store.site(credential.site()).await?.ok_or(Error::NotEnrolled)?;
    if site.credential.matches(&credential) { Ok(site) } else { Err(Error::NotEnrolled) }
}

//! What handlers take out of a request.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use fedner_protocol::{FederationId, SiteId};
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;

use super::App;
use super::layers::Client;
use crate::enrolment::{is_operator, who_asks};
use crate::error::Error;
use crate::federation::Federation;

/// Largest JSON body, in bytes.
const JSON_BYTES_MAX: usize = 16 << 10;

/// The site that asks, and its federation. The only way for a handler to either.
pub(super) struct Asker {
    pub(super) site: SiteId,
    pub(super) federation: Arc<Federation>,
}

impl FromRequestParts<Arc<App>> for Asker {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let site = who_asks(&app.store, authorization(parts), app.clock.now()).await;
        let site = site.map_err(|error| app.counted(Client::of(&parts.extensions), error))?;
        app.admission.site(site.id).map_err(Error::TooFast)?;
        let InPath(path): InPath<HashMap<String, String>> = InPath::from_request_parts(parts, app).await?;
        let id = path.get("f").cloned().unwrap_or_default();
        let id = FederationId::try_from(id).map_err(|e| Error::BadRequest(e.to_string()))?;
        let federation = Arc::clone(app.federation(&id)?);
        if site.federation != id {
            return Err(Error::OtherFederation(id));
        }
        federation.touch(site.id);
        Ok(Self { site: site.id, federation })
    }
}

/// The operator asks. The only way into a handler that is the operator's.
pub(super) struct Operator;

impl FromRequestParts<Arc<App>> for Operator {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let known = is_operator(&app.store, authorization(parts)).await;
        known.map(|()| Self).map_err(|error| app.counted(Client::of(&parts.extensions), error))
    }
}

fn authorization(parts: &Parts) -> Option<&str> {
    parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok())
}

/// The variable parts of a path.
pub(super) struct InPath<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for InPath<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(value)| Self(value)).map_err(|e| Error::BadRequest(e.body_text()))
    }
}

/// The query of a path.
pub(super) struct InQuery<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for InQuery<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query.map(|Query(value)| Self(value)).map_err(|e| Error::BadRequest(e.body_text()))
    }
}

/// Reads a small JSON body.
pub(super) async fn read_json<T: DeserializeOwned>(body: Body) -> Result<T, Error> {
    let body = read(body, JSON_BYTES_MAX).await?;
    serde_json::from_slice(&body).map_err(|e| Error::BadRequest(e.to_string()))
}

/// Reads a body of at most `bytes_max` bytes.
pub(super) async fn read(body: Body, bytes_max: usize) -> Result<Vec<u8>, Error> {
    let bytes = to_bytes(body, bytes_max).await.map_err(|e| {
        let source = std::error::Error::source(&e);
        if source.is_some_and(|source| source.is::<LengthLimitError>()) {
            return Error::TooLarge(bytes_max);
        }
        Error::BadRequest("the body could not be read to its end".to_owned())
    })?;
    Ok(bytes.into())
}

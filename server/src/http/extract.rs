//! What handlers take out of a request.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use fedner_protocol::{FederationId, SiteId, check_keys_are_unique};
use serde::de::DeserializeOwned;

use super::layers::Client;
use super::origin::check_json;
use super::{App, session};
use crate::body::next_chunk;
use crate::enrolment::{bearer, is_operator, who_asks};
use crate::error::Error;
use crate::federation::Federation;
use crate::listen::Connection;

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
        known_connection(parts);
        Ok(Self { site: site.id, federation })
    }
}

/// The operator asks. The only way into a handler that is the operator's.
pub(super) struct Operator;

impl FromRequestParts<Arc<App>> for Operator {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        // A header wins: programs send it, and a session may be there besides.
        let credential = bearer(authorization(parts)).or_else(|| session::credential(parts));
        let known = is_operator(&app.store, credential).await;
        known.map_err(|error| app.counted(Client::of(&parts.extensions), error))?;
        known_connection(parts);
        Ok(Self)
    }
}

/// The connection is one of those that places are kept for.
fn known_connection(parts: &Parts) {
    if let Some(connection) = parts.extensions.get::<Connection>() {
        connection.is_known();
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

/// A small JSON body.
pub(super) struct JsonBody<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        check_json(request.headers())?;
        let body = read(request.into_body(), JSON_BYTES_MAX).await?;
        let read = check_keys_are_unique(&body).and_then(|()| serde_json::from_slice(&body));
        read.map(Self).map_err(|e| Error::BadRequest(e.to_string()))
    }
}

/// Reads a body of at most `bytes_max` bytes.
async fn read(mut body: Body, bytes_max: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = next_chunk(&mut body).await? {
        if bytes.len() + chunk.len() > bytes_max {
            return Err(Error::TooLarge(bytes_max));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

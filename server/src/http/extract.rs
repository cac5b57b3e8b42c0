//! What handlers take out of a request.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Path};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use fedner_protocol::{FederationId, SiteId};
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;

use super::App;
use crate::enrolment::who_asks;
use crate::error::Error;
use crate::federation::Federation;

/// The site that asks, and its federation. The only way for a handler to either.
pub(super) struct Asker {
    pub(super) site: SiteId,
    pub(super) federation: Arc<Federation>,
}

impl FromRequestParts<Arc<App>> for Asker {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let authorization = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let site = who_asks(app.store.as_ref(), authorization).await?;
        let InPath(path): InPath<HashMap<String, String>> = InPath::from_request_parts(parts, app).await?;
        let id = path.get("f").cloned().unwrap_or_default();
        let id = FederationId::try_from(id).map_err(|e| Error::BadRequest(e.to_string()))?;
        let federation = app.federations.get(&id).cloned().ok_or_else(|| Error::NoFederation(id.clone()))?;
        if site.federation != id {
            return Err(Error::OtherFederation(id));
        }
        federation.touch(site.id);
        Ok(Self { site: site.id, federation })
    }
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

//! The packs of pretrained encoders. They are public, as the page is: nothing of any site is in them.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use fedner_protocol::Digest;
use tower::ServiceExt;
use tower_http::services::ServeFile;

use super::App;
use crate::encoders::{ENDING, ListedPack};
use crate::error::Error;

/// A pack is named by its content.
const PACK_CACHING: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// All packs.
pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Json<Vec<ListedPack>>, Error> {
    let encoders = app.encoders.clone();
    let listed = tokio::task::spawn_blocking(move || encoders.list()).await;
    let listed = listed.map_err(|error| Error::Internal(error.to_string()))?;
    listed.map(Json).map_err(|error| Error::Internal(error.to_string()))
}

/// A pack's file, whole or in ranges.
pub(super) async fn pack(
    State(app): State<Arc<App>>,
    Path(file): Path<String>,
    request: Request,
) -> Result<Response, Error> {
    let digest = file.strip_suffix(ENDING).and_then(|digest| digest.parse::<Digest>().ok()).ok_or(Error::NoPath)?;
    let served = ServeFile::new(app.encoders.path(&digest)).oneshot(request).await;
    let mut response = served.unwrap_or_else(|never| match never {}).into_response();
    if response.status() == StatusCode::NOT_FOUND {
        return Err(Error::NoPath);
    }
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        response.headers_mut().insert(CACHE_CONTROL, PACK_CACHING);
    }
    Ok(response)
}

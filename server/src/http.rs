//! The HTTP interface: handlers parse, call one method, encode.

mod extract;
mod handlers;
mod layers;
mod page;
mod refusal;
mod stream;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post, put};
use fedner_protocol::{API_BASE, FederationId};
use tower_http::catch_panic::CatchPanicLayer;

use crate::clock::Clock;
use crate::config::{ListenConfig, PageConfig};
use crate::error::Error;
use crate::federation::Federation;
use crate::store::Store;

/// What handlers work with.
pub struct App {
    /// The federations that are served.
    pub federations: BTreeMap<FederationId, Arc<Federation>>,
    /// The store.
    pub store: Arc<Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Limits.
    pub limits: ListenConfig,
}

/// All paths.
pub fn router(app: Arc<App>, page: &PageConfig) -> Router {
    let api = Router::new()
        .route("/enrol", post(handlers::enrol))
        .route("/federations/{f}", get(handlers::info))
        .route("/federations/{f}/events", get(stream::events))
        .route("/federations/{f}/models/latest", get(handlers::latest))
        .route("/federations/{f}/models/{version}", get(handlers::model))
        .route("/federations/{f}/rounds/{round}/updates/{id}", put(handlers::submit))
        .route("/federations/{f}/leave", post(handlers::leave))
        .fallback(no_path)
        .method_not_allowed_fallback(no_path)
        .layer(from_fn(layers::api_caching));
    let router = Router::new()
        .nest(API_BASE, api)
        .route("/healthz", get(handlers::health))
        .method_not_allowed_fallback(no_path)
        .with_state(Arc::clone(&app));
    page::serve(router, page)
        .layer(CatchPanicLayer::custom(refusal::after_panic))
        .layer(from_fn_with_state(app, layers::time_limit))
        .layer(from_fn(layers::log))
        .layer(from_fn(layers::security_headers))
}

async fn no_path() -> Error {
    Error::NoPath
}

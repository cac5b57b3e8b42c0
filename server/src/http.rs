//! The HTTP interface: handlers parse, call one method, encode.

mod admin;
mod dashboard;
mod encoders;
mod extract;
mod handlers;
mod layers;
mod log;
mod metrics;
mod model_body;
mod origin;
mod overview;
mod page;
mod refusal;
mod secure;
mod session;
mod stream;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{delete, get, post, put};
use fedner_protocol::{API_BASE, FederationId};
use tower_http::catch_panic::CatchPanicLayer;

use self::layers::Client;
pub use self::log::Refusals;
pub use self::metrics::router as metrics_router;
use self::origin::Origins;
use crate::clock::Clock;
use crate::config::{Config, PageConfig};
use crate::encoders::Encoders;
use crate::error::Error;
use crate::federation::Federation;
use crate::limits::Limits;
use crate::listen::Proxies;
use crate::metrics::Metrics;
use crate::models::Models;
use crate::pace::Pace;
use crate::store::Store;
use crate::upload::Uploads;

/// What handlers work with.
pub struct App {
    /// The federations that are served.
    pub federations: BTreeMap<FederationId, Arc<Federation>>,
    /// The store.
    pub store: Arc<Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// How much may be asked for.
    pub admission: Limits,
    /// Who is believed about whose request it is.
    pub proxies: Arc<Proxies>,
    /// Where browsers reach the server.
    pub origin: String,
    /// Which pages may ask for changes.
    origins: Origins,
    /// Packs of pretrained encoders.
    encoders: Encoders,
    /// Models on their way out.
    pub models: Models,
    /// Updates on their way in.
    pub uploads: Uploads,
    /// What was refused, for the log.
    pub refusals: Arc<Refusals>,
    /// What is counted for a Prometheus server.
    pub metrics: Metrics,
    /// How slowly a body may arrive.
    pub pace: Pace,
    /// Longest time for a request besides that in which its body arrives, in seconds.
    pub request_timeout_s: u64,
    /// Largest request line and headers.
    pub head_bytes_max: usize,
    /// Most header lines.
    pub headers_max: usize,
}

impl App {
    /// With these federations; `origin` is where browsers reach the server.
    pub fn new(
        config: &Config,
        federations: BTreeMap<FederationId, Arc<Federation>>,
        store: Arc<Store>,
        clock: Arc<dyn Clock>,
        proxies: Arc<Proxies>,
        origin: String,
    ) -> Self {
        Self {
            federations,
            store,
            clock,
            admission: Limits::new(&config.limits),
            proxies,
            origin,
            origins: Origins::new(config.listen.public_url.as_deref()),
            encoders: Encoders::of(&config.store.data_dir),
            models: Models::new(config.limits.models_cached_bytes_max),
            uploads: Uploads::new(config.store.data_dir.clone()),
            refusals: Arc::new(Refusals::new(&config.limits)),
            metrics: Metrics::new(),
            pace: Pace::new(&config.limits),
            request_timeout_s: config.listen.request_timeout_s,
            head_bytes_max: config.limits.head_bytes_max,
            headers_max: config.limits.headers_max,
        }
    }

    fn federation(&self, id: &FederationId) -> Result<&Arc<Federation>, Error> {
        self.federations.get(id).ok_or_else(|| Error::NoFederation(id.clone()))
    }

    /// Counts a wrong credential or invitation; after too many of an address, it no longer learns what
    /// exactly was wrong. Right ones are taken all the same: they can't be found by guessing, and one site that
    /// keeps asking wrongly must not lock out the others of its hospital.
    fn counted(&self, Client(client): Client, error: Error) -> Error {
        match error.is_wrong_secret().then(|| self.admission.failure(client)) {
            Some(Err(too_fast)) => Error::TooFast(too_fast),
            _ => error,
        }
    }
}

/// All paths.
pub fn router(app: Arc<App>, page: &PageConfig) -> Router {
    let without_credential = Router::new()
        .route("/enrol", post(handlers::enrol))
        .route("/invitation", post(handlers::invitation))
        .route("/offer", post(handlers::offer))
        .route("/admin/session", post(session::sign_in).delete(session::sign_out))
        .layer(from_fn_with_state(Arc::clone(&app), layers::own_name));
    let api = Router::new()
        .merge(without_credential)
        .route("/encoders", get(encoders::list))
        .route("/federations/{f}", get(handlers::info))
        .route("/federations/{f}/events", get(stream::events))
        .route("/federations/{f}/models/latest", get(handlers::latest))
        .route("/federations/{f}/models/{version}", get(handlers::model))
        .route("/federations/{f}/models/{version}/{digest}", get(handlers::model_by_digest))
        .route("/federations/{f}/rounds/{round}/updates/{id}", put(handlers::submit))
        .route("/federations/{f}/rounds/{round}/secure", get(secure::view))
        .route("/federations/{f}/rounds/{round}/attempts/{attempt}/secure", post(secure::send))
        .route("/federations/{f}/leave", post(handlers::leave))
        .route("/admin/invitations", get(admin::invitations).post(admin::invite))
        .route("/admin/invitations/{id}", delete(admin::revoke_invitation))
        .route("/admin/sites", get(admin::sites))
        .route("/admin/sites/{id}", delete(admin::revoke_site))
        .route("/admin/audit", get(admin::audit))
        .route("/admin/audit/check", get(overview::verify_audit))
        .route("/admin/overview", get(overview::overview))
        .route("/admin/qr-code", post(overview::qr_code))
        .route("/admin/federations/{f}/models/{version}", get(overview::model))
        .route("/admin/federations/{f}/pause", post(admin::pause))
        .route("/admin/federations/{f}/resume", post(admin::resume))
        .fallback(no_path)
        .method_not_allowed_fallback(no_path)
        .layer(from_fn(layers::api_caching));
    let router = Router::new()
        .nest(API_BASE, api)
        .route("/encoders/{file}", get(encoders::pack))
        .route("/healthz", get(handlers::health))
        .route("/livez", get(handlers::alive))
        .route("/readyz", get(handlers::health))
        .route("/metrics", get(metrics::guarded))
        .merge(dashboard::routes())
        .method_not_allowed_fallback(no_path)
        .with_state(Arc::clone(&app));
    page::serve(router, page)
        .layer(CatchPanicLayer::custom(refusal::after_panic))
        .layer(from_fn_with_state(Arc::clone(&app), layers::time_limit))
        .layer(from_fn_with_state(Arc::clone(&app), layers::admit))
        .layer(from_fn_with_state(Arc::clone(&app), log::log))
        .layer(from_fn_with_state(app, layers::security_headers))
}

async fn no_path() -> Error {
    Error::NoPath
}

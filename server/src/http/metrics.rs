//! What a Prometheus server asks for.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use fedner_protocol::API_BASE;

use super::extract::Operator;
use super::{App, handlers};
use crate::error::Error;
use crate::metrics::{self, Standing};

/// For a listener of its own, which only the operator's own network reaches: without a credential.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/metrics", get(unguarded))
        .route("/livez", get(handlers::alive))
        .route("/readyz", get(handlers::health))
        .with_state(app)
}

/// With the operator's credential.
pub(super) async fn guarded(_: Operator, state: State<Arc<App>>) -> Result<Response, Error> {
    unguarded(state).await
}

async fn unguarded(State(app): State<Arc<App>>) -> Result<Response, Error> {
    let text = app.metrics.text(&standing(&app).await);
    let text = text.map_err(|error| Error::Internal(format!("the metrics can't be written: {error}")))?;
    Ok(([(CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response())
}

/// What can't be read is left out: the rest is worth the more then.
async fn standing(app: &App) -> Standing {
    let mut federations = Vec::new();
    for federation in app.federations.values() {
        if let Ok(state) = federation.state().await {
            let goes_on = federation.is_driven() && federation.trouble().is_none();
            federations.push((federation.config().id.to_string(), state, goes_on));
        }
    }
    let damaged = app.store.damage().await.map_or(0, |rows| rows.len() as u64);
    let is_ready = app.store.check().await.is_ok() && federations.iter().all(|(_, _, goes_on)| *goes_on);
    Standing { federations, store_bytes: app.store.bytes().await.ok(), damaged_rows: damaged, is_ready }
}

/// What a path asks for, of a fixed list: paths themselves are any number.
pub(super) fn kind_of(path: &str) -> &'static str {
    let Some(path) = path.strip_prefix(API_BASE) else {
        return match path {
            "/healthz" | "/livez" | "/readyz" => "health",
            "/metrics" => "metrics",
            _ => "page",
        };
    };
    let mut parts = path.split('/').skip(1);
    match (parts.next(), parts.nth(1), parts.nth(1)) {
        (Some("enrol" | "invitation"), ..) => "enrolment",
        (Some("admin"), ..) => "admin",
        (Some("federations"), None, _) => "federation",
        (Some("federations"), Some("events"), _) => "events",
        (Some("federations"), Some("models"), _) => "model",
        (Some("federations"), Some("rounds"), Some("updates")) => "update",
        (Some("federations"), Some("leave"), _) => "leave",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_of_few_kinds() {
        for (path, kind) in [
            ("/", "page"),
            ("/immutable/a.js", "page"),
            ("/readyz", "health"),
            ("/api/v1/federations/a", "federation"),
            ("/api/v1/federations/a/events", "events"),
            ("/api/v1/federations/a/models/3/sha", "model"),
            ("/api/v1/federations/a/rounds/1/updates/x", "update"),
            ("/api/v1/federations/a/rounds/1/nothing/x", "other"),
            ("/api/v1/enrol", "enrolment"),
            ("/api/v1/admin/federations/a/pause", "admin"),
            ("/api/v1/something", "other"),
        ] {
            assert_eq!(kind_of(path), kind, "{path}");
        }
    }
}

//! What happens to every request and response.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{CACHE_CONTROL, ETAG};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::App;
use crate::error::Error;
use crate::listen::Peer;

/// The page needs nothing from elsewhere, so nothing from elsewhere is let in; of its own, what it has.
const SECURITY_HEADERS: [(&str, &str); 7] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
         connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    // For browsers that don't know frame-ancestors.
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), serial=()",
    ),
];

/// Where browsers reach the server by HTTPS, they are to use nothing else for two years.
const HSTS: (&str, &str) = ("strict-transport-security", "max-age=63072000");

/// The address that a request counts for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client(pub(super) IpAddr);

impl Client {
    /// Of a request that [`admit`] has seen; without it, all requests count as one.
    pub(super) fn of(extensions: &Extensions) -> Self {
        extensions.get().copied().unwrap_or(Self(Ipv4Addr::UNSPECIFIED.into()))
    }
}

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions))
    }
}

pub(super) async fn security_headers(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let hsts = app.origin.starts_with("https://").then_some(HSTS);
    for (name, value) in SECURITY_HEADERS.into_iter().chain(hsts) {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

/// Finds out whose request it is, and refuses it when its head is too large or there were too many.
pub(super) async fn admit(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get().map_or(Ipv4Addr::UNSPECIFIED.into(), |Peer(address)| *address);
    let client = app.proxies.client(peer, request.headers());
    request.extensions_mut().insert(Client(client));
    if let Err(too_fast) = app.admission.request(client) {
        return Error::TooFast(too_fast).into_response();
    }
    let (bytes_max, lines_max) = (app.head_bytes_max, app.headers_max);
    if head_bytes(&request) > bytes_max || request.headers().len() > lines_max {
        return Error::HeadTooLarge(bytes_max).into_response();
    }
    next.run(request).await
}

/// Bytes of the request line and the headers, as they were sent but for spaces.
fn head_bytes(request: &Request) -> usize {
    let lines = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    request.method().as_str().len() + target + "  HTTP/1.1\r\n\r\n".len() + lines.sum::<usize>()
}

/// Answers of the programming interface are for now; only models, which never change, say otherwise.
pub(super) async fn api_caching(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if !response.headers().contains_key(ETAG) {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Notes method, path, status and time. Never headers, queries or bodies: they can hold secrets.
pub(super) async fn log(request: Request, next: Next) -> Response {
    let (method, path, start) = (request.method().clone(), request.uri().path().to_owned(), Instant::now());
    let response = next.run(request).await;
    let (status, ms) = (response.status().as_u16(), start.elapsed().as_millis() as u64);
    if status >= 400 {
        tracing::info!(%method, path, status, ms, "request refused");
    } else {
        tracing::debug!(%method, path, status, ms, "request");
    }
    response
}

/// Bounds the time until a response starts.
pub(super) async fn time_limit(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let limit_s = app.request_timeout_s;
    match tokio::time::timeout(Duration::from_secs(limit_s), next.run(request)).await {
        Ok(response) => response,
        Err(_) => Error::TooSlow(limit_s).into_response(),
    }
}

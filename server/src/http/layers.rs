//! What happens to every request and response.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{CACHE_CONTROL, ETAG};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument as _;

use super::App;
use super::log::RequestId;
use super::origin::Asked;
use crate::body::{Arriving, Waited};
use crate::error::Error;
use crate::listen::Peer;

/// The page needs nothing from elsewhere, so nothing from elsewhere is let in; of its own, what it has.
const SECURITY_HEADERS: [(&str, &str); 7] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
         connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
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

/// Finds out whose request it is, and refuses it when its head is too large, there were too many, or another page sends it.
pub(super) async fn admit(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get().map_or(Ipv4Addr::UNSPECIFIED.into(), |Peer(address)| *address);
    let client = Client(app.proxies.client(peer, request.headers()));
    request.extensions_mut().insert(client);
    let mut response = match may_ask(&app, &request, peer, client) {
        Ok(()) => {
            let id = request.extensions().get().map(|RequestId(id)| id.clone()).unwrap_or_default();
            // Whatever is logged for this request names it.
            let span = tracing::info_span!("request", id, client = %client.0);
            next.run(request).instrument(span).await
        }
        Err(refusal) => refusal.into_response(),
    };
    // For the log.
    response.extensions_mut().insert(client);
    response
}

fn may_ask(app: &App, request: &Request, peer: IpAddr, Client(client): Client) -> Result<(), Error> {
    app.admission.request(client).map_err(Error::TooFast)?;
    let (bytes_max, lines_max) = (app.head_bytes_max, app.headers_max);
    if head_bytes(request) > bytes_max || request.headers().len() > lines_max {
        return Err(Error::HeadTooLarge(bytes_max));
    }
    app.origins.check_page(&asked(app, request, peer))
}

/// Checks that the server was called by its own name, where no credential protects a call.
pub(super) async fn own_name(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get().map_or(Ipv4Addr::UNSPECIFIED.into(), |Peer(address)| *address);
    match app.origins.check_name(&asked(&app, &request, peer)) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

fn asked<'r>(app: &App, request: &'r Request, peer: IpAddr) -> Asked<'r> {
    let is_proxied = app.proxies.trusts(peer);
    Asked { method: request.method(), uri: request.uri(), headers: request.headers(), is_proxied }
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

/// Bounds the time until a response starts. That in which the body arrives does not count: it has to keep a pace instead.
pub(super) async fn time_limit(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (limit, waited, start) = (Duration::from_secs(app.request_timeout_s), Waited::default(), Instant::now());
    let request = request.map(|body| Body::new(Arriving::new(body, app.pace, waited.clone())));
    let response = next.run(request);
    tokio::pin!(response);
    loop {
        let left = (limit + waited.total()).saturating_sub(start.elapsed());
        if left.is_zero() {
            return Error::TooSlow(limit.as_secs()).into_response();
        }
        if let Ok(response) = tokio::time::timeout(left, &mut response).await {
            return response;
        }
    }
}

//! What is logged of requests: bounded, with the client's address and a number that the client gets too.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::body::HttpBody as _;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio_util::sync::CancellationToken;

use super::App;
use super::layers::Client;
use super::metrics::kind_of;
use super::refusal::Failure;
use crate::config::LimitsConfig;
use crate::metrics::Answered;

/// The header that gives a client the number of its request, for the operator.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Bytes of a path that are logged.
const PATH_BYTES_MAX: usize = 120;
/// How often the log says how many refusals were not logged one by one.
const SUM_EVERY: Duration = Duration::from_secs(10);
/// Kinds of refusals that are summed up.
const KINDS: [(u16, &str); 4] = [(429, "429"), (401, "401"), (404, "404"), (0, "others")];

/// How much was refused, and how much of it is logged.
pub struct Refusals {
    /// A prefix of request numbers that differs from one start to the next.
    start: u32,
    requests: AtomicU64,
    logged: DefaultDirectRateLimiter,
    unlogged: [AtomicU64; KINDS.len()],
}

impl Refusals {
    /// Nothing was refused yet.
    pub fn new(config: &LimitsConfig) -> Self {
        let mut start = [0; 4];
        // Only so that numbers of two starts are not mixed up: without random bytes they begin alike.
        let _ = getrandom::fill(&mut start);
        Self {
            start: u32::from_le_bytes(start),
            requests: AtomicU64::new(0),
            logged: RateLimiter::direct(Quota::per_minute(config.refusals_logged_per_minute)),
            unlogged: Default::default(),
        }
    }

    fn next_id(&self) -> String {
        format!("{:08x}-{}", self.start, self.requests.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Whether a refusal may be logged; one that may not is counted.
    fn may_log(&self, status: u16) -> bool {
        let may = self.logged.check().is_ok();
        if !may {
            let kind = KINDS.iter().position(|(of, _)| *of == status).unwrap_or(KINDS.len() - 1);
            self.unlogged[kind].fetch_add(1, Ordering::Relaxed);
        }
        may
    }

    /// Logs from time to time how many refusals were not logged, until the server stops.
    pub async fn sum_up(self: Arc<Self>, stopping: CancellationToken) {
        while stopping.run_until_cancelled(tokio::time::sleep(SUM_EVERY)).await.is_some() {
            self.tell_sum();
        }
        self.tell_sum();
    }

    fn tell_sum(&self) {
        let counts = self.unlogged.each_ref().map(|count| count.swap(0, Ordering::Relaxed));
        let all: u64 = counts.iter().sum();
        if all > 0 {
            let parts = KINDS.iter().zip(counts).filter(|(_, count)| *count > 0);
            let parts: Vec<_> = parts.map(|((_, name), count)| format!("{name}: {count}")).collect();
            tracing::warn!("{all} more requests were refused than are logged one by one ({})", parts.join(", "));
        }
    }
}

/// The number of a request.
#[derive(Debug, Clone)]
pub(super) struct RequestId(pub(super) String);

/// Notes method, path, status, time and who asked. Never headers, queries or bodies: they can hold secrets.
pub(super) async fn log(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let start = Instant::now();
    let (method, path) = (method_name(request.method()), shown(request.uri().path()));
    let (kind, received) = (kind_of(request.uri().path()), request.body().size_hint().lower());
    let id = app.refusals.next_id();
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    let client = Client::of(response.extensions()).0;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let (status, time) = (response.status().as_u16(), start.elapsed());
    let (code, sent) = (response.extensions().get().copied(), response.body().size_hint().lower());
    app.metrics.count(&Answered { kind, status, code, time, received, sent });
    let ms = time.as_millis() as u64;
    match response.extensions().get::<Failure>() {
        _ if status < 400 => tracing::debug!(id, %client, method, path, status, ms, "request"),
        _ if !app.refusals.may_log(status) => {}
        Some(Failure(why)) => tracing::error!(id, %client, method, path, status, ms, "{why}"),
        None => tracing::info!(id, %client, method, path, status, ms, "request refused"),
    }
    response
}

/// Standard methods by name; others can be of any length.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// The beginning of a path. It is ASCII: a URI has no other characters.
fn shown(path: &str) -> String {
    match path.get(..PATH_BYTES_MAX) {
        Some(beginning) if beginning.len() < path.len() => format!("{beginning}… ({} bytes)", path.len()),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[test]
    fn a_long_path_is_cut() {
        assert_eq!(shown("/healthz"), "/healthz");
        let long = format!("/{}", "a".repeat(16_000));
        assert!(shown(&long).len() < 150 && shown(&long).ends_with("(16001 bytes)"));
    }

    #[test]
    fn after_some_refusals_only_their_number_counts() {
        let config =
            LimitsConfig { refusals_logged_per_minute: NonZeroU32::new(3).unwrap(), ..LimitsConfig::default() };
        let refusals = Refusals::new(&config);
        let logged = (0..50).filter(|_| refusals.may_log(429)).count();
        assert_eq!(logged, 3);
        assert!(!refusals.may_log(410));
        assert_eq!(refusals.unlogged.each_ref().map(|count| count.load(Ordering::Relaxed)), [47, 0, 0, 1]);
        assert_ne!(refusals.next_id(), refusals.next_id());
    }
}

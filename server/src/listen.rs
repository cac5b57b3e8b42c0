//! Takes connections and serves the requests on them, over HTTP/1.1 or HTTP/2.

mod answer;
mod connections;
mod progress;
mod proxies;
mod tls;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use self::answer::Answer;
pub use self::connections::Connection;
use self::connections::{Connections, ConnectionsMax};
use self::progress::Progressing;
pub use self::proxies::Proxies;
pub use self::tls::{Certificate, TlsError};
use crate::config::{LimitsConfig, ListenConfig};
use crate::pace::Pace;

/// Wait after a connection could not be accepted, such as when file handles run out.
const ACCEPT_RETRY: Duration = Duration::from_millis(200);
/// A connection whose other end has not confirmed what was sent for so long is lost.
const UNCONFIRMED_MAX: Duration = Duration::from_secs(30);
/// The configured limits of a request's head are refused with a reason up to this many times their size;
/// beyond it the connection ends with a bare 431 before the head is read to its end.
const HEAD_HARD_LIMIT: usize = 4;
/// HTTP/2: requests at once on a connection. A browser sends those of all its tabs over one.
const H2_REQUESTS_MAX: u32 = 100;
/// HTTP/2: bytes of a request's body that may be under way before they are read.
const H2_REQUEST_WINDOW: u32 = 128 << 10;
/// HTTP/2: the same of all requests of a connection.
const H2_CONNECTION_WINDOW: u32 = 256 << 10;
/// HTTP/2: bytes of an answer that are kept for a client that does not take them yet.
const H2_SEND_BUFFER: usize = 64 << 10;
/// HTTP/2: time between signs of life on a quiet connection, and longest wait for the answer to one.
const H2_PING: Duration = Duration::from_secs(20);

/// Whom a connection comes from: the client, or the proxy in front. In the extensions of every request.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Everything that connections are served with.
pub struct Listener {
    /// Where they come in.
    pub tcp: TcpListener,
    /// With it, connections are TLS.
    pub certificate: Option<Arc<Certificate>>,
    /// What answers.
    pub router: Router,
    /// Times and counts.
    pub config: ListenConfig,
    /// More counts.
    pub limits: LimitsConfig,
    /// Proxies in front.
    pub proxies: Arc<Proxies>,
}

impl Listener {
    /// Serves until `draining`, then lets requests under way finish within the configured time.
    pub async fn run(self, draining: CancellationToken) {
        let connections = Connections::new(self.connections_max());
        let (graceful, overdue) = (GracefulShutdown::new(), CancellationToken::new());
        let serving = Arc::new(self.serving(overdue.clone()));
        loop {
            let accepted = tokio::select! {
                accepted = self.tcp.accept() => accepted,
                () = draining.cancelled() => break,
            };
            let (stream, peer) = match accepted {
                Ok((stream, address)) => (stream, address.ip().to_canonical()),
                Err(error) => {
                    tracing::warn!("a connection could not be accepted: {error}");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                    continue;
                }
            };
            let Some(connection) = connections.open(peer, self.proxies.trusts(peer)) else {
                tracing::debug!(%peer, "a connection too many was closed");
                continue;
            };
            let from = Source { peer, connection, watcher: graceful.watcher() };
            let serving = Arc::clone(&serving);
            tokio::spawn(async move { serving.connection(stream, from).await });
        }
        let limit = Duration::from_secs(self.config.shutdown_timeout_s);
        drop(self.tcp);
        if tokio::time::timeout(limit, graceful.shutdown()).await.is_err() {
            tracing::warn!("some requests took longer than {} s and were cut off", limit.as_secs());
        }
        overdue.cancel();
    }

    fn connections_max(&self) -> ConnectionsMax {
        let (all, limits) = (self.config.connections_max, &self.limits);
        ConnectionsMax {
            all,
            // Where there are few in all, half of them.
            unknown: limits.connections_unknown_max.min(all.div_ceil(2)),
            address: limits.connections_per_address_max,
            ipv6_48: limits.for_48(limits.connections_per_address_max),
        }
    }

    fn serving(&self, overdue: CancellationToken) -> Serving {
        let idle_max = Duration::from_secs(self.config.header_timeout_s);
        let head_bytes_max = self.limits.head_bytes_max * HEAD_HARD_LIMIT;
        let mut http = auto::Builder::new(TokioExecutor::new());
        http.http1()
            .timer(TokioTimer::new())
            .header_read_timeout(idle_max)
            .max_headers(self.limits.headers_max * HEAD_HARD_LIMIT)
            .max_buf_size(head_bytes_max);
        http.http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(H2_PING)
            .keep_alive_timeout(H2_PING)
            .max_concurrent_streams(H2_REQUESTS_MAX)
            .initial_stream_window_size(H2_REQUEST_WINDOW)
            .initial_connection_window_size(H2_CONNECTION_WINDOW)
            .max_send_buf_size(H2_SEND_BUFFER)
            .max_header_list_size(u32::try_from(head_bytes_max).unwrap_or(u32::MAX));
        let (router, certificate) = (self.router.clone(), self.certificate.clone());
        Serving { http, router, certificate, idle_max, pace: Pace::new(&self.limits), overdue }
    }
}

/// What each connection needs.
struct Serving {
    http: auto::Builder<TokioExecutor>,
    router: Router,
    certificate: Option<Arc<Certificate>>,
    idle_max: Duration,
    pace: Pace,
    overdue: CancellationToken,
}

/// Whom a connection comes from, and what is kept of it.
struct Source {
    peer: IpAddr,
    connection: Connection,
    watcher: Watcher,
}

impl Serving {
    async fn connection(&self, stream: TcpStream, from: Source) {
        set_options(&stream);
        let stream = Progressing::new(stream, self.pace);
        let Some(certificate) = &self.certificate else {
            return self.requests(stream, from).await;
        };
        let peer = from.peer;
        tokio::select! {
            accepted = certificate.accept(stream) => match accepted {
                Ok(stream) => self.requests(stream, from).await,
                Err(error) => tracing::debug!(%peer, "TLS handshake: {error}"),
            },
            () = from.connection.ended(self.idle_max) => tracing::debug!(%peer, "TLS handshake: it was not done in time"),
        }
    }

    async fn requests<S>(&self, stream: S, Source { peer, connection, watcher }: Source)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let named = {
            let connection = connection.clone();
            move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(Peer(peer));
                request.extensions_mut().insert(connection.clone());
                request
            }
        };
        let router = self.router.clone().map_request(named);
        let counting = connection.clone();
        let service = tower::service_fn(move |request: Request<Incoming>| {
            let (busy, answer) = (counting.begin(), router.clone().oneshot(request));
            async move { answer.await.map(|response| response.map(|body| Answer::new(body, busy))) }
        });
        let service = TowerToHyperService::new(service);
        let served = watcher.watch(self.http.serve_connection(TokioIo::new(stream), service).into_owned());
        tokio::select! {
            outcome = served => if let Err(error) = outcome {
                tracing::debug!(%peer, "connection ended: {error}");
            },
            () = connection.ended(self.idle_max) => {}
            () = self.overdue.cancelled() => {}
        }
    }
}

/// Events go out at once, and a lost machine shows within [`UNCONFIRMED_MAX`] instead of a quarter of an hour.
fn set_options(stream: &TcpStream) {
    let mut outcome = stream.set_nodelay(true);
    if cfg!(any(target_os = "linux", target_os = "android")) {
        outcome = outcome.and_then(|()| set_user_timeout(stream));
    }
    if let Err(error) = outcome {
        tracing::debug!("socket options: {error}");
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn set_user_timeout(stream: &TcpStream) -> std::io::Result<()> {
    socket2::SockRef::from(stream).set_tcp_user_timeout(Some(UNCONFIRMED_MAX))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn set_user_timeout(_: &TcpStream) -> std::io::Result<()> {
    Ok(())
}

//! Takes connections and serves the requests on them.

mod proxies;
mod tls;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

pub use self::proxies::Proxies;
pub use self::tls::{Certificate, TlsError};
use crate::config::{LimitsConfig, ListenConfig};
use crate::limits::{Slots, network};

/// Wait after a connection could not be accepted, such as when file handles run out.
const ACCEPT_RETRY: Duration = Duration::from_millis(200);
/// A connection whose other end has not confirmed what was sent for so long is lost.
const UNCONFIRMED_MAX: Duration = Duration::from_secs(30);
/// The configured limits of a request's head are refused with a reason up to this many times their size;
/// beyond it the connection ends with a bare 431 before the head is read to its end.
const HEAD_HARD_LIMIT: usize = 4;

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
        let connections = Arc::new(Semaphore::new(self.config.connections_max));
        let of_address = Slots::new(self.config.connections_max, self.limits.connections_per_address_max);
        let (graceful, overdue) = (GracefulShutdown::new(), CancellationToken::new());
        let serving = Arc::new(self.serving(overdue.clone()));
        loop {
            let next = async {
                // The semaphore is never closed.
                let permit = Arc::clone(&connections).acquire_owned().await.ok();
                (permit, self.tcp.accept().await)
            };
            let (permit, accepted) = tokio::select! {
                next = next => next,
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
            let slot = of_address.take(network(peer));
            if slot.is_none() && !self.proxies.trusts(peer) {
                tracing::debug!(%peer, "a connection too many of this address was closed");
                continue;
            }
            let (serving, watcher) = (Arc::clone(&serving), graceful.watcher());
            tokio::spawn(async move {
                let _held = (permit, slot);
                serving.connection(stream, peer, watcher).await;
            });
        }
        let limit = Duration::from_secs(self.config.shutdown_timeout_s);
        drop(self.tcp);
        if tokio::time::timeout(limit, graceful.shutdown()).await.is_err() {
            tracing::warn!("some requests took longer than {} s and were cut off", limit.as_secs());
        }
        overdue.cancel();
    }

    fn serving(&self, overdue: CancellationToken) -> Serving {
        let header_timeout = Duration::from_secs(self.config.header_timeout_s);
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(header_timeout)
            .max_headers(self.limits.headers_max * HEAD_HARD_LIMIT)
            .max_buf_size(self.limits.head_bytes_max * HEAD_HARD_LIMIT);
        let (router, certificate) = (self.router.clone(), self.certificate.clone());
        Serving { http, router, certificate, header_timeout, overdue }
    }
}

/// What each connection needs.
struct Serving {
    http: http1::Builder,
    router: Router,
    certificate: Option<Arc<Certificate>>,
    header_timeout: Duration,
    overdue: CancellationToken,
}

impl Serving {
    async fn connection(&self, stream: TcpStream, peer: IpAddr, watcher: Watcher) {
        set_options(&stream);
        let Some(certificate) = &self.certificate else {
            return self.requests(stream, peer, watcher).await;
        };
        match tokio::time::timeout(self.header_timeout, certificate.accept(stream)).await {
            Ok(Ok(stream)) => self.requests(stream, peer, watcher).await,
            Ok(Err(error)) => tracing::debug!(%peer, "TLS handshake: {error}"),
            Err(_) => tracing::debug!(%peer, "TLS handshake: it took longer than {:?}", self.header_timeout),
        }
    }

    async fn requests<S: AsyncRead + AsyncWrite + Unpin + 'static>(&self, stream: S, peer: IpAddr, watcher: Watcher) {
        let named = move |mut request: Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            request
        };
        let service = TowerToHyperService::new(self.router.clone().map_request(named));
        let connection = watcher.watch(self.http.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            outcome = connection => if let Err(error) = outcome {
                tracing::debug!(%peer, "connection ended: {error}");
            },
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

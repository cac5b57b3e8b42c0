//! A running server: listens, serves, stops.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use fedner_protocol::FederationId;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::audit::{Actor, AuditEntry, AuditEvent};
use crate::clock::Clock;
use crate::config::{Config, ConfigError, ListenConfig};
use crate::failpoint::WritePoint;
use crate::federation::{self, Federation, Surroundings};
use crate::http::{App, router};
use crate::replica;
use crate::store::{Purpose, Store, StoreError};

/// Longest time for the drivers to finish what they are storing when the server stops.
const DRIVERS_STOP_MAX: Duration = Duration::from_secs(10);
/// Wait after a connection could not be accepted, such as when file handles run out.
const ACCEPT_RETRY: Duration = Duration::from_millis(200);
/// A connection whose other end has not confirmed what was sent for so long is lost.
const UNCONFIRMED_MAX: Duration = Duration::from_secs(30);
/// Most header lines of a request.
const HEADERS_MAX: usize = 64;
/// Largest head of a request, in bytes.
const HEAD_BYTES_MAX: usize = 16 << 10;

/// Why the server can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration can't work.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The store can't be used.
    #[error("{place}: {source}")]
    Store {
        /// The data folder or the database's address.
        place: String,
        /// Why.
        source: StoreError,
    },
    /// A federation can't be served.
    #[error(transparent)]
    Federation(#[from] federation::StartError),
    /// The address can't be used.
    #[error("can't listen on {address} (listen.address): {reason}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        reason: std::io::Error,
    },
}

/// A server that listens. Dropping it ends it without waiting; see [`Server::stop`].
pub struct Server {
    address: SocketAddr,
    draining: CancellationToken,
    stopping: CancellationToken,
    listener: Option<JoinHandle<()>>,
    /// What goes on beside requests: rounds, and the sign that this server is alive.
    drivers: Vec<JoinHandle<()>>,
    store: Arc<Store>,
}

impl Server {
    /// Opens the store, takes the federations up where they were left and listens.
    ///
    /// # Errors
    /// When configuration, store, a federation or the address can't be used.
    pub async fn start(config: Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        config.validate()?;
        let store_failed = |source| StartError::Store { place: config.store.to_string(), source };
        let store = Store::open(&config.store, Purpose::Serve).await.map_err(store_failed)?;
        let address = config.listen.address;
        let listen_failed = |reason| StartError::Listen { address, reason };
        let listener = TcpListener::bind(address).await.map_err(listen_failed)?;
        let address = listener.local_addr().map_err(listen_failed)?;

        let (draining, stopping) = (CancellationToken::new(), CancellationToken::new());
        let mut server = Self {
            address,
            draining: draining.clone(),
            stopping: stopping.clone(),
            listener: None,
            drivers: Vec::new(),
            store: Arc::clone(&store),
        };
        let (replica, keep_alive) =
            replica::enter(Arc::clone(&store), Arc::clone(&clock), stopping.clone()).await.map_err(store_failed)?;
        server.drivers.push(tokio::spawn(keep_alive));
        let around = Surroundings {
            store: Arc::clone(&store),
            replica,
            scratch_dir: config.store.data_dir.clone(),
            clock: Arc::clone(&clock),
            limits: config.listen.clone(),
            uploads: Arc::new(Semaphore::new(config.listen.uploads_max)),
            draining: draining.clone(),
            stopping,
        };
        let started = AuditEntry {
            at: clock.now(),
            actor: Actor::Server,
            federation: None,
            event: AuditEvent::ServerStarted { program: env!("CARGO_PKG_VERSION"), configuration: config.digest() },
        };
        store.append_audit(WritePoint::StartServer, &started).await.map_err(store_failed)?;
        let head = store.audit_head().await.map_err(store_failed)?;
        tracing::info!("the audit log has {} rows, head {}", head.rows, head.hash);
        let federations = match server.start_federations(&config, around).await {
            Ok(federations) => federations,
            Err(error) => {
                // Leaves the store free for the next try.
                server.stop().await;
                return Err(error);
            }
        };
        let app = Arc::new(App { federations, store, clock, limits: config.listen.clone() });
        let router = router(app, &config.page);
        server.listener = Some(tokio::spawn(listen(listener, router, config.listen, draining)));
        Ok(server)
    }

    async fn start_federations(
        &mut self,
        config: &Config,
        around: Surroundings,
    ) -> Result<BTreeMap<FederationId, Arc<Federation>>, StartError> {
        let mut federations = BTreeMap::new();
        for config in &config.federations {
            let (federation, driver) = Federation::start(config.clone(), around.clone()).await?;
            self.drivers.push(driver);
            federations.insert(config.id.clone(), federation);
        }
        Ok(federations)
    }

    /// Where it listens; with port 0 configured, the port that it got.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where a browser on this machine finds it, such as `http://127.0.0.1:8080/`.
    pub fn url(&self) -> String {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            let local: std::net::IpAddr =
                if address.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() };
            address.set_ip(local);
        }
        format!("http://{address}/")
    }

    /// Stops: ends the event streams, lets requests under way finish within the configured time, then
    /// closes the store.
    pub async fn stop(mut self) {
        self.draining.cancel();
        if let Some(listener) = self.listener.take() {
            let _ = listener.await;
        }
        self.stopping.cancel();
        for driver in std::mem::take(&mut self.drivers) {
            if tokio::time::timeout(DRIVERS_STOP_MAX, driver).await.is_err() {
                tracing::warn!("a federation did not stop in time; what was acknowledged is stored");
            }
        }
        self.store.close().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.draining.cancel();
        self.stopping.cancel();
    }
}

async fn listen(listener: TcpListener, router: Router, limits: ListenConfig, draining: CancellationToken) {
    let connections = Arc::new(Semaphore::new(limits.connections_max));
    let (graceful, overdue) = (GracefulShutdown::new(), CancellationToken::new());
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(limits.header_timeout_s))
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES_MAX);
    loop {
        let next = async {
            // The semaphore is never closed.
            let permit = Arc::clone(&connections).acquire_owned().await.ok();
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            next = next => next,
            () = draining.cancelled() => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!("a connection could not be accepted: {error}");
                tokio::time::sleep(ACCEPT_RETRY).await;
                continue;
            }
        };
        set_options(&stream);
        let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
        let (connection, overdue) = (graceful.watch(connection), overdue.clone());
        tokio::spawn(async move {
            let _permit = permit;
            tokio::select! {
                outcome = connection => if let Err(error) = outcome {
                    tracing::debug!("connection ended: {error}");
                },
                () = overdue.cancelled() => {}
            }
        });
    }
    drop(listener);
    let limit = Duration::from_secs(limits.shutdown_timeout_s);
    if tokio::time::timeout(limit, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests took longer than {} s and were cut off", limits.shutdown_timeout_s);
    }
    overdue.cancel();
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

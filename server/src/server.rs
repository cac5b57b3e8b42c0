//! A running server: listens, serves, stops.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fedner_protocol::FederationId;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::audit::{Actor, AuditEntry, AuditEvent};
use crate::bundle::Bundle;
use crate::clock::Clock;
use crate::config::{Config, ConfigError, FederationConfig};
use crate::encoders::{Encoders, EncodersError};
use crate::failpoint::WritePoint;
use crate::federation::{self, Federation, FederationContext};
use crate::http::{App, metrics_router, router};
use crate::listen::{Certificate, Listener, Proxies, TlsError};
use crate::open_files;
use crate::operations;
use crate::replica::Heart;
use crate::revocation;
use crate::store::{Purpose, Store, StoreError};
use crate::store_clock::StoreClock;

/// Longest time for the drivers to finish what they are storing when the server stops.
const DRIVERS_STOP_MAX: Duration = Duration::from_secs(10);

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
    /// The pretrained encoder that a federation's model names can't be served.
    #[error("federation {id}: {error}")]
    Encoder {
        /// The federation.
        id: FederationId,
        /// Why not.
        error: EncodersError,
    },
    /// The certificate can't be used.
    #[error("certificate and key ([tls]): {0}")]
    Tls(#[from] TlsError),
    /// The first operator credential can't be made.
    #[error("the operator's credential: {0}")]
    Operator(String),
    /// The page that the program carries can't be unpacked.
    #[error("the page that this program carries: {0}")]
    Page(std::io::Error),
    /// The address can't be used.
    #[error("can't listen on {address} ([listen]): {reason}")]
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
    certificate: Option<Arc<Certificate>>,
    operator_file: Option<PathBuf>,
}

impl Server {
    /// Opens the store, takes the federations up where they were left and listens.
    ///
    /// # Errors
    /// When configuration, store, a federation or the address can't be used.
    pub async fn start(config: Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        config.validate()?;
        open_files::raise_limit(&config);
        config.warnings().iter().for_each(|warning| tracing::warn!("{warning}"));
        let certificate = Certificate::load(&config.tls)?;
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
            certificate: certificate.clone(),
            operator_file: None,
        };
        let store_clock = StoreClock::start(&store, Arc::clone(&clock)).await.map_err(store_failed)?;
        let clock = store_clock.clone().map_or(clock, |clock| clock as Arc<dyn Clock>);
        let heart = Heart::start(Arc::clone(&store), Arc::clone(&clock), store_clock.clone()).await;
        let heart = heart.map_err(store_failed)?;
        let replica = heart.replica().clone();
        server.drivers.push(tokio::spawn(heart.run(stopping.clone())));
        let context = FederationContext {
            store: Arc::clone(&store),
            replica,
            scratch_dir: config.store.data_dir.clone(),
            clock: Arc::clone(&clock),
            store_clock,
            limits: config.listen.clone(),
            uploads: Arc::new(Semaphore::new(config.listen.uploads_max)),
            draining,
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
        match server.serve(config, context, listener).await {
            Ok(()) => Ok(server),
            Err(error) => {
                // Leaves the store free for the next try.
                server.stop().await;
                Err(error)
            }
        }
    }

    /// Takes the federations up where they were left and lets requests in.
    async fn serve(
        &mut self,
        mut config: Config,
        context: FederationContext,
        tcp: TcpListener,
    ) -> Result<(), StartError> {
        config.page.dir = page_folder(&config).map_err(StartError::Page)?;
        let encoders = Encoders::of(&config.store.data_dir);
        for FederationConfig { id, model, .. } in &config.federations {
            encoders.check(model).map_err(|error| StartError::Encoder { id: id.clone(), error })?;
        }
        let (store, clock) = (Arc::clone(&context.store), Arc::clone(&context.clock));
        let (draining, stopping) = (context.draining.clone(), context.stopping.clone());
        let federations = self.start_federations(&config, context).await?;
        let operator = operations::first_operator(&store, &config.store.data_dir, clock.now()).await;
        self.operator_file = operator.map_err(|e| StartError::Operator(e.to_string()))?;
        let certificate = self.certificate.clone();
        if let Some(certificate) = certificate.clone() {
            tokio::spawn(certificate.watch(Duration::from_secs(config.tls.reload_s), stopping.clone()));
        }
        tokio::spawn(revocation::watch(store.clone(), federations.clone(), clock.clone(), stopping));
        if certificate.is_none() && !self.address.ip().is_loopback() && config.listen.trusted_proxies.is_empty() {
            tracing::warn!(
                "plain HTTP on {}: credentials can be read on the way. Set [tls], or listen.trusted_proxies where a \
                 proxy with TLS stands in front",
                self.address
            );
        }
        let proxies = Arc::new(Proxies::new(&config.listen));
        let origin = self.public_origin(&config);
        let app = App::new(&config, federations, store, clock, Arc::clone(&proxies), origin);
        tokio::spawn(Arc::clone(&app.refusals).sum_up(draining.clone()));
        let app = Arc::new(app);
        if let Some(address) = config.listen.metrics_address {
            serve_metrics(address, Arc::clone(&app), draining.clone()).await?;
        }
        let router = router(app, &config.page);
        let Config { listen, limits, .. } = config;
        let listener = Listener { tcp, certificate, router, config: listen, limits, proxies };
        self.listener = Some(tokio::spawn(listener.run(draining)));
        Ok(())
    }

    /// Where browsers reach the server, as far as that is known.
    fn public_origin(&self, config: &Config) -> String {
        let known = config.listen.public_url.clone().unwrap_or_else(|| self.url());
        known.trim_end_matches('/').to_owned()
    }

    async fn start_federations(
        &mut self,
        config: &Config,
        context: FederationContext,
    ) -> Result<BTreeMap<FederationId, Arc<Federation>>, StartError> {
        let mut federations = BTreeMap::new();
        for config in &config.federations {
            let (federation, driver) = Federation::start(config.clone(), context.clone()).await?;
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
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{address}/")
    }

    /// The file with the operator's credential, where this start has made the first one.
    pub fn operator_file(&self) -> Option<&Path> {
        self.operator_file.as_deref()
    }

    /// Reads the certificate's files now; `None` where the server has none.
    pub fn certificate_reload(&self) -> Option<impl Fn() + Send + 'static> {
        let certificate = Arc::clone(self.certificate.as_ref()?);
        Some(move || certificate.reload())
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

/// The configured page, else the one that the program carries.
fn page_folder(config: &Config) -> std::io::Result<Option<PathBuf>> {
    if config.page.dir.is_some() {
        return Ok(config.page.dir.clone());
    }
    let Some(bundle) = Bundle::own()? else { return Ok(None) };
    tracing::info!("the page is the program's own, SHA-256 {}", bundle.digest());
    bundle.unpack(&config.store.data_dir).map(Some)
}

/// Listens for a Prometheus server until this one stops.
async fn serve_metrics(address: SocketAddr, app: Arc<App>, draining: CancellationToken) -> Result<(), StartError> {
    let tcp = TcpListener::bind(address).await.map_err(|reason| StartError::Listen { address, reason })?;
    tracing::info!("metrics on http://{}/metrics", tcp.local_addr().unwrap_or(address));
    let served = axum::serve(tcp, metrics_router(app)).with_graceful_shutdown(draining.cancelled_owned());
    tokio::spawn(async move {
        if let Err(error) = served.await {
            tracing::error!("metrics are not served any more: {error}");
        }
    });
    Ok(())
}

impl Drop for Server {
    fn drop(&mut self) {
        self.draining.cancel();
        self.stopping.cancel();
    }
}

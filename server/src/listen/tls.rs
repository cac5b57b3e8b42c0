//! The server's certificate, read anew when its files change. Connections that are open stay open.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_util::sync::CancellationToken;

use crate::config::TlsConfig;

/// Largest file of a certificate or key, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Why a certificate can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The two don't make a certificate with its key.
    #[error("{} with {}: {reason}", certificate.display(), key.display())]
    Pair {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why.
        reason: String,
    },
}

/// A certificate that is in use, and where it comes from.
pub struct Certificate {
    files: Files,
    current: Arc<Current>,
    acceptor: TlsAcceptor,
    seen: Mutex<Stamp>,
}

#[derive(Clone)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// Length and time of change of both files; `None` for one that is not there.
type Stamp = [Option<(u64, SystemTime)>; 2];

/// What new connections get.
struct Current(RwLock<Arc<CertifiedKey>>);

impl Certificate {
    /// Reads the configured files; `None` without any.
    ///
    /// # Errors
    /// When they can't be used.
    pub fn load(config: &TlsConfig) -> Result<Option<Arc<Self>>, TlsError> {
        let Some((certificate, key)) = config.files() else { return Ok(None) };
        let files = Files { certificate: certificate.to_owned(), key: key.to_owned() };
        let (provider, seen) = (Arc::new(ring::default_provider()), files.stamp());
        let current = Arc::new(Current(RwLock::new(Arc::new(files.read(&provider)?))));
        let unusable = |e: tokio_rustls::rustls::Error| files.pair(e.to_string());
        let server = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let mut server = server.map_err(unusable)?.with_no_client_auth().with_cert_resolver(current.clone());
        server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(server));
        Ok(Some(Arc::new(Self { files, current, acceptor, seen: Mutex::new(seen) })))
    }

    /// A connection, once its handshake is done.
    pub async fn accept<S>(&self, stream: S) -> std::io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.acceptor.accept(stream).await
    }

    /// Looks at the files from time to time.
    pub async fn watch(self: Arc<Self>, every: Duration, stopping: CancellationToken) {
        while stopping.run_until_cancelled(tokio::time::sleep(every)).await.is_some() {
            let own = Arc::clone(&self);
            // Files may lie on a slow disk.
            let _ = tokio::task::spawn_blocking(move || own.reload_if_changed()).await;
        }
    }

    fn reload_if_changed(&self) {
        let changed = *self.seen.lock().unwrap_or_else(PoisonError::into_inner) != self.files.stamp();
        if changed {
            self.reload();
        }
    }

    /// Reads the files now. If they can't be used, the certificate in use stays, and the log says why.
    pub fn reload(&self) {
        // Before reading: what changes meanwhile is then seen the next time.
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = self.files.stamp();
        match self.files.read(&ring::default_provider()) {
            Ok(key) => {
                *self.current.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
                tracing::info!("new connections get the new certificate");
            }
            Err(error) => tracing::error!("the certificate in use stays, the new one can't be used: {error}"),
        }
    }
}

impl Files {
    fn stamp(&self) -> Stamp {
        [&self.certificate, &self.key].map(|path| {
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.len(), metadata.modified().ok()?))
        })
    }

    fn read(&self, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
        let chain = CertificateDer::pem_slice_iter(&contents(&self.certificate)?).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|e| file(&self.certificate, format!("it is not PEM: {e}")))?;
        if chain.is_empty() {
            return Err(file(&self.certificate, "it holds no certificate (-----BEGIN CERTIFICATE-----)".to_owned()));
        }
        let key = PrivateKeyDer::from_pem_slice(&contents(&self.key)?);
        let key = key.map_err(|e| file(&self.key, format!("it holds no private key: {e}")))?;
        CertifiedKey::from_der(chain, key, provider).map_err(|e| self.pair(e.to_string()))
    }

    fn pair(&self, reason: String) -> TlsError {
        TlsError::Pair { certificate: self.certificate.clone(), key: self.key.clone(), reason }
    }
}

fn contents(path: &Path) -> Result<Vec<u8>, TlsError> {
    let bytes = std::fs::metadata(path).map_err(|e| file(path, e.to_string()))?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(file(path, format!("it has {bytes} bytes, more than {FILE_BYTES_MAX}")));
    }
    std::fs::read(path).map_err(|e| file(path, e.to_string()))
}

fn file(path: &Path, reason: String) -> TlsError {
    TlsError::File { path: path.to_owned(), reason }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Current(…)")
    }
}

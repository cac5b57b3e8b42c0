//! Certificates for tests, and clients that trust one of them alone.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

/// A connection over TLS.
pub type Secured = TlsStream<TcpStream>;

/// A test that waits longer than this for a new certificate has failed.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// A new certificate for `localhost` in two files, `certificate.pem` and `key.pem`.
pub fn certificate(folder: &Path) -> CertificateDer<'static> {
    let made = generate_simple_self_signed(["localhost".to_owned()]);
    let CertifiedKey { cert, signing_key } = made.expect("a certificate for a host needs nothing else");
    for (name, text) in [("key.pem", KeyPair::serialize_pem(&signing_key)), ("certificate.pem", cert.pem())] {
        std::fs::write(folder.join(name), text).expect("the test's folder can be written");
    }
    cert.der().clone()
}

/// A connection to the server at `origin` that trusts nothing but one certificate.
///
/// # Errors
/// When nobody listens there, or with another certificate.
pub async fn connect(origin: &str, trusted: &CertificateDer<'static>) -> std::io::Result<Secured> {
    connect_for(origin, trusted, &[]).await
}

/// The same, for one of these protocols (ALPN), the best first.
///
/// # Errors
/// When nobody listens there, or with another certificate.
pub async fn connect_for(
    origin: &str,
    trusted: &CertificateDer<'static>,
    protocols: &[&str],
) -> std::io::Result<Secured> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).expect("it was made by certificate()");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().expect("ring has them");
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let connector = TlsConnector::from(Arc::new(config));
    let stream = TcpStream::connect(origin.trim_start_matches("https://")).await?;
    connector.connect(ServerName::try_from("localhost").expect("it is a name"), stream).await
}

/// Waits until new connections get this certificate.
pub async fn until_served(origin: &str, certificate: &CertificateDer<'static>) {
    let served = async { while connect(origin, certificate).await.is_err() {} };
    tokio::time::timeout(WAIT_MAX, served).await.expect("the new certificate is served");
}

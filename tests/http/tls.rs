//! HTTPS by the server itself, and certificates that change while it runs.

use std::path::Path;
use std::time::Duration;

use fedner_server::{Config, StartError};
use fedner_tests::TestApp;
use fedner_tests::tls::{Secured, certificate, connect, until_served};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A test that waits longer than this for the end of a connection has failed.
const WAIT_MAX: Duration = Duration::from_secs(60);

fn with_certificate(folder: &Path) -> impl FnOnce(&mut Config) {
    let files = (folder.join("certificate.pem"), folder.join("key.pem"));
    move |config| {
        (config.tls.certificate, config.tls.key) = (Some(files.0), Some(files.1));
        config.tls.reload_s = 1;
    }
}

/// One request on a connection that stays open.
async fn ask(stream: &mut Secured) -> String {
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"}") {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await.unwrap();
        assert_ne!(read, 0, "the connection ended");
        answer.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn https_with_a_certificate_that_changes_and_drops_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let first = certificate(folder.path());
    let app = TestApp::builder()
        .configure(with_certificate(folder.path()))
        // A connection stays open here, however long the new certificate takes.
        .configure(|config| config.listen.header_timeout_s = 600)
        .start()
        .await;
    assert!(app.origin().starts_with("https://"), "{}", app.origin());
    let mut open = connect(&app.origin(), &first).await.unwrap();
    let answer = ask(&mut open).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age="), "{answer}");

    let second = certificate(folder.path());
    until_served(&app.origin(), &second).await;
    assert!(connect(&app.origin(), &first).await.is_err(), "the old one is not served any more");
    assert!(ask(&mut open).await.starts_with("HTTP/1.1 200"), "the open connection goes on");

    // A certificate that can't be used changes nothing; the next good one is taken.
    std::fs::write(folder.path().join("certificate.pem"), "nonsense").unwrap();
    let third = folder.path().join("third");
    std::fs::create_dir(&third).unwrap();
    let third_certificate = certificate(&third);
    assert!(connect(&app.origin(), &second).await.is_ok());
    std::fs::copy(third.join("key.pem"), folder.path().join("key.pem")).unwrap();
    assert!(connect(&app.origin(), &second).await.is_ok(), "a key without its certificate is not taken");
    std::fs::copy(third.join("certificate.pem"), folder.path().join("certificate.pem")).unwrap();
    until_served(&app.origin(), &third_certificate).await;
}

#[tokio::test]
async fn plain_http_and_silence_on_the_tls_port_end_without_harm() {
    let folder = tempfile::tempdir().unwrap();
    let trusted = certificate(folder.path());
    let app = TestApp::builder()
        .configure(with_certificate(folder.path()))
        // Some seconds: a whole handshake must get through on a machine with much to do.
        .configure(|config| config.listen.header_timeout_s = 5)
        .start()
        .await;
    let address = app.origin().replace("https://", "");
    for sent in [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".as_slice(), b""] {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(sent).await.unwrap();
        let mut answer = Vec::new();
        let read = tokio::time::timeout(WAIT_MAX, stream.read_to_end(&mut answer)).await;
        let _ = read.expect("the server ends the connection");
        assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    }
    assert!(ask(&mut connect(&app.origin(), &trusted).await.unwrap()).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_certificate_that_can_not_be_used_is_named_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    for folder in [&one, &two] {
        std::fs::create_dir(folder).unwrap();
        certificate(folder);
    }
    let mut app = TestApp::start().await;
    let mut refused = async |certificate: &Path, key: &Path| {
        let files = (certificate.to_owned(), key.to_owned());
        let change = |config: &mut Config| (config.tls.certificate, config.tls.key) = (Some(files.0), Some(files.1));
        match app.restart_with(change).await {
            Err(error @ StartError::Tls(_)) => error.to_string(),
            other => panic!("{other:?}"),
        }
    };
    let error = refused(&one.join("certificate.pem"), &two.join("key.pem")).await;
    assert!(error.contains("one") && error.contains("two"), "{error}");
    let error = refused(&one.join("nothing.pem"), &one.join("key.pem")).await;
    assert!(error.contains("nothing.pem"), "{error}");
    let error = refused(&one.join("key.pem"), &one.join("key.pem")).await;
    assert!(error.contains("no certificate"), "{error}");
    let error = refused(&one.join("certificate.pem"), &one.join("certificate.pem")).await;
    assert!(error.contains("no private key"), "{error}");
}

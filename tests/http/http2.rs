//! Many tabs of one browser. Over HTTP/1.1 a browser has six connections to a server, and each event stream takes one whole.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use fedner_tests::tls::{certificate, connect_for};
use fedner_tests::{Answer, Events, Site, TestApp, update_id};
use reqwest::Method;

/// Connections of a browser to one server, and so the tabs that are too many.
const CONNECTIONS: usize = 6;
/// A test that waits longer than this for an event has failed.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// Reads on until a text has come, and answers with all that has come by then.
fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let mut read = String::new();
    let mut buffer = [0; 4096];
    while !read.contains(text) {
        let bytes = stream.read(&mut buffer).unwrap();
        assert_ne!(bytes, 0, "the connection ended: {read}");
        read += &String::from_utf8_lossy(&buffer[..bytes]);
    }
    read
}

/// An open event stream over HTTP/1.1.
fn event_stream(app: &TestApp, site: &Site) -> TcpStream {
    let mut stream = TcpStream::connect(app.origin().replace("http://", "")).unwrap();
    stream.set_read_timeout(Some(WAIT_MAX)).unwrap();
    let credential = &site.credential;
    write!(
        stream,
        "GET /api/v1/federations/test/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {credential}\r\n\r\n"
    )
    .unwrap();
    read_until(&mut stream, "connected");
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_http_1_six_tabs_with_streams_leave_no_connection_to_send_on() {
    let app = TestApp::start().await;
    let sites = app.sites(CONNECTIONS).await;
    let mut tabs: Vec<_> = sites.iter().map(|site| event_stream(&app, site)).collect();
    for tab in &mut tabs {
        tab.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    }
    assert_eq!(Answer::of(app.admin(Method::POST, "/federations/test/pause")).await.status, 204);
    for tab in &mut tabs {
        let read = read_until(tab, "paused");
        assert!(!read.contains("HTTP/1.1"), "a request on it is answered: {read}");
    }
}

#[tokio::test]
async fn over_http_2_any_number_of_tabs_streams_and_sends_on_one_connection() {
    // One connection is all there is: whoever opens a second is refused.
    let app = TestApp::builder().configure(|config| config.limits.connections_per_address_max = 1).start().await;
    let http = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let sites = app.sites(2 * CONNECTIONS).await;
    let request = |site: &Site, method: Method, path: &str| {
        let url = format!("{}/api/v1/federations/test{path}", app.origin());
        http.request(method, url).bearer_auth(&site.credential)
    };
    let mut streams = Vec::new();
    for site in &sites {
        let mut events = Events::open(request(site, Method::GET, "/events")).await;
        events.next().await.unwrap();
        streams.push(events);
    }
    let info: fedner_protocol::FederationInfo = Answer::of(request(&sites[0], Method::GET, "")).await.json();
    let values = vec![0.1; info.manifest.parameters()];
    for (i, site) in sites.iter().enumerate() {
        let body = fedner_tests::update_bytes(&info, &info.state.model, 1, 1, &values);
        let path = format!("/rounds/1/updates/{}", update_id(i as u8));
        let sent = Answer::of(request(site, Method::PUT, &path).body(body)).await;
        assert_eq!(sent.status, 201, "{}", sent.text());
    }
    let merged = fedner_protocol::Happened::RoundMerged { round: 1, sites: 2 * CONNECTIONS as u32 };
    for events in &mut streams {
        events.wait_for(merged.clone()).await;
    }
    let model = Answer::of(request(&sites[0], Method::GET, "/models/1")).await;
    assert_eq!(model.header("content-length"), model.body.len().to_string());
}

#[tokio::test]
async fn tls_offers_http_2_and_still_speaks_http_1() {
    let folder = tempfile::tempdir().unwrap();
    let trusted = certificate(folder.path());
    let files = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
    let app = TestApp::builder()
        .configure(|config| (config.tls.certificate, config.tls.key) = (Some(files.0), Some(files.1)))
        .start()
        .await;
    for (offered, chosen) in
        [(&["h2", "http/1.1"][..], Some("h2")), (&["http/1.1"], Some("http/1.1")), (&["h2"], Some("h2")), (&[], None)]
    {
        let connection = connect_for(&app.origin(), &trusted, offered).await.unwrap();
        let found = connection.get_ref().1.alpn_protocol().map(|protocol| str::from_utf8(protocol).unwrap().to_owned());
        assert_eq!(found.as_deref(), chosen, "{offered:?}");
    }
}

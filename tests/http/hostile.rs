//! A hostile network, on this machine and bounded: half requests, slow readers, spoofed headers and floods.

use std::net::SocketAddr;
use std::time::Duration;

use fedner_protocol::ProblemCode;
use fedner_server::Config;
use fedner_tests::{Answer, KeptLog, Site, TestApp, small_federation, update_id};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

/// A test that waits longer than this for an answer has failed.
const WAIT_MAX: Duration = Duration::from_secs(60);
/// Addresses of the attacker.
const ADDRESSES: std::ops::RangeInclusive<u8> = 2..=7;
/// Connections that each of them opens.
const CONNECTIONS_EACH: usize = 25;

fn small_server(config: &mut Config) {
    (config.listen.connections_max, config.limits.connections_unknown_max) = (60, 30);
    config.limits.connections_per_address_max = 20;
    // Time never helps: what is open stays open.
    (config.listen.header_timeout_s, config.listen.request_timeout_s, config.limits.stall_s) = (3600, 3600, 3600);
}

/// A connection from another address of this machine that has sent this much; `None` when the server ends it before.
async fn connect_from(app: &TestApp, last: u8, sent: &[u8]) -> Option<TcpStream> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, last], 0))).unwrap();
    let server: SocketAddr = app.origin().replace("http://", "").parse().unwrap();
    let mut stream = socket.connect(server).await.unwrap();
    stream.write_all(sent).await.ok().map(|()| stream)
}

/// As many connections as the attacker has, none of which ever finishes what it begins.
async fn attack(app: &TestApp, sent: &[u8]) -> Vec<Option<TcpStream>> {
    let mut held = Vec::new();
    for _ in 0..CONNECTIONS_EACH {
        for last in ADDRESSES {
            held.push(connect_from(app, last, sent).await);
        }
    }
    held
}

/// A new client each time, so that each needs a connection.
async fn health(app: &TestApp) -> u16 {
    let request = reqwest::Client::new().get(format!("{}/healthz", app.origin()));
    tokio::time::timeout(WAIT_MAX, Answer::of(request)).await.expect("a probe is answered").status
}

#[tokio::test]
async fn half_requests_keep_no_probe_no_site_and_no_operator_out() {
    let halves: [&[u8]; 5] = [
        b"",
        b"GET /healthz HTTP/1.1\r\nHost: ",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST /api/v1/enrol HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ];
    for half in halves {
        let app = TestApp::builder().configure(small_server).start().await;
        let sites = app.sites(3).await;
        let mut events = Vec::new();
        for site in &sites {
            events.push(site.events().await);
        }
        let _held = attack(&app, half).await;
        for _ in 0..15 {
            assert_eq!(health(&app).await, 200, "{half:?}");
        }
        for (i, site) in sites.iter().enumerate() {
            let sent = site.send(1, update_id(i as u8), 1, 1.0);
            tokio::time::timeout(WAIT_MAX, sent).await.expect("a site's update goes through");
        }
        let merged = events[0].wait_for(fedner_protocol::Happened::RoundMerged { round: 1, sites: 3 }).await;
        assert_eq!(merged.state.present, 3, "their streams stay open");
        assert_eq!(Answer::of(app.admin(reqwest::Method::GET, "/sites")).await.status, 200);
        let newcomer = app.enrol("test").await;
        newcomer.info().await;
    }
}

#[tokio::test]
async fn slow_readers_are_cut_off_and_others_get_the_model() {
    let mut federation = small_federation("test");
    // Several times what the system holds for a connection that nobody reads.
    federation.model.features[0].rows = 400_000;
    let app = TestApp::builder().federation(federation).configure(|config| config.limits.stall_s = 3).start().await;
    let site = app.enrol("test").await;
    let request = format!(
        "GET /api/v1/federations/test/models/0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n",
        site.credential
    );
    let mut slow = Vec::new();
    for _ in 0..20 {
        slow.push(connect_from(&app, 2, request.as_bytes()).await.unwrap());
    }
    let model = tokio::time::timeout(WAIT_MAX, site.model_bytes(0)).await.expect("an honest reader gets it");
    let mut readers = JoinSet::new();
    for mut stream in slow {
        readers.spawn(async move {
            // Takes a little, waits until the server has given up on it, and then takes all there is.
            let mut taken = vec![0; 1000];
            stream.read_exact(&mut taken).await.unwrap();
            while stream.try_write(b"\r\n").is_ok() {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            let _ = stream.read_to_end(&mut taken).await;
            taken.len()
        });
    }
    for taken in tokio::time::timeout(WAIT_MAX, readers.join_all()).await.expect("the server ends them") {
        assert!(taken < model.len(), "{taken} of {} bytes", model.len());
    }
}

#[tokio::test]
async fn spoofed_headers_lock_nobody_else_out() {
    let behind = |config: &mut Config| {
        config.listen.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
        config.limits.address_requests_burst = std::num::NonZeroU32::new(5).unwrap();
        config.limits.address_requests_per_minute = std::num::NonZeroU32::new(1).unwrap();
    };
    let app = TestApp::builder().configure(behind).start().await;
    let ask = async |forwarded: String| {
        let request = app.http().get(format!("{}/healthz", app.origin())).header("x-forwarded-for", forwarded);
        Answer::of(request).await.status
    };
    // As nginx's $proxy_add_x_forwarded_for makes it of what the attacker sends.
    let mut spoofed = Vec::new();
    for number in 0..20 {
        spoofed.push(ask(format!("[198.51.100.{number}]\", 203.0.113.9")).await);
    }
    assert_eq!(spoofed.iter().filter(|status| **status == 200).count(), 5, "{spoofed:?}");
    for _ in 0..5 {
        ask("[198.51.100.77]\", 203.0.113.9".to_owned()).await;
    }
    assert_eq!(ask("198.51.100.77".to_owned()).await, 200, "the hospital at that address is not touched");
}

#[tokio::test]
async fn a_flood_of_refusals_fills_no_log() {
    let log = KeptLog::default();
    // This test has one thread, and the server runs on it.
    let _logging = tracing::subscriber::set_default(log.subscriber("info"));
    let limited = |config: &mut Config| {
        config.limits.address_requests_burst = std::num::NonZeroU32::new(100).unwrap();
    };
    let mut app = TestApp::builder().configure(limited).start().await;
    let before = log.text().len();
    let mut first = None;
    for _ in 0..1000 {
        let url = format!("{}/{}", app.origin(), "a".repeat(10_000));
        let answer = Answer::of(app.http().get(url)).await;
        assert!(matches!(answer.problem().code, ProblemCode::NotFound | ProblemCode::TooMany));
        first.get_or_insert_with(|| answer.header("x-request-id").to_owned());
    }
    app.stop().await;
    let text = log.text();
    assert!(text.len() - before < 100_000, "{} bytes for 10 MB of paths", text.len() - before);
    let line = text.lines().find(|line| line.contains(&first.clone().unwrap())).expect("the first refusal is logged");
    assert!(line.contains("127.0.0.1") && line.contains("10001 bytes"), "{line}");
    assert!(text.contains("more requests were refused"), "{text}");
}

#[tokio::test]
async fn a_flood_of_updates_of_one_site_stores_one() {
    let app = TestApp::start().await;
    let sites: Vec<Site> = app.sites(3).await;
    let mut events = Vec::new();
    for site in &sites {
        events.push(site.events().await);
    }
    let body = sites[0].update(1, 1, 1.0).await;
    let mut flood = JoinSet::new();
    for number in 0..60 {
        let (site, body) = (sites[0].clone(), body.clone());
        flood.spawn(async move { site.put(1, update_id(number), body).await.status });
    }
    let statuses = flood.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 409, 429].contains(status)), "{statuses:?}");
}

//! What one address, one site or all together may ask for, over real sockets.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::num::NonZeroU32;
use std::time::Duration;

use fedner_protocol::{Problem, ProblemCode};
use fedner_server::config::LimitsConfig;
use fedner_tests::{Answer, TestApp};
use reqwest::Method;

/// A test that waits longer than this for a connection's end has failed.
const WAIT_MAX: Duration = Duration::from_secs(60);

fn number(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap()
}

async fn limited(change: impl FnOnce(&mut LimitsConfig)) -> TestApp {
    TestApp::builder().configure(|config| change(&mut config.limits)).start().await
}

/// Checks a refusal that says when to come back, and returns its code.
fn too_fast(answer: &Answer) -> ProblemCode {
    let problem = answer.problem();
    let seconds = problem.retry_after_s.unwrap();
    assert_eq!(answer.header("retry-after"), seconds.to_string());
    assert!(seconds >= 1);
    problem.code
}

#[tokio::test]
async fn an_address_that_asks_too_often_is_told_to_wait() {
    let app = limited(|limits| {
        (limits.address_requests_per_minute, limits.address_requests_burst) = (number(1), number(5));
    })
    .await;
    let health = format!("{}/healthz", app.origin());
    for _ in 0..5 {
        assert_eq!(Answer::of(app.http().get(&health)).await.status, 200);
    }
    for path in ["/healthz", "/", "/api/v1/nothing"] {
        let answer = Answer::of(app.http().get(format!("{}{path}", app.origin()))).await;
        assert_eq!(too_fast(&answer), ProblemCode::TooMany, "{path}");
        assert!(answer.headers.contains_key("content-security-policy"));
    }
}

#[tokio::test]
async fn a_site_that_asks_too_often_does_not_stop_its_neighbours() {
    let app = limited(|limits| {
        (limits.site_requests_per_minute, limits.site_requests_burst) = (number(1), number(3));
    })
    .await;
    let (one, two) = (app.enrol("test").await, app.enrol("test").await);
    for _ in 0..3 {
        assert_eq!(one.get("").await.status, 200);
    }
    assert_eq!(too_fast(&one.get("").await), ProblemCode::TooMany);
    assert_eq!(two.get("").await.status, 200);
}

#[tokio::test]
async fn after_too_many_wrong_secrets_nothing_more_is_told_of_them() {
    let app = limited(|limits| (limits.failures_per_minute, limits.failures_burst) = (number(1), number(6))).await;
    let site = app.enrol("test").await;
    let url = |path: &str| format!("{}/api/v1{path}", app.origin());
    let unknown = r#"{"federation":"test","invitation":"a guess"}"#;
    for _ in 0..2 {
        let answer = Answer::of(app.http().get(url("/federations/test")).bearer_auth("wrong")).await;
        assert_eq!(answer.problem().code, ProblemCode::NotEnrolled);
        let answer =
            Answer::of(app.http().post(url("/invitation")).header("content-type", "application/json").body(unknown))
                .await;
        assert_eq!(answer.problem().code, ProblemCode::InvitationUnknown);
        let answer = Answer::of(app.http().get(url("/admin/sites")).bearer_auth("operator.wrong")).await;
        assert_eq!(answer.problem().code, ProblemCode::NotOperator);
    }
    let requests = [
        app.http().get(url("/federations/test")).bearer_auth("wrong"),
        app.http().post(url("/invitation")).header("content-type", "application/json").body(unknown),
        app.http()
            .post(url("/enrol"))
            .header("content-type", "application/json")
            .body(r#"{"federation":"test","identity":{"public_key":"","signature":""}}"#),
        app.http().get(url("/admin/sites")).bearer_auth("operator.wrong"),
    ];
    for request in requests {
        assert_eq!(too_fast(&Answer::of(request).await), ProblemCode::TooMany);
    }
    assert_eq!(site.get("").await.status, 200, "who has the right secret goes on");
    assert_eq!(Answer::of(app.admin(Method::GET, "/sites")).await.status, 200);
}

#[tokio::test]
async fn streams_are_limited_of_one_address_and_in_all() {
    let app = limited(|limits| limits.streams_per_address_max = 2).await;
    let sites = app.sites(3).await;
    let _first = sites[0].events().await;
    let second = sites[1].events().await;
    assert_eq!(too_fast(&sites[2].get("/events").await), ProblemCode::TooMany);
    assert_eq!(sites[2].get("").await.status, 200, "other requests are taken");
    drop(second);
    until_taken(|| sites[2].get("/models/0"), &sites[2]).await;

    let app = limited(|limits| limits.streams_max = 1).await;
    let sites = app.sites(2).await;
    let _first = sites[0].events().await;
    assert_eq!(too_fast(&sites[1].get("/events").await), ProblemCode::TooMany);
}

/// Opens a stream as soon as there is room for it again.
async fn until_taken<F: Future<Output = Answer>>(pause: impl Fn() -> F, site: &fedner_tests::Site) {
    let opened = async {
        loop {
            let response = site.request(Method::GET, "/events").send().await.unwrap();
            if response.status() == 200 {
                return;
            }
            pause().await;
        }
    };
    tokio::time::timeout(WAIT_MAX, opened).await.expect("the place of a closed stream is free again");
}

/// Sends bytes over a plain socket and returns all that comes back until the server closes.
async fn exchange(app: &TestApp, parts: &[&str]) -> String {
    let (address, parts) = (app.origin().replace("http://", ""), parts.join(""));
    let exchange = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(WAIT_MAX)).unwrap();
        // The server may close before it has read all.
        let _ = stream.write_all(parts.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    });
    exchange.await.unwrap()
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let app = limited(|limits| (limits.head_bytes_max, limits.headers_max) = (4096, 32)).await;
    let fits = format!("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: {}\r\n\r\n", "a".repeat(3900));
    assert!(exchange(&app, &[&fits]).await.starts_with("HTTP/1.1 200"));
    let many: String = (0..33).map(|i| format!("X-{i}: a\r\n")).collect();
    let heads = [
        format!("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: {}\r\n\r\n", "a".repeat(4100)),
        format!("GET /healthz?{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "a".repeat(4100)),
        format!("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{many}\r\n"),
    ];
    for head in heads {
        let answer = exchange(&app, &[&head]).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
        let problem: Problem = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
        assert_eq!(problem.code, ProblemCode::HeadTooLarge);
        assert!(answer.contains("content-security-policy"), "{answer}");
    }
    let huge = format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "a".repeat(1 << 20));
    let answer = exchange(&app, &[&huge]).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn who_does_not_send_a_request_is_cut_off() {
    // Some seconds: a whole request must get through on a machine with much to do.
    let app = TestApp::builder().configure(|config| config.listen.header_timeout_s = 5).start().await;
    let (nothing, half, idle) = tokio::join!(
        exchange(&app, &[]),
        exchange(&app, &["GET /healthz HTTP/1.1\r\nHost: "]),
        // A second request never comes: the connection is not kept for ever.
        exchange(&app, &["GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"]),
    );
    for answer in [nothing, half] {
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
    assert!(idle.starts_with("HTTP/1.1 200"), "{idle}");
    // A body that never comes.
    let app = limited(|limits| limits.stall_s = 1).await;
    let half = "POST /api/v1/enrol HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
                Content-Length: 1000\r\n\r\n{";
    let answer = exchange(&app, &[half]).await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains("urn:fedner:problem:unavailable"), "{answer}");
}

/// A connection with a request whose body never comes, so that it is busy.
fn busy(app: &TestApp) -> TcpStream {
    let mut stream = TcpStream::connect(app.origin().replace("http://", "")).unwrap();
    let head =
        "POST /api/v1/enrol HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n";
    // The server asks for the body only when it reads the request: from then on it is busy.
    stream.write_all(head.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n").as_bytes()).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100");
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_of_one_address_are_limited_but_not_a_proxys() {
    let app = limited(|limits| limits.connections_per_address_max = 2).await;
    let held = [busy(&app), busy(&app)];
    let third = exchange(&app, &["GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"]).await;
    assert_eq!(third, "", "it is closed without an answer");
    drop(held);
    let served = async {
        let request = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        while !exchange(&app, &[request]).await.starts_with("HTTP/1.1 200") {}
    };
    tokio::time::timeout(WAIT_MAX, served).await.expect("closed connections make room");

    let app = TestApp::builder()
        .configure(|config| {
            config.limits.connections_per_address_max = 2;
            config.listen.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
        })
        .start()
        .await;
    let _held = [busy(&app), busy(&app)];
    let third = exchange(&app, &["GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"]).await;
    assert!(third.starts_with("HTTP/1.1 200"), "{third}");
}

#[tokio::test]
async fn for_one_connection_more_the_oldest_without_a_request_ends() {
    let app = limited(|limits| limits.connections_per_address_max = 2).await;
    let address = app.origin().replace("http://", "");
    let _held = [TcpStream::connect(&address).unwrap(), TcpStream::connect(&address).unwrap()];
    for _ in 0..3 {
        let served = exchange(&app, &["GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"]).await;
        assert!(served.starts_with("HTTP/1.1 200"), "{served}");
    }
}

#[tokio::test]
async fn behind_a_trusted_proxy_its_clients_are_counted_and_nobody_can_pretend() {
    let behind = async |trusted: &str| {
        let trusted = vec![trusted.parse().unwrap()];
        let change = |config: &mut fedner_server::Config| {
            config.listen.trusted_proxies = trusted;
            let limits = &mut config.limits;
            (limits.address_requests_per_minute, limits.address_requests_burst) = (number(1), number(2));
        };
        TestApp::builder().configure(change).start().await
    };
    let ask = async |app: &TestApp, forwarded: &str| {
        let request = app.http().get(format!("{}/healthz", app.origin())).header("x-forwarded-for", forwarded);
        Answer::of(request).await.status
    };
    let app = behind("127.0.0.0/8").await;
    for client in ["203.0.113.1", "203.0.113.2"] {
        // What stands further left was written by the client itself.
        assert_eq!(ask(&app, &format!("198.51.100.1, {client}")).await, 200);
        assert_eq!(ask(&app, &format!("198.51.100.2, {client}")).await, 200);
        assert_eq!(ask(&app, &format!("198.51.100.3, {client}")).await, 429);
    }
    let app = behind("192.0.2.0/24").await;
    assert_eq!(ask(&app, "203.0.113.1").await, 200);
    assert_eq!(ask(&app, "203.0.113.2").await, 200);
    assert_eq!(ask(&app, "203.0.113.3").await, 429, "who is no proxy is not believed");
}

//! Updates on a slow network, and updates that never come.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::num::NonZeroU32;
use std::time::Duration;

use fedner_protocol::ProblemCode;
use fedner_tests::{Site, TestApp, update_id};

/// A test that waits longer than this for an answer has failed.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// Three sites with open streams, so that round 1 is open; time limits that never matter unless `change` sets others.
async fn open(change: impl FnOnce(&mut fedner_server::Config)) -> (TestApp, Vec<Site>, Vec<fedner_tests::Events>) {
    let patient = |config: &mut fedner_server::Config| {
        (config.listen.request_timeout_s, config.limits.stall_s) = (3600, 3600);
        config.listen.uploads_max = 2;
        change(config);
    };
    let app = TestApp::builder().configure(patient).start().await;
    let sites = app.sites(3).await;
    let mut events = Vec::new();
    for site in &sites {
        events.push(site.events().await);
    }
    (app, sites, events)
}

/// A `PUT` of which only the beginning is sent. The server has begun to read it when this returns.
fn half_put(app: &TestApp, site: &Site, body: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(app.origin().replace("http://", "")).unwrap();
    stream.set_read_timeout(Some(WAIT_MAX)).unwrap();
    let head = format!(
        "PUT /api/v1/federations/test/rounds/1/updates/{} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
        update_id(9),
        site.credential,
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut asked = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
    stream.read_exact(&mut asked).unwrap();
    assert!(asked.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&asked));
    stream.write_all(&body[..body.len() / 2]).unwrap();
    stream
}

/// The rest of the answer on a connection.
async fn answer(mut stream: TcpStream) -> String {
    let read = tokio::task::spawn_blocking(move || {
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    });
    read.await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn updates_that_never_come_keep_nobody_waiting() {
    let (app, sites, _events) = open(|_| ()).await;
    let body = sites[0].update(1, 1, 1.0).await;
    let _dribbling: Vec<_> = (0..16).map(|_| half_put(&app, &sites[0], &body)).collect();
    // The same from a site that has nothing else: more than there are permits.
    let _another = half_put(&app, &sites[1], &body);
    tokio::time::timeout(WAIT_MAX, sites[2].send(1, update_id(3), 1, 1.0))
        .await
        .expect("an honest update goes through");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_that_is_sent_again_ends_the_one_before() {
    let (app, sites, _events) = open(|_| ()).await;
    let body = sites[0].update(1, 1, 1.0).await;
    let lost = half_put(&app, &sites[0], &body);
    let second = half_put(&app, &sites[0], &body);
    let sent = tokio::time::timeout(WAIT_MAX, sites[0].put(1, update_id(1), body)).await.expect("it is not waited for");
    assert_eq!(sent.status, 201, "{}", sent.text());
    for ended in [lost, second] {
        let answer = answer(ended).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_line_is_not_cut_and_a_dead_one_is() {
    let limits = |config: &mut fedner_server::Config| {
        // The whole request takes several times as long as the limit of one, and each part of it a fraction.
        config.listen.request_timeout_s = 2;
        (config.limits.stall_s, config.limits.bytes_per_s_min) = (2, NonZeroU32::new(100).unwrap());
    };
    let (app, sites, _events) = open(limits).await;
    let body = sites[0].update(1, 1, 1.0).await;
    let mut line = half_put(&app, &sites[0], &body);
    let rest = body[body.len() / 2..].to_vec();
    let sending = tokio::task::spawn_blocking(move || {
        for part in rest.chunks(rest.len().div_ceil(10)) {
            // This is what makes the line slow.
            std::thread::sleep(Duration::from_millis(500));
            line.write_all(part).unwrap();
        }
        line
    });
    let slow = answer(sending.await.unwrap()).await;
    assert!(slow.starts_with("HTTP/1.1 201"), "{slow}");

    let dead = answer(half_put(&app, &sites[1], &body)).await;
    assert!(dead.starts_with("HTTP/1.1 503") && dead.contains("came too slowly"), "{dead}");
    let problem: fedner_protocol::Problem = serde_json::from_str(dead.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(problem.code, ProblemCode::Unavailable);
}

#[tokio::test]
async fn a_large_update_comes_out_as_it_went_in() {
    let mut federation = fedner_tests::small_federation("test");
    federation.model.features[0].rows = 20_000;
    let app = TestApp::builder().federation(federation).start().await;
    let sites = app.sites(3).await;
    let mut events = Vec::new();
    for site in &sites {
        events.push(site.events().await);
    }
    assert!(sites[0].update(1, 1, 0.5).await.len() > 256 << 10);
    for (i, site) in sites.iter().enumerate() {
        site.send(1, update_id(i as u8), 1, 0.01).await;
    }
    events[0].wait_for(fedner_protocol::Happened::RoundMerged { round: 1, sites: 3 }).await;
    assert!(std::fs::read_dir(app.data_dir()).unwrap().count() < 8, "no file is left of what arrived");
}

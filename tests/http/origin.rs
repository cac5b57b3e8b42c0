//! Requests from pages of other servers, and enrolments in bulk.

use std::num::NonZeroU32;

use fedner_protocol::ProblemCode;
use fedner_server::FederationConfig;
use fedner_tests::{Answer, TestApp, small_federation};
use reqwest::RequestBuilder;

/// An enrolment as the page sends it, with some headers of its own.
fn enrolment(app: &TestApp, headers: &[(&str, &str)]) -> RequestBuilder {
    let mut request = app.http().post(format!("{}/api/v1/enrol", app.origin())).body(r#"{"federation":"test"}"#);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request
}

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn a_page_elsewhere_enrols_nobody() {
    let app = TestApp::start().await;
    let foreign = ("origin", "https://evil.example");
    let refused = [
        (ProblemCode::BadRequest, vec![("content-type", "text/plain")]),
        (ProblemCode::BadRequest, vec![]),
        (ProblemCode::BadRequest, vec![("content-type", "application/x-www-form-urlencoded")]),
        (ProblemCode::NotAllowed, vec![JSON, foreign]),
        (ProblemCode::NotAllowed, vec![JSON, ("origin", "null")]),
        (ProblemCode::NotAllowed, vec![JSON, ("sec-fetch-site", "cross-site")]),
        (ProblemCode::NotAllowed, vec![JSON, foreign, ("host", "evil.example")]),
        (ProblemCode::NotAllowed, vec![JSON, ("host", "evil.example")]),
        (ProblemCode::NotAllowed, vec![("content-type", "text/plain"), foreign, ("host", "evil.example")]),
    ];
    for (code, headers) in &refused {
        let problem = Answer::of(enrolment(&app, headers)).await.problem();
        assert_eq!(problem.code, *code, "{headers:?}: {}", problem.detail);
    }
    let origin = app.origin();
    for headers in [vec![JSON], vec![JSON, ("origin", origin.as_str()), ("sec-fetch-site", "same-origin")]] {
        assert_eq!(Answer::of(enrolment(&app, &headers)).await.status, 201, "{headers:?}");
    }
}

#[tokio::test]
async fn with_a_credential_too_a_page_elsewhere_changes_nothing() {
    let app = TestApp::start().await;
    let site = app.enrol("test").await;
    let leave = site.request(reqwest::Method::POST, "/leave").header("origin", "https://evil.example");
    assert_eq!(Answer::of(leave).await.problem().code, ProblemCode::NotAllowed);
    let read = site.request(reqwest::Method::GET, "").header("origin", "https://evil.example");
    assert_eq!(Answer::of(read).await.status, 200, "reading is for the browser to refuse");
}

#[tokio::test]
async fn the_public_name_is_the_servers_own() {
    let public_url = Some("https://fedner.example.org".to_owned());
    let app = TestApp::builder().configure(|config| config.listen.public_url = public_url).start().await;
    let at = ("host", "fedner.example.org");
    let from = ("origin", "https://fedner.example.org");
    assert_eq!(Answer::of(enrolment(&app, &[JSON, at, from])).await.status, 201);
    assert_eq!(Answer::of(enrolment(&app, &[JSON, from])).await.status, 201, "a proxy may call it by its address");
    let other = ("host", "other.example.org");
    assert_eq!(Answer::of(enrolment(&app, &[JSON, other])).await.problem().code, ProblemCode::NotAllowed);
}

#[tokio::test]
async fn one_address_can_not_fill_an_open_federation() {
    let federation = FederationConfig { sites_max: 10, ..small_federation("test") };
    let limit = |config: &mut fedner_server::Config| {
        config.limits.enrolments_per_day = NonZeroU32::new(3).unwrap();
        config.listen.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    };
    let app = TestApp::builder().federation(federation).configure(limit).start().await;
    let mut statuses = Vec::new();
    for _ in 0..20 {
        let enrolled = Answer::of(enrolment(&app, &[JSON, ("x-forwarded-for", "203.0.113.9")])).await;
        statuses.push(enrolled.status);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 3, "{statuses:?}");
    let answer = Answer::of(enrolment(&app, &[JSON, ("x-forwarded-for", "203.0.113.9")])).await;
    assert_eq!(answer.problem().code, ProblemCode::TooMany);
    assert!(answer.header("retry-after").parse::<u64>().unwrap() > 3600, "{}", answer.header("retry-after"));
    let honest = Answer::of(enrolment(&app, &[JSON, ("x-forwarded-for", "203.0.113.10")])).await;
    assert_eq!(honest.status, 201, "another address is not touched");
}

#[tokio::test]
async fn in_a_full_federation_sites_that_never_sent_anything_give_way() {
    let mut federation = FederationConfig { sites_max: 3, ..small_federation("test") };
    (federation.rounds.min_sites, federation.rounds.quorum) = (1, 1);
    let app = TestApp::builder().federation(federation).start().await;
    let (sender, waiting, _silent) = (app.enrol("test").await, app.enrol("test").await, app.enrol("test").await);
    app.advance_s(60);
    let _stream = waiting.events().await;
    let mut events = sender.events().await;
    sender.send(1, fedner_tests::update_id(1), 1, 1.0).await;
    events.next().await.unwrap();
    drop(events);
    assert_eq!(app.try_enrol("test").await.problem().code, ProblemCode::NotAllowed, "it was silent for a moment only");
    app.advance_s(3600);
    assert_eq!(app.try_enrol("test").await.status, 201, "the site that was silent longest gives way");
    sender.info().await;
    waiting.info().await;
    assert_eq!(app.try_enrol("test").await.problem().code, ProblemCode::NotAllowed, "nobody else gives way");
}

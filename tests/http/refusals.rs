//! Every refusal, by its stable code.

use fedner_protocol::{
    Digest, FederationId, FederationInfo, Manifest, ModelSpec, ProblemCode, UpdateHeader, UpdateReceipt, encode_update,
};
use fedner_server::config::Enrolment;
use fedner_tests::{Answer, Events, Site, TestApp, small_federation, update_bytes, update_id};
use reqwest::Method;

struct Open {
    app: TestApp,
    sites: Vec<Site>,
    events: Vec<Events>,
}

/// Three sites with open streams, so that round 1 is open.
async fn open() -> Open {
    let app = TestApp::start().await;
    let sites = app.sites(3).await;
    let mut events = Vec::new();
    for site in &sites {
        events.push(site.events().await);
    }
    Open { app, sites, events }
}

async fn code(site: &Site, round: u32, body: Vec<u8>) -> (ProblemCode, String) {
    let problem = site.put(round, update_id(200), body).await.problem();
    (problem.code, problem.detail)
}

/// An update for round 1 of federation `test`, with a header that is not quite right.
fn with_header(manifest: &Manifest, values: &[f32], change: impl FnOnce(&mut UpdateHeader)) -> Vec<u8> {
    let federation = "test".parse().unwrap();
    let digest = manifest.digest.clone();
    let base_model = Some(Digest::of(b"version 0"));
    let mut header = UpdateHeader { federation, round: 1, base_version: 0, base_model, samples: 1, manifest: digest };
    change(&mut header);
    encode_update(manifest, &header, values).unwrap()
}

#[tokio::test]
async fn what_can_not_be_read_is_a_bad_request() {
    let app = TestApp::start().await;
    let enrol = format!("{}/api/v1/enrol", app.origin());
    for body in [
        "",
        "{",
        "[]",
        r#"{"federation":"No Name"}"#,
        r#"{"federation":"test","note":"x"}"#,
        r#"{"federation":"test","federation":"test"}"#,
    ] {
        let problem =
            Answer::of(app.http().post(&enrol).header("content-type", "application/json").body(body)).await.problem();
        assert_eq!(problem.code, ProblemCode::BadRequest, "{body}");
    }
    let site = app.enrol("test").await;
    for path in ["/models/one", "/models/-1", "/models/99999999999"] {
        assert_eq!(site.get(path).await.problem().code, ProblemCode::BadRequest, "{path}");
    }
    assert_eq!(site.put(1, "not-a-uuid", vec![]).await.problem().code, ProblemCode::BadRequest);
}

#[tokio::test]
async fn a_large_json_body_is_too_large() {
    let app = TestApp::start().await;
    let body = format!(r#"{{"federation":"test","invitation":"{}"}}"#, "x".repeat(20_000));
    let request =
        app.http().post(format!("{}/api/v1/enrol", app.origin())).header("content-type", "application/json").body(body);
    assert_eq!(Answer::of(request).await.problem().code, ProblemCode::TooLarge);
}

#[tokio::test]
async fn without_a_known_credential_nothing_is_told() {
    let app = TestApp::start().await;
    let site = app.enrol("test").await;
    let other = app.enrol("test").await;
    let swapped = format!("{}.{}", other.id, site.credential.split_once('.').unwrap().1);
    let wrong = ["", "Bearer", "Bearer x", &format!("Bearer {swapped}"), &format!("Basic {}", site.credential)];
    let calls = [
        (Method::GET, "test"),
        (Method::GET, "nowhere"),
        (Method::GET, "test/events"),
        (Method::GET, "test/models/0"),
        (Method::GET, "test/models/latest"),
        (Method::POST, "test/leave"),
        (Method::PUT, "test/rounds/1/updates/00000000-0000-4000-8000-000000000000"),
    ];
    for (method, path) in calls {
        for header in wrong {
            let url = format!("{}/api/v1/federations/{path}", app.origin());
            let answer = Answer::of(app.http().request(method.clone(), url).header("authorization", header)).await;
            assert_eq!(answer.problem().code, ProblemCode::NotEnrolled, "{method} {path} {header}");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
    }
}

#[tokio::test]
async fn a_closed_federation_or_another_one_is_not_allowed() {
    let closed = fedner_server::FederationConfig { enrolment: Enrolment::Closed, ..small_federation("closed") };
    let app = TestApp::builder().federation(small_federation("test")).federation(closed).start().await;
    assert_eq!(app.try_enrol("closed").await.problem().code, ProblemCode::NotAllowed);
    let site = app.enrol("test").await;
    let url = format!("{}/api/v1/federations/closed", app.origin());
    let answer = Answer::of(app.http().get(url).bearer_auth(&site.credential)).await;
    assert_eq!(answer.problem().code, ProblemCode::NotAllowed);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let app = TestApp::start().await;
    assert_eq!(app.try_enrol("nowhere").await.problem().code, ProblemCode::NotFound);
    let site = app.enrol("test").await;
    assert_eq!(site.get("/models/1").await.problem().code, ProblemCode::NotFound);
    for (method, path) in [(Method::GET, "/api/v1/nothing"), (Method::GET, "/api/v1/enrol"), (Method::GET, "/api/v2/x")]
    {
        let url = format!("{}{path}", app.origin());
        assert_eq!(Answer::of(app.http().request(method, url)).await.problem().code, ProblemCode::NotFound, "{path}");
    }
    let url = format!("{}/api/v1/federations/nowhere", app.origin());
    let answer = Answer::of(app.http().get(url).bearer_auth(&site.credential)).await;
    assert_eq!(answer.problem().code, ProblemCode::NotFound);
}

#[tokio::test]
async fn the_same_update_again_is_the_same_and_another_one_a_conflict() {
    let Open { app: _app, sites, mut events } = open().await;
    let (id, receipt) = (update_id(1), UpdateReceipt { round: 1, update: update_id(1) });
    let body = sites[0].update(1, 10, 1.0).await;
    sites[0].send(1, id, 10, 1.0).await;
    let again = sites[0].put(1, id, body.clone()).await;
    assert_eq!((again.status, again.json::<UpdateReceipt>()), (200, receipt.clone()));

    let changed = sites[0].update(1, 10, 2.0).await;
    assert_eq!(sites[0].put(1, id, changed).await.problem().code, ProblemCode::UpdateConflict);
    assert_eq!(sites[0].put(1, update_id(2), body.clone()).await.problem().code, ProblemCode::UpdateConflict);
    assert_eq!(sites[1].put(1, id, body.clone()).await.problem().code, ProblemCode::UpdateConflict);

    sites[1].send(1, update_id(3), 10, 1.0).await;
    sites[2].send(1, update_id(4), 10, 1.0).await;
    events[0].until(|happened| matches!(happened, fedner_protocol::Happened::RoundMerged { .. })).await;
    let late = sites[0].put(1, id, body.clone()).await;
    assert_eq!((late.status, late.json::<UpdateReceipt>()), (200, receipt), "also once it is merged");
    let other_round = sites[0].update(2, 10, 1.0).await;
    assert_eq!(sites[0].put(2, id, other_round).await.problem().code, ProblemCode::UpdateConflict);
}

#[tokio::test]
async fn a_round_that_is_over_or_not_open_yet_names_the_current_one() {
    let Open { app, sites, mut events } = open().await;
    let early = sites[0].update(2, 10, 1.0).await;
    let problem = sites[0].put(2, update_id(9), early).await.problem();
    assert_eq!((problem.code, problem.current_round), (ProblemCode::TooEarly, Some(1)));
    for (i, site) in sites.iter().enumerate() {
        site.send(1, update_id(i as u8), 10, 1.0).await;
    }
    events[0].until(|happened| matches!(happened, fedner_protocol::Happened::RoundMerged { .. })).await;
    let late = app.enrol("test").await;
    let body = late.update(1, 10, 1.0).await;
    let problem = late.put(1, update_id(9), body).await.problem();
    assert_eq!((problem.code, problem.current_round), (ProblemCode::RoundOver, Some(2)));
}

#[tokio::test]
async fn an_update_that_does_not_fit_is_named_and_not_stored() {
    let Open { app: _app, sites, events: _events } = open().await;
    let site = &sites[0];
    let info = site.info().await;
    let base = info.state.model.clone();
    let values = vec![0.5; info.manifest.parameters()];
    let good = |round, samples| update_bytes(&info, &base, round, samples, &values);
    let mut infinite = values.clone();
    infinite[3] = f32::INFINITY;
    let wider = Manifest::of(&ModelSpec { encoder_width: 30, ..ModelSpec::small() });
    let wider = FederationInfo { manifest: wider, ..info.clone() };
    let wider = update_bytes(&wider, &base, 1, 1, &vec![0.0; wider.manifest.parameters()]);
    let other = FederationInfo { id: "other".parse().unwrap(), ..info.clone() };
    let cut = good(1, 1)[..500].to_vec();
    let base_version = with_header(&info.manifest, &values, |header| header.base_version = 5);
    let no_base = with_header(&info.manifest, &values, |header| header.base_model = None);
    // Its norm is a little above the limit of 1000.
    let large = vec![1000.1 / (values.len() as f32).sqrt(); values.len()];
    let cases = [
        ("tensor \"embedding.weight\" has a value that is not finite", update_bytes(&info, &base, 1, 1, &infinite)),
        ("not a safetensors file", Vec::new()),
        ("not a safetensors file", cut),
        ("federation other, it should be test", update_bytes(&other, &base, 1, 1, &values)),
        ("round 2, it should be 1", good(2, 1)),
        ("base_version 5, it should be 0", base_version),
        ("base_model nothing", no_base),
        ("samples 0, it should be at least 1", good(1, 0)),
        ("tensor \"input.weight\" is F32 [48, 30], the manifest says F32 [48, 24]", wider),
        ("norm of 1.000e3, this federation takes at most 1000", update_bytes(&info, &base, 1, 1, &large)),
    ];
    for (named, body) in cases {
        let (code, detail) = code(site, 1, body).await;
        assert_eq!(code, ProblemCode::InvalidUpdate, "{named}: {detail}");
        assert!(detail.contains(named), "{named}: {detail}");
    }
    assert!(matches!(site.state().await.phase, fedner_protocol::Phase::Open { received: 0, .. }));
    site.send(1, update_id(200), 1, 1.0).await;
}

#[tokio::test]
async fn an_update_from_another_model_is_to_be_trained_anew() {
    let Open { app: _app, sites, events: _events } = open().await;
    let info = sites[0].info().await;
    let values = vec![0.5; info.manifest.parameters()];
    let other = update_bytes(&info, &Digest::of(b"version 0 before a backup was restored"), 1, 1, &values);
    let (code, detail) = code(&sites[0], 1, other).await;
    assert_eq!(code, ProblemCode::BaseChanged, "{detail}");
    assert!(matches!(sites[0].state().await.phase, fedner_protocol::Phase::Open { received: 0, .. }));
    sites[0].send(1, update_id(200), 1, 1.0).await;
}

#[tokio::test]
async fn a_body_larger_than_any_update_is_too_large() {
    let Open { app: _app, sites, events: _events } = open().await;
    let manifest = sites[0].info().await.manifest;
    let (code, detail) = code(&sites[0], 1, vec![0; manifest.file_bytes_max() + 1]).await;
    assert_eq!(code, ProblemCode::TooLarge);
    assert!(detail.contains(&manifest.file_bytes_max().to_string()), "{detail}");
}

#[tokio::test]
async fn a_full_federation_says_so() {
    let app = TestApp::builder()
        .federation(fedner_server::FederationConfig { sites_max: 1, ..small_federation("test") })
        .start()
        .await;
    app.enrol("test").await;
    let problem = app.try_enrol("test").await.problem();
    assert_eq!(problem.code, ProblemCode::NotAllowed);
    assert!(problem.detail.contains("sites_max"), "{}", problem.detail);
}

#[tokio::test]
async fn a_finished_federation_takes_no_more() {
    let mut federation = small_federation("test");
    (federation.rounds.min_sites, federation.rounds.quorum, federation.rounds.rounds) = (1, 1, 1);
    let app = TestApp::builder().federation(federation).start().await;
    let site = app.enrol("test").await;
    let mut events = site.events().await;
    site.send(1, update_id(1), 1, 1.0).await;
    events.wait_for(fedner_protocol::Happened::Finished).await;
    let body = site.update(2, 1, 1.0).await;
    assert_eq!(site.put(2, update_id(2), body).await.problem().code, ProblemCode::RoundOver);
    let _: FederationId = site.info().await.id;
}

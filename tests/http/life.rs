//! The life of a federation.

use fedner_protocol::{
    Aggregation, Digest, Happened, Manifest, ModelSpec, Phase, ProblemCode, ServerOptimiser, UpdateBounds, Weighting,
};
use fedner_server::FederationConfig;
use fedner_tests::{Answer, TestApp, small_federation, update_id};
use reqwest::Method;

fn close(found: &[f32], expected: impl Iterator<Item = f32>) {
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-5, "{found} is not {expected}");
    }
}

#[tokio::test]
async fn three_sites_go_through_all_rounds() {
    let app = TestApp::start().await;
    let sites = app.sites(3).await;
    let mut first = sites[0].events().await;
    let connected = first.next().await.unwrap();
    assert_eq!(connected.happened, Happened::Connected);
    assert_eq!((connected.state.present, connected.state.phase), (1, Phase::Waiting { min_sites: 3 }));
    let _others = [sites[1].events().await, sites[2].events().await];

    for round in 1..=3u32 {
        let opened = first.wait_for(Happened::RoundOpened { round }).await;
        let phase = Phase::Open { round, attempt: 1, received: 0, deadline_in_ms: 60_000 };
        assert_eq!((opened.state.version, opened.state.phase), (round - 1, phase));
        let before = sites[0].model(round - 1).await;
        for (i, site) in sites.iter().enumerate() {
            site.send(round, update_id(round as u8 * 10 + i as u8), 100 * (i as u32 + 1), i as f32).await;
        }
        let merged = first.wait_for(Happened::RoundMerged { round, sites: 3 }).await;
        assert_eq!(merged.state.version, round);
        // Weights 100, 200, 300 and values 0, 1, 2: the mean is 8/6, and SGD with 1 takes it away.
        close(&sites[1].model(round).await, before.iter().map(|w| w - 8.0 / 6.0));
    }
    let finished = first.wait_for(Happened::Finished).await;
    assert_eq!((finished.state.version, finished.state.phase), (3, Phase::Finished));
    assert_eq!(sites[0].state().await.phase, Phase::Finished);
    let latest = sites[2].get("/models/latest").await;
    assert_eq!(latest.body, sites[2].model_bytes(3).await);
}

#[tokio::test]
async fn version_0_is_drawn_from_the_manifest_by_the_seed() {
    let seeded = fedner_server::FederationConfig { seed: 5, ..small_federation("test") };
    let app = TestApp::builder().federation(seeded).start().await;
    let site = app.enrol("test").await;
    let info = site.info().await;
    assert_eq!(site.model(0).await, info.manifest.draw(5));
}

#[tokio::test]
async fn weighting_and_optimiser_are_the_operators_choice() {
    let mut federation = small_federation("test");
    federation.rounds.min_sites = 2;
    federation.aggregation = Aggregation::Mean { weighting: Weighting::Uniform };
    federation.optimiser = ServerOptimiser::Momentum { learning_rate: 0.5, momentum: 0.5 };
    let app = TestApp::builder().federation(federation).start().await;
    let sites = app.sites(2).await;
    let mut events = sites[0].events().await;
    let _other = sites[1].events().await;
    let start = sites[0].model(0).await;
    for round in 1..=2 {
        sites[0].send(round, update_id(1 + round as u8), 1, 1.0).await;
        sites[1].send(round, update_id(11 + round as u8), 1000, 3.0).await;
        events.wait_for(Happened::RoundMerged { round, sites: 2 }).await;
    }
    // The mean is 2 both times; the velocity is 2, then 3.
    close(&sites[0].model(2).await, start.iter().map(|w| w - 0.5 * 2.0 - 0.5 * 3.0));
}

#[tokio::test]
async fn aggregation_and_bounds_are_the_operators_choice() {
    let trimmed = Aggregation::TrimmedMean { trim_percent: 20 };
    let uniform = Aggregation::Mean { weighting: Weighting::Uniform };
    let samples = Aggregation::Mean { weighting: Weighting::Samples };
    let bounds = UpdateBounds { samples_max: 10, ..UpdateBounds::default() };
    let parameters = Manifest::of(&ModelSpec::small()).parameters() as f32;
    // Down to 1 in each value.
    let clipped = UpdateBounds { norm_clip: Some(parameters.sqrt()), ..bounds.clone() };
    // Sites send 1, 2 and 6 with 10, 10 and 1000 samples.
    let choices = [
        (samples, bounds.clone(), 3.0),
        (uniform, clipped.clone(), 1.0),
        (trimmed, bounds.clone(), 2.0),
        (Aggregation::Median {}, bounds, 2.0),
        (Aggregation::Median {}, clipped, 1.0),
    ];
    for (aggregation, bounds, expected) in choices {
        let mut federation = FederationConfig { aggregation, bounds, ..small_federation("test") };
        federation.rounds.quorum = 3;
        let app = TestApp::builder().federation(federation).start().await;
        let sites = app.sites(3).await;
        let mut events = sites[0].events().await;
        let _others = (sites[1].events().await, sites[2].events().await);
        let start = sites[0].model(0).await;
        for (site, (samples, value)) in [(10, 1.0), (10, 2.0), (1000, 6.0)].into_iter().enumerate() {
            sites[site].send(1, update_id(site as u8), samples, value).await;
        }
        events.wait_for(Happened::RoundMerged { round: 1, sites: 3 }).await;
        close(&sites[0].model(1).await, start.iter().map(|w| w - expected));
    }
}

#[tokio::test]
async fn the_order_of_arrival_changes_no_byte() {
    for aggregation in [Aggregation::default(), Aggregation::Median {}] {
        order_changes_no_byte(aggregation).await;
    }
}

async fn order_changes_no_byte(aggregation: Aggregation) {
    let mut models = Vec::new();
    for order in [[0, 1, 2], [2, 0, 1]] {
        let mut federation = FederationConfig { aggregation, ..small_federation("test") };
        federation.rounds.quorum = 3;
        let app = TestApp::builder().federation(federation).start().await;
        let sites = app.sites(3).await;
        let mut streams = Vec::new();
        for site in &sites {
            streams.push(site.events().await);
        }
        for i in order {
            sites[i].send(1, update_id(i as u8), 7 + 13 * i as u32, 0.1 + 1e-3 * i as f32).await;
        }
        streams[0].wait_for(Happened::RoundMerged { round: 1, sites: 3 }).await;
        models.push(sites[0].model_bytes(1).await);
    }
    assert_eq!(models[0], models[1]);
}

#[tokio::test]
async fn below_the_quorum_a_round_fails_and_keeps_its_updates() {
    let app = TestApp::start().await;
    let sites = app.sites(3).await;
    let mut events = sites[0].events().await;
    let _others = [sites[1].events().await, sites[2].events().await];
    sites[0].send(1, update_id(1), 10, 1.0).await;
    app.advance_s(60);
    let failed = events.wait_for(Happened::RoundFailed { round: 1, received: 1, quorum: 2 }).await;
    assert_eq!(failed.state.phase, Phase::Waiting { min_sites: 3 });
    let opened = events.wait_for(Happened::RoundOpened { round: 1 }).await;
    assert_eq!(opened.state.phase, Phase::Open { round: 1, attempt: 2, received: 1, deadline_in_ms: 60_000 });
    let start = sites[0].model(0).await;
    sites[1].send(1, update_id(2), 30, 5.0).await;
    app.advance_s(60);
    events.wait_for(Happened::RoundMerged { round: 1, sites: 2 }).await;
    close(&sites[0].model(1).await, start.iter().map(|w| w - 4.0));
}

#[tokio::test]
async fn federations_do_not_mix() {
    let app = TestApp::builder()
        .federation(small_federation("test"))
        .federation(fedner_server::FederationConfig { seed: 9, ..small_federation("other") })
        .start()
        .await;
    let (one, other) = (app.enrol("test").await, app.enrol("other").await);
    assert_ne!(one.model_bytes(0).await, other.model_bytes(0).await);
    let _stream = one.events().await;
    assert_eq!((one.state().await.present, other.state().await.present), (1, 1));
}

#[tokio::test]
async fn old_versions_are_not_sent_any_more() {
    let mut federation = small_federation("test");
    (federation.rounds.min_sites, federation.rounds.quorum, federation.models_kept) = (1, 1, 9);
    let app = TestApp::builder().federation(federation).start().await;
    let site = app.enrol("test").await;
    let mut events = site.events().await;
    for round in 1..=3 {
        site.send(round, update_id(round as u8), 1, 1.0).await;
        events.wait_for(Happened::RoundMerged { round, sites: 1 }).await;
    }
    for (version, status) in [(0, 404), (1, 404), (2, 200), (3, 200), (4, 404)] {
        assert_eq!(site.get(&format!("/models/{version}")).await.status, status, "version {version}");
    }
}

#[tokio::test]
async fn models_are_cached_by_their_tag() {
    let app = TestApp::start().await;
    let site = app.enrol("test").await;
    let digest = site.state().await.model;
    // Another model may get the number 0 one day, but not the digest.
    let by_digest = format!("/models/0/{digest}");
    for (path, caching) in
        [(by_digest.as_str(), "private, max-age=31536000, immutable"), ("/models/0", "private, no-cache")]
    {
        let answer = site.get(path).await;
        assert_eq!(answer.header("content-type"), fedner_protocol::TENSORS_CONTENT_TYPE);
        assert_eq!(answer.header("cache-control"), caching);
        assert_eq!(Digest::of(&answer.body), digest);
        let tag = answer.header("etag");
        assert_eq!(tag, format!("\"{digest}\""), "a strong tag");
        let request = site.request(reqwest::Method::GET, path).header("if-none-match", tag);
        let again = fedner_tests::Answer::of(request).await;
        assert_eq!((again.status, again.body.len()), (304, 0));
    }
    let other = Digest::of(b"another model");
    assert_eq!(site.get(&format!("/models/0/{other}")).await.problem().code, ProblemCode::NotFound);
    assert_eq!(site.get("").await.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_paused_federation_waits_and_goes_on() {
    let app = TestApp::start().await;
    let sites = app.sites(3).await;
    let mut streams = Vec::new();
    for site in &sites {
        streams.push(site.events().await);
    }
    streams[0].wait_for(Happened::RoundOpened { round: 1 }).await;
    sites[0].send(1, update_id(1), 10, 1.0).await;
    let ask = async |path: &str| Answer::of(app.admin(Method::POST, path)).await.status;
    assert_eq!(ask("/federations/test/pause").await, 204);
    assert_eq!(ask("/federations/test/pause").await, 204, "it is paused, as was asked");
    let paused = streams[0].wait_for(Happened::Paused).await;
    assert_eq!(paused.state.phase, Phase::Paused);
    // Updates under way are taken, and a deadline passes, but nothing is merged.
    for (site, number) in sites[1..].iter().zip(2..) {
        site.send(1, update_id(number), 10, 1.0).await;
    }
    app.advance_s(3600);
    assert_eq!((sites[1].state().await.phase, sites[1].state().await.version), (Phase::Paused, 0));
    assert_eq!(ask("/federations/test/resume").await, 204);
    streams[0].wait_for(Happened::Resumed).await;
    streams[0].wait_for(Happened::RoundMerged { round: 1, sites: 3 }).await;
    assert_eq!(ask("/federations/stranger/pause").await, 404);
    let site = Answer::of(sites[0].request(Method::POST, "/../../admin/federations/test/pause")).await;
    assert!((400..500).contains(&site.status), "a site is no operator: {}", site.status);
}

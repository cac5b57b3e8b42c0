//! Who is present, and what that does to a round.

use fedner_protocol::{Happened, Phase};
use fedner_tests::{TestApp, small_federation, update_id};

#[tokio::test]
async fn a_round_closes_at_the_quorum_when_a_site_is_gone() {
    let mut federation = small_federation("test");
    federation.rounds.deadline_s = 24 * 3600;
    let app = TestApp::builder().federation(federation).start().await;
    let sites = app.sites(3).await;
    let mut events = sites[0].events().await;
    let (_second, third) = (sites[1].events().await, sites[2].events().await);
    events.wait_for(Happened::RoundOpened { round: 1 }).await;
    sites[0].send(1, update_id(1), 10, 1.0).await;
    sites[1].send(1, update_id(2), 10, 2.0).await;
    assert!(matches!(sites[0].state().await.phase, Phase::Open { round: 1, received: 2, .. }));

    // The connection is lost. The site counts as present for 30 s from when the server notices.
    drop(third);
    let mut waited_s = 0;
    while sites[0].state().await.version == 0 {
        app.advance_s(30);
        waited_s += 30;
        assert!(waited_s < 24 * 3600, "the round closed at its deadline only");
    }
    let merged = events.wait_for(Happened::RoundMerged { round: 1, sites: 2 }).await;
    assert_eq!((merged.state.version, merged.state.present), (1, 2));
}

#[tokio::test]
async fn leaving_counts_at_once_and_ends_the_stream() {
    let app = TestApp::start().await;
    let sites = app.sites(3).await;
    let mut events = sites[0].events().await;
    let (_second, mut third) = (sites[1].events().await, sites[2].events().await);
    sites[0].send(1, update_id(1), 10, 1.0).await;
    sites[1].send(1, update_id(2), 10, 2.0).await;
    sites[2].leave().await;
    assert_eq!(sites[0].state().await.version, 1);
    events.wait_for(Happened::RoundMerged { round: 1, sites: 2 }).await;
    while third.next().await.is_some() {}
}

#[tokio::test]
async fn a_site_that_was_away_takes_the_newest_model_and_goes_on() {
    let app = TestApp::start().await;
    let sites = app.sites(3).await;
    let mut events = sites[0].events().await;
    let _second = sites[1].events().await;
    let third = sites[2].events().await;
    sites[0].send(1, update_id(1), 10, 1.0).await;
    sites[1].send(1, update_id(2), 10, 2.0).await;
    drop(third);
    sites[2].leave().await;
    events.wait_for(Happened::RoundMerged { round: 1, sites: 2 }).await;
    assert_eq!(sites[0].state().await.phase, Phase::Waiting { min_sites: 3 });

    let mut third = sites[2].events().await;
    let state = third.next().await.unwrap().state;
    assert!(matches!(state.phase, Phase::Open { round: 2, .. }), "{state:?}");
    assert_eq!(sites[2].model_bytes(1).await, sites[0].model_bytes(1).await);
    sites[2].send(2, update_id(3), 10, 1.0).await;
}

#[tokio::test]
async fn streams_of_a_site_are_limited() {
    let app = TestApp::builder().configure(|config| config.listen.streams_per_site_max = 2).start().await;
    let site = app.enrol("test").await;
    let _streams = [site.events().await, site.events().await];
    let problem = site.get("/events").await.problem();
    assert_eq!(problem.code, fedner_protocol::ProblemCode::TooMany);
    assert!(problem.detail.contains('2'), "{}", problem.detail);
}

#[tokio::test]
async fn stopping_ends_the_streams_and_is_quick() {
    let mut app = TestApp::start().await;
    let site = app.enrol("test").await;
    let mut events = site.events().await;
    app.stop().await;
    while events.next().await.is_some() {}
}

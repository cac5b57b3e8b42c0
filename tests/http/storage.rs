//! Storage that can't be written.

use fedner_protocol::{Happened, Phase, ProblemCode};
use fedner_tests::{Answer, TestApp, small_federation, update_id};

#[tokio::test]
async fn a_full_store_is_told_and_nothing_is_lost() {
    let mut app = TestApp::start().await;
    let sites = app.sites(3).await;
    let mut events = Vec::new();
    for site in &sites {
        events.push(site.events().await);
    }
    let health = format!("{}/healthz", app.origin());
    assert_eq!(Answer::of(app.http().get(&health)).await.status, 200);
    sites[0].send(1, update_id(1), 10, 1.0).await;

    // Restarted with room for what is there and not for a further update.
    let used = std::fs::metadata(app.data_dir().join("fedner.sqlite")).unwrap().len();
    app.stop().await;
    let used = used.max(std::fs::metadata(app.data_dir().join("fedner.sqlite")).unwrap().len());
    app.restart_with(|config| config.store.bytes_max = Some(used + 4096)).await.unwrap();
    let sites: Vec<_> = sites.iter().map(|site| site.at(&app)).collect();
    let body = sites[1].update(1, 10, 2.0).await;
    let answer = sites[1].put(1, update_id(2), body.clone()).await;
    let problem = answer.problem();
    assert_eq!(problem.code, ProblemCode::Unavailable);
    assert!(problem.detail.contains("storage is full"), "{}", problem.detail);
    assert!(!problem.detail.contains("sqlite"), "{}", problem.detail);
    assert_ne!(answer.header("retry-after"), "");
    assert!(matches!(sites[1].state().await.phase, Phase::Open { received: 1, .. }));
    let health = format!("{}/healthz", app.origin());
    let unhealthy = Answer::of(app.http().get(&health)).await;
    assert_eq!(unhealthy.status, 503);
    assert!(unhealthy.text().contains("storage is full"), "{}", unhealthy.text());

    // With room again, the same request goes through and the round goes on.
    app.restart_with(|config| config.store.bytes_max = None).await.unwrap();
    let sites: Vec<_> = sites.iter().map(|site| site.at(&app)).collect();
    let mut events = sites[0].events().await;
    assert_eq!(sites[1].put(1, update_id(2), body).await.status, 201);
    sites[2].leave().await;
    events.wait_for(Happened::RoundMerged { round: 1, sites: 2 }).await;
    let health = format!("{}/healthz", app.origin());
    assert_eq!(Answer::of(app.http().get(&health)).await.status, 200);
}

#[tokio::test]
async fn as_long_as_updates_are_refused_the_health_check_says_so() {
    let mut federation = small_federation("test");
    federation.rounds.deadline_s = 24 * 3600;
    let mut app = TestApp::builder().federation(federation).start().await;
    let sites = app.sites(3).await;
    let _events = [sites[0].events().await, sites[1].events().await, sites[2].events().await];
    sites[0].send(1, update_id(1), 10, 1.0).await;
    app.stop().await;
    let used = std::fs::metadata(app.data_dir().join("fedner.sqlite")).unwrap().len();
    // Room for what is small, and for nothing that has tensors.
    app.restart_with(|config| config.store.bytes_max = Some(used + 8192)).await.unwrap();
    let sites: Vec<_> = sites.iter().map(|site| site.at(&app)).collect();
    let body = sites[1].update(1, 10, 2.0).await;
    let health = format!("{}/healthz", app.origin());
    for number in 0..5 {
        let refused = sites[1].put(1, update_id(10 + number), body.clone()).await;
        assert_eq!(refused.problem().code, ProblemCode::Unavailable, "{}", refused.text());
        // What goes through meanwhile shows nothing: when a site was seen, and looks at who is here.
        app.advance_s(120);
        sites[2].state().await;
        for _ in 0..3 {
            let answer = Answer::of(app.http().get(&health)).await;
            assert_eq!(answer.status, 503, "{number}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn an_update_sent_again_gets_the_same_answer_as_long_as_its_round_is_kept() {
    let mut federation = small_federation("test");
    (federation.rounds.min_sites, federation.rounds.quorum, federation.rounds.rounds) = (1, 1, 4);
    (federation.models_kept, federation.rounds_kept) = (1, 2);
    let app = TestApp::builder().federation(federation).start().await;
    let site = app.enrol("test").await;
    let mut events = site.events().await;
    let mut sent = Vec::new();
    for round in 1..=4 {
        let body = site.update(round, 10, 1.0).await;
        assert_eq!(site.put(round, update_id(round as u8), body.clone()).await.status, 201);
        events.wait_for(Happened::RoundMerged { round, sites: 1 }).await;
        sent.push(body);
    }
    for round in [3_u32, 4] {
        let again = site.put(round, update_id(round as u8), sent[round as usize - 1].clone()).await;
        assert_eq!(again.status, 200, "round {round}: {}", again.text());
    }
    for round in [1_u32, 2] {
        let again = site.put(round, update_id(round as u8), sent[round as usize - 1].clone()).await;
        assert_eq!(again.problem().code, ProblemCode::RoundOver, "round {round} is pruned");
    }
}

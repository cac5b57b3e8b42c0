//! A server that stops in the middle of a round.

use fedner_protocol::{Happened, ModelSpec, Phase, ServerOptimiser};
use fedner_tests::{Site, TestApp, small_federation, update_id};

async fn send(sites: &[Site], round: u32, i: usize) {
    sites[i].send(round, update_id(round as u8 * 10 + i as u8), 5 + 7 * i as u32, 0.1 * (i as f32 + 1.0)).await;
}

async fn streams(sites: &[Site]) -> Vec<fedner_tests::Events> {
    let mut streams = Vec::new();
    for site in sites {
        streams.push(site.events().await);
    }
    streams
}

/// Two rounds of three sites; returns the newest model's bytes.
async fn two_rounds(restart_after: Option<usize>) -> Vec<u8> {
    let mut federation = small_federation("test");
    federation.optimiser = ServerOptimiser::Adam { learning_rate: 0.1, beta_1: 0.9, beta_2: 0.99, epsilon: 1e-3 };
    let mut app = TestApp::builder().federation(federation).start().await;
    let mut sites = app.sites(3).await;
    let mut events = streams(&sites).await;
    let mut sent = 0;
    for round in 1..=2 {
        for i in 0..3 {
            send(&sites, round, i).await;
            sent += 1;
            if restart_after == Some(sent) {
                app.restart().await;
                sites = sites.iter().map(|site| site.at(&app)).collect();
                if sent % 3 != 0 {
                    let phase = sites[0].state().await.phase;
                    assert!(matches!(phase, Phase::Open { received, .. } if received == sent as u32 % 3), "{phase:?}");
                }
                events = streams(&sites).await;
            }
        }
        // Of this round: the merge of the one before stands unread in the stream where its state was quicker.
        let merged = |happened: &Happened| matches!(happened, Happened::RoundMerged { round: of, .. } if *of == round);
        if sites[0].state().await.version < round {
            events[0].until(merged).await;
        }
    }
    sites[0].model_bytes(2).await
}

#[tokio::test]
async fn it_goes_on_with_every_acknowledged_update_and_gives_the_same_bytes() {
    let undisturbed = two_rounds(None).await;
    for sent in 1..=5 {
        assert!(two_rounds(Some(sent)).await == undisturbed, "restarted after {sent} updates");
    }
}

#[tokio::test]
async fn the_sites_of_an_open_round_get_time_to_come_back() {
    let mut app = TestApp::start().await;
    let sites = app.sites(3).await;
    let _streams = streams(&sites).await;
    send(&sites, 1, 0).await;
    send(&sites, 1, 1).await;
    app.restart().await;
    let first = sites[0].at(&app);
    let mut events = first.events().await;
    let connected = events.next().await.unwrap();
    assert!(matches!(connected.state.phase, Phase::Open { round: 1, received: 2, .. }), "{connected:?}");
    // The third site does not come back, so the quorum is enough.
    app.advance_s(30);
    events.wait_for(Happened::RoundMerged { round: 1, sites: 2 }).await;
}

#[tokio::test]
async fn credentials_and_event_numbers_survive() {
    let mut app = TestApp::start().await;
    let site = app.enrol("test").await;
    let before = site.info().await;
    app.advance_s(1);
    app.restart().await;
    assert_eq!(site.at(&app).info().await.manifest, before.manifest);
}

#[tokio::test]
async fn another_model_or_seed_is_refused_with_the_way_on() {
    let mut app = TestApp::start().await;
    let change = |config: &mut fedner_server::Config| {
        config.federations[0].model = ModelSpec { encoder_width: 20, ..ModelSpec::small() };
    };
    let error = app.restart_with(change).await.unwrap_err().to_string();
    assert!(error.contains("federation test") && error.contains("[federations.model]"), "{error}");
    let change = |config: &mut fedner_server::Config| {
        config.federations[0].model = ModelSpec::small();
        config.federations[0].seed = 1;
    };
    let error = app.restart_with(change).await.unwrap_err().to_string();
    assert!(error.contains("seed 1 is not the one it was started with (2020)"), "{error}");
    app.restart_with(|config| config.federations[0].seed = 2020).await.unwrap();
}

#[tokio::test]
async fn fewer_rounds_than_are_merged_are_refused_while_updates_wait() {
    let mut app = TestApp::start().await;
    let sites = app.sites(3).await;
    let mut events = streams(&sites).await;
    for i in 0..3 {
        send(&sites, 1, i).await;
    }
    events[0].wait_for(Happened::RoundMerged { round: 1, sites: 3 }).await;
    events[0].wait_for(Happened::RoundOpened { round: 2 }).await;
    send(&sites, 2, 0).await;
    let error = app.restart_with(|config| config.federations[0].rounds.rounds = 1).await.unwrap_err().to_string();
    assert!(error.contains("1 updates of the next one") && error.contains("rounds to 2 or more"), "{error}");

    app.restart_with(|config| config.federations[0].rounds.rounds = 2).await.unwrap();
    let sites: Vec<_> = sites.iter().map(|site| site.at(&app)).collect();
    let mut events = streams(&sites).await;
    send(&sites, 2, 1).await;
    send(&sites, 2, 2).await;
    events[0].wait_for(Happened::Finished).await;
    app.restart_with(|config| config.federations[0].rounds.rounds = 1).await.expect("no update waits");
}

#[tokio::test]
async fn a_folder_serves_one_server() {
    let app = TestApp::start().await;
    let mut config = fedner_server::Config::default();
    config.store.data_dir = app.data_dir().to_owned();
    config.listen.address.set_port(0);
    config.federations.push(small_federation("test"));
    let clock = std::sync::Arc::new(fedner_server::SystemClock);
    let error = fedner_server::Server::start(config, clock).await.err().unwrap().to_string();
    assert!(error.contains("another server is using the data folder"), "{error}");
}

//! A server that goes away and comes back.

use fedner_protocol::{LocalSteps, ModelSpec, RoundPolicy};

use crate::federation::{federation, quick_training};
use crate::harness::{run, sample_site};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_server_is_reported_and_the_page_goes_on() {
    run("a_lost_server_is_reported_and_the_page_goes_on", async |stage| {
        let policy = RoundPolicy {
            min_sites: 1,
            quorum: 1,
            rounds: 12,
            local_steps: LocalSteps::Fixed(20),
            ..RoundPolicy::default()
        };
        let mut app = stage.server([federation("alone", ModelSpec::small(), policy, quick_training())]).await;
        let origin = app.origin();
        let tab = stage.tab("lost", &format!("{origin}/#workspace=lost")).await;
        sample_site("riverside").choose(&tab).await;
        tab.join("alone").await;
        let before = tab.until("two rounds are done", |s| s.version >= 2).await;

        // The browser logs every failed request by itself.
        tab.expect_error("net::ERR_");
        app.stop().await;
        let noticed = |s: &crate::harness::PageState| s.notices.len() > before.notices.len();
        let lost = tab.until("the page says so", noticed).await;
        println!("said: {:?}", lost.notices.last());
        assert_eq!(lost.run.kind, "participating", "it goes on trying by itself: {:?}", lost.errors);
        assert!(lost.notices.last().unwrap().to_lowercase().contains("server"), "{:?}", lost.notices);

        let address = origin.trim_start_matches("http://").parse().unwrap();
        app.restart_with(|config| config.listen.address = address).await.unwrap();
        assert_eq!(app.origin(), origin);
        let state = tab.until("the federation goes on and ends", |s| s.is_idle() && s.version == 12).await;
        let sent = state.rounds_sent();
        assert_eq!(sent, (1..=12).collect::<Vec<_>>(), "one acknowledged update in every round");
        let enrolments = state.ledger.iter().filter(|e| e.path.ends_with("/enrol")).count();
        assert_eq!(enrolments, 1, "it is still the same site");
        app
    })
    .await;
}

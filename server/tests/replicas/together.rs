//! Two servers in this process on one PostgreSQL: what one learns, the other knows.

use std::sync::Arc;

use async_trait::async_trait;
use fedner_protocol::{Happened, Phase, UpdateReceipt};
use fedner_server::{Clock, FederationConfig, SystemClock, Timestamp};
use fedner_tests::{Events, Site, TestApp, TestDatabase, small_federation, update_id};

async fn server(database: &TestDatabase, federation: &FederationConfig) -> TestApp {
    server_by(database, federation, Arc::new(SystemClock)).await
}

async fn server_by(database: &TestDatabase, federation: &FederationConfig, clock: Arc<dyn Clock>) -> TestApp {
    let url = database.url().parse().unwrap();
    let builder = TestApp::builder().federation(federation.clone()).clock(clock);
    builder.configure(|config| config.store.database_url = Some(url)).start().await
}

/// A federation whose round opens with two sites and closes with two, and two servers.
async fn two_servers(database: &TestDatabase) -> (TestApp, TestApp) {
    let mut federation = small_federation("test");
    (federation.rounds.min_sites, federation.rounds.quorum) = (2, 2);
    (server(database, &federation).await, server(database, &federation).await)
}

/// Two sites, each as it asks the first and the second server.
async fn two_sites(one: &TestApp, two: &TestApp) -> [[Site; 2]; 2] {
    let (a, b) = (one.enrol("test").await, two.enrol("test").await);
    [[a.at(one), a.at(two)], [b.at(one), b.at(two)]]
}

/// Reads on until round 1 is open; the stream's first event may say that already.
async fn until_open(events: &mut Events) {
    while !matches!(events.next().await.unwrap().state.phase, Phase::Open { round: 1, .. }) {}
}

#[tokio::test]
async fn a_round_is_one_round_wherever_its_sites_ask() {
    let Some(database) = TestDatabase::create().await else { return };
    let (one, two) = two_servers(&database).await;
    let [a, b] = two_sites(&one, &two).await;
    let (mut at_one, mut at_two) = (a[0].events().await, b[1].events().await);
    until_open(&mut at_one).await;
    // Asked where no notice arrived yet, too.
    assert!(matches!(b[1].state().await.phase, Phase::Open { round: 1, .. }));
    a[1].send(1, update_id(1), 10, 1.0).await;
    assert!(matches!(a[0].state().await.phase, Phase::Open { round: 1, received: 1, .. }));
    b[0].send(1, update_id(2), 30, 3.0).await;
    for events in [&mut at_one, &mut at_two] {
        let merged = events.wait_for(Happened::RoundMerged { round: 1, sites: 2 }).await;
        assert_eq!((merged.state.version, merged.state.present), (1, 2));
        events.wait_for(Happened::RoundOpened { round: 2 }).await;
    }
    assert_eq!(a[0].model_bytes(1).await, b[1].model_bytes(1).await);
}

#[tokio::test]
async fn the_same_update_sent_to_both_counts_once() {
    let Some(database) = TestDatabase::create().await else { return };
    let (one, two) = two_servers(&database).await;
    let [a, b] = two_sites(&one, &two).await;
    let (mut events, _other) = (a[0].events().await, b[1].events().await);
    until_open(&mut events).await;
    let body = a[0].update(1, 10, 1.0).await;
    let (first, second) =
        tokio::join!(a[0].put(1, update_id(1), body.clone()), a[1].put(1, update_id(1), body.clone()));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 201]);
    assert_eq!(first.json::<UpdateReceipt>(), second.json::<UpdateReceipt>());
    assert!(matches!(b[0].state().await.phase, Phase::Open { received: 1, .. }));
}

#[tokio::test]
async fn leaving_at_one_ends_the_streams_at_the_other() {
    let Some(database) = TestDatabase::create().await else { return };
    let (one, two) = two_servers(&database).await;
    let [a, b] = two_sites(&one, &two).await;
    let (mut leaving, mut staying) = (a[0].events().await, b[1].events().await);
    until_open(&mut staying).await;
    a[1].leave().await;
    while leaving.next().await.is_some() {}
    while staying.next().await.unwrap().state.present != 1 {}
    assert_eq!(b[0].state().await.present, 1);
}

#[tokio::test]
async fn a_deadline_is_kept_by_the_server_that_is_left() {
    let Some(database) = TestDatabase::create().await else { return };
    let mut federation = small_federation("test");
    (federation.rounds.min_sites, federation.rounds.quorum) = (2, 1);
    // Long enough for the update to come before it: between a failed attempt and the next one it would be refused.
    (federation.rounds.deadline_s, federation.presence_timeout_s) = (10, 1);
    let (mut one, two) = (server(&database, &federation).await, server(&database, &federation).await);
    let [a, b] = two_sites(&one, &two).await;
    let (mut at_one, mut at_two) = (a[0].events().await, b[1].events().await);
    until_open(&mut at_one).await;
    a[0].send(1, update_id(1), 10, 1.0).await;
    one.stop().await;
    at_two.wait_for(Happened::RoundMerged { round: 1, sites: 1 }).await;
}

#[tokio::test]
async fn after_the_database_was_away_they_find_together_again() {
    let Some(database) = TestDatabase::create().await else { return };
    let (one, two) = two_servers(&database).await;
    let [a, b] = two_sites(&one, &two).await;
    let (mut at_one, mut at_two) = (a[0].events().await, b[1].events().await);
    until_open(&mut at_one).await;
    database.disconnect_all().await;
    a[0].send(1, update_id(1), 10, 1.0).await;
    b[0].send(1, update_id(2), 10, 1.0).await;
    at_two.wait_for(Happened::RoundMerged { round: 1, sites: 2 }).await;
}

/// The clock of a machine that is some milliseconds ahead.
struct Ahead(i64);

impl Ahead {
    fn shifted(&self, by_ms: i64, at: Timestamp) -> Timestamp {
        Timestamp::from_ms(at.ms().saturating_add_signed(by_ms))
    }
}

#[async_trait]
impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        self.shifted(self.0, SystemClock.now())
    }

    fn steady(&self) -> Timestamp {
        self.shifted(self.0, SystemClock.steady())
    }

    async fn sleep_until(&self, at: Timestamp) {
        SystemClock.sleep_until(self.shifted(-self.0, at)).await;
    }
}

#[tokio::test]
async fn a_server_whose_clock_is_wrong_waits_for_all_sites_as_the_others_do() {
    let Some(database) = TestDatabase::create().await else { return };
    for ahead_ms in [40_000, -40_000] {
        let name = if ahead_ms > 0 { "ahead" } else { "behind" };
        let mut federation = small_federation(name);
        (federation.rounds.min_sites, federation.rounds.quorum) = (3, 2);
        let right = server(&database, &federation).await;
        let wrong = server_by(&database, &federation, Arc::new(Ahead(ahead_ms))).await;
        let mut sites = Vec::new();
        for _ in 0..3 {
            sites.push(right.enrol(name).await);
        }
        let mut events = sites[0].events().await;
        let _others = [sites[1].events().await, sites[2].at(&wrong).events().await];
        until_open(&mut events).await;
        for (number, site) in (1..).zip(&sites[..2]) {
            site.at(&wrong).send(1, update_id(number), 10, 1.0).await;
        }
        // Whoever comes, the server decides anew: with its own time, nobody at the other one would be there any more.
        let _again = sites[2].at(&wrong).events().await;
        assert_eq!(sites[2].at(&wrong).state().await.version, 0);
        sites[2].send(1, update_id(3), 10, 1.0).await;
        events.wait_for(Happened::RoundMerged { round: 1, sites: 3 }).await;
    }
}

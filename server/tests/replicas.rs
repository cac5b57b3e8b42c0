//! Two server processes on one PostgreSQL behind a load balancer without affinity: a federation goes on to the same
//! bytes while either is killed, and every acknowledged update is in exactly one merge.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

#[path = "replicas/balancer.rs"]
mod balancer;
mod harness;
#[path = "replicas/participant.rs"]
mod participant;
#[path = "replicas/together.rs"]
mod together;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use fedner_protocol::UpdateId;
use fedner_tests::TestDatabase;
use sqlx::postgres::PgPool;
use tokio::sync::watch;

use self::balancer::Balancer;
use self::harness::{Folder, Program, adam, config};
use self::participant::Participant;

const SITES: usize = 4;
const ROUNDS: u32 = 6;
/// A test that waits longer has failed.
const WAIT_MAX: std::time::Duration = std::time::Duration::from_secs(180);

fn folder() -> Folder {
    Folder::new(&config(SITES as u32, |federation| {
        federation.rounds.rounds = ROUNDS;
        federation.optimiser = adam();
    }))
}

/// What the sites know: which update was acknowledged for which round.
type Acknowledged = Arc<Mutex<BTreeMap<UpdateId, u32>>>;

/// A federation's sites, each on a task of its own. Round by round they wait until the test lets them send.
struct Sites {
    tasks: Vec<tokio::task::JoinHandle<()>>,
    /// How many of the sites may send in which round at most: (round, sites).
    allowed: watch::Sender<(u32, usize)>,
    acknowledged: Acknowledged,
}

impl Sites {
    async fn enrol(origin: &str) -> Self {
        let (allowed, acknowledged) = (watch::Sender::new((1, 0)), Acknowledged::default());
        let mut tasks = Vec::new();
        for number in 0..SITES {
            let participant = Participant::enrol(origin, number).await;
            tasks.push(tokio::spawn(participant.take_part(allowed.subscribe(), Arc::clone(&acknowledged))));
        }
        Self { tasks, allowed, acknowledged }
    }

    /// Lets this many sites send in a round, and waits until they are acknowledged.
    async fn send(&self, round: u32, sites: usize) {
        self.allowed.send_replace((round, sites));
        let there = async {
            while self.acknowledged.lock().unwrap().values().filter(|r| **r == round).count() < sites {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(WAIT_MAX, there).await.expect("the updates are acknowledged in time");
    }

    async fn finish(self) -> BTreeMap<UpdateId, u32> {
        for task in self.tasks {
            tokio::time::timeout(WAIT_MAX, task).await.expect("the federation finishes in time").unwrap();
        }
        Arc::try_unwrap(self.acknowledged).unwrap().into_inner().unwrap()
    }
}

/// The bytes of every version as one server makes them from an SQLite file.
async fn undisturbed() -> Vec<Vec<u8>> {
    let folder = folder();
    let program = folder.start();
    let sites = Sites::enrol(&program.origin).await;
    for round in 1..=ROUNDS {
        sites.send(round, SITES).await;
    }
    sites.finish().await;
    models(&program.origin).await
}

async fn models(origin: &str) -> Vec<Vec<u8>> {
    let reader = fedner_tests::Site::enrol(origin, "test").await;
    let mut models = Vec::new();
    // Sites are given the newest version and the one before it; each comes from all before, so that none differs unseen.
    for version in ROUNDS - 1..=ROUNDS {
        models.push(reader.model_bytes(version).await);
    }
    models
}

fn start(folder: &Folder, database: &TestDatabase) -> Program {
    let mut command = folder.command();
    // Not on the command line, where every user of a machine can read a password.
    command.env("FEDNER_STORE_DATABASE_URL", database.url());
    Program::start(&mut command).unwrap_or_else(|status| panic!("the program ended with {status}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn either_of_two_may_die_and_no_byte_changes() {
    let Some(database) = TestDatabase::create().await else { return };
    let folders = [folder(), folder()];
    // At the same time, so that both find an empty database.
    let [mut one, mut two] = std::thread::scope(|scope| {
        folders.each_ref().map(|folder| scope.spawn(|| start(folder, &database))).map(|thread| thread.join().unwrap())
    });
    let balancer = Balancer::start(&[&one.origin, &two.origin]).await;
    let sites = Sites::enrol(&balancer.origin()).await;

    sites.send(1, SITES).await;
    // The first dies in the middle of a round.
    sites.send(2, SITES / 2).await;
    one.kill();
    sites.send(2, SITES).await;
    sites.send(3, SITES).await;
    // It comes back, and the second dies when all updates of a round are there and the merge is due.
    one = start(&folders[0], &database);
    balancer.set(&[&one.origin, &two.origin]);
    sites.send(4, SITES).await;
    two.kill();
    sites.send(5, SITES / 2).await;
    two = start(&folders[1], &database);
    balancer.set(&[&one.origin, &two.origin]);
    // And the first once more, cleanly: an upgrade.
    sites.send(5, SITES).await;
    one.stop();
    sites.send(6, SITES).await;
    let acknowledged = sites.finish().await;

    assert_eq!(acknowledged.len(), SITES * ROUNDS as usize);
    each_is_in_one_merge(&database, &acknowledged).await;
    assert!(models(&two.origin).await == undisturbed().await, "other bytes than those of one undisturbed server");
    let mut verify = folders[0].command();
    verify.args(["audit", "verify"]).env("FEDNER_STORE_DATABASE_URL", database.url());
    harness::Ran::of(&mut verify).good();
}

/// Versions without a gap, and each acknowledged update in the one of its round.
async fn each_is_in_one_merge(database: &TestDatabase, acknowledged: &BTreeMap<UpdateId, u32>) {
    let pool = PgPool::connect(&database.url()).await.unwrap();
    let query = "SELECT version, updates FROM models ORDER BY version";
    let versions: Vec<(i64, i64)> = sqlx::query_as(query).fetch_all(&pool).await.unwrap();
    let expected = (0..=i64::from(ROUNDS)).map(|version| (version, if version == 0 { 0 } else { SITES as i64 }));
    assert_eq!(versions, expected.collect::<Vec<_>>());
    let query = "SELECT id, merged_into FROM updates";
    let merged: Vec<(String, i64)> = sqlx::query_as(query).fetch_all(&pool).await.unwrap();
    let merged: BTreeMap<UpdateId, u32> =
        merged.into_iter().map(|(id, version)| (id.parse().unwrap(), u32::try_from(version).unwrap())).collect();
    assert_eq!(merged, *acknowledged);
    pool.close().await;
}

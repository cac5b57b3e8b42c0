//! The program dies at every place where it writes, before and after the commit, and is started again: the federation
//! goes on to the same bytes of every version as if nothing had happened.
//!
//! Which places there are is printed by the program itself: an undisturbed run lists its visits, each of them is a run of
//! its own, and a kind of change that no run comes to fails the test. What is no part of a round, such as an operator's
//! command, is in [`acts`].

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

#[path = "crash/acts.rs"]
mod acts;
#[path = "crash/federation.rs"]
mod federation;
mod harness;

use std::collections::BTreeSet;
use std::time::Duration;

use fedner_server::failpoint::{Moment, WritePoint};
use fedner_tests::TestDatabase;

use self::federation::{Life, Outcome, Plan};

/// Runs at the same time.
const RUNS_AT_ONCE: usize = 3;
/// A federation of a few rounds that takes longer than this is stuck: it has up to some dozens of starts, of which each
/// can take seconds on a machine with much else to do.
const LIFE_MAX: Duration = Duration::from_secs(600);

/// Where the data are.
#[derive(Clone, Copy)]
enum Store {
    Sqlite,
    Postgres,
}

impl Store {
    /// A new one for a folder; `None` where there is no such store.
    async fn create(self) -> Option<Option<TestDatabase>> {
        match self {
            Self::Sqlite => Some(None),
            Self::Postgres => TestDatabase::create().await.map(Some),
        }
    }
}

/// A federation that lives on a store of its own; `None` where there is no such store.
async fn live(plan: &Plan, store: Store, set: impl FnOnce(Life) -> Life) -> Option<Outcome> {
    let life = set(Life::new(plan, store.create().await?)).live();
    Some(tokio::time::timeout(LIFE_MAX, life).await.expect("the federation gets on"))
}

fn run(plan: &Plan, store: Store, set: impl FnOnce(Life) -> Life) -> Option<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(live(plan, store, set))
}

/// A run without a fault, and then one for each visit to a write point; answers with the places that it came to.
fn same_bytes_wherever_it_dies(plan: &Plan, store: Store) -> Option<BTreeSet<String>> {
    let undisturbed = run(plan, store, |life| life)?;
    assert_eq!(undisturbed.deaths, 0);
    assert_eq!(undisturbed.models.len(), plan.rounds as usize + 1);
    let visits: Vec<_> = undisturbed.visits.iter().filter(|visit| plan.visits(visit)).collect();
    std::thread::scope(|threads| {
        for visits in visits.chunks(visits.len().div_ceil(RUNS_AT_ONCE)) {
            let undisturbed = &undisturbed;
            threads.spawn(move || {
                for visit in visits {
                    let outcome = run(plan, store, |life| life.dying_at(visit)).unwrap();
                    assert_eq!(outcome.deaths, 1, "{visit}: the program never came there");
                    assert!(outcome.models == undisturbed.models, "{visit}: other bytes than without dying");
                    assert_eq!(outcome.merges, undisturbed.merges, "{visit}: the audit log has other merges");
                }
            });
        }
    });
    Some(undisturbed.visits.iter().map(|visit| visit.rsplit_once(':').unwrap().0.to_owned()).collect())
}

fn dying_at_any_write_point_changes_no_byte(store: Store) {
    let mut visited = BTreeSet::new();
    for plan in &federation::PLANS {
        let Some(places) = same_bytes_wherever_it_dies(plan, store) else {
            return;
        };
        visited.extend(places);
    }
    let all = WritePoint::ALL.iter().filter(|point| acts::VISITS.iter().all(|(tested, _)| tested != *point));
    let all = all.flat_map(|point| Moment::ALL.iter().map(|moment| format!("{}:{}", point.name(), moment.name())));
    let missed: Vec<_> = all.filter(|place| !visited.contains(place)).collect();
    assert!(missed.is_empty(), "no run comes to {missed:?}: add a step for it to the plans, or an act");
}

fn dying_over_and_over_changes_no_byte(store: Store) {
    let plan = &federation::PLANS[0];
    let Some(undisturbed) = run(plan, store, |life| life) else {
        return;
    };
    // The first two are of every start: the tables and the audit log. With one more only, no enrolment gets its answer.
    let outcome = run(plan, store, |life| life.dying_always_at("*:after-commit:4")).unwrap();
    assert!(outcome.deaths > 5, "{} deaths", outcome.deaths);
    assert!(outcome.models == undisturbed.models);
    assert_eq!(outcome.merges, undisturbed.merges);
}

#[test]
fn on_sqlite() {
    dying_at_any_write_point_changes_no_byte(Store::Sqlite);
    dying_over_and_over_changes_no_byte(Store::Sqlite);
}

#[test]
fn on_postgres() {
    dying_at_any_write_point_changes_no_byte(Store::Postgres);
    dying_over_and_over_changes_no_byte(Store::Postgres);
}

#[tokio::test]
async fn an_act_is_done_once_or_not_at_all_on_sqlite() {
    acts::done_once_or_not_at_all(Store::Sqlite).await;
}

#[tokio::test]
async fn an_act_is_done_once_or_not_at_all_on_postgres() {
    acts::done_once_or_not_at_all(Store::Postgres).await;
}

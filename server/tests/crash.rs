//! The program dies at every place where it writes, before and after the commit, and is started again: the federation
//! goes on to the same bytes of every version as if nothing had happened.
//!
//! Which places there are is told by the program itself: an undisturbed run lists its visits, each of them is a run of
//! its own, and a kind of change that no run comes to fails the test.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

#[path = "crash/federation.rs"]
mod federation;
mod harness;

use std::collections::BTreeSet;
use std::time::Duration;

use fedner_server::failpoint::{Moment, WritePoint};

use self::federation::{Life, Outcome, Plan};

/// Runs at the same time.
const RUNS_AT_ONCE: usize = 3;
/// A federation of a few rounds that takes longer than this is stuck.
const LIFE_MAX: Duration = Duration::from_secs(120);

/// Write points with tests of their own.
const ELSEWHERE: &[WritePoint] = &[WritePoint::Probe, WritePoint::BackUp, WritePoint::Restore];

/// A run without a fault, and then one for each visit to a write point; answers with the places that it came to.
fn same_bytes_wherever_it_dies(plan: &Plan) -> BTreeSet<String> {
    let undisturbed = run(Life::new(plan));
    assert_eq!(undisturbed.deaths, 0);
    assert_eq!(undisturbed.models.len(), plan.rounds as usize + 1);
    let visits: Vec<_> = undisturbed.visits.iter().filter(|visit| plan.visits(visit)).collect();
    std::thread::scope(|threads| {
        for visits in visits.chunks(visits.len().div_ceil(RUNS_AT_ONCE)) {
            let undisturbed = &undisturbed;
            threads.spawn(move || {
                for visit in visits {
                    let outcome = run(Life::new(plan).dying_at(visit));
                    assert_eq!(outcome.deaths, 1, "{visit}: the program never came there");
                    assert!(outcome.models == undisturbed.models, "{visit}: other bytes than without dying");
                    assert_eq!(outcome.merges, undisturbed.merges, "{visit}: the audit log tells of other merges");
                }
            });
        }
    });
    undisturbed.visits.iter().map(|visit| visit.rsplit_once(':').unwrap().0.to_owned()).collect()
}

fn run(life: Life) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = runtime.block_on(async { tokio::time::timeout(LIFE_MAX, life.live()).await });
    outcome.expect("the federation gets on")
}

#[test]
fn dying_at_any_write_point_changes_no_byte() {
    let visited: BTreeSet<_> = federation::PLANS.iter().flat_map(same_bytes_wherever_it_dies).collect();
    let all = WritePoint::ALL.iter().filter(|point| !ELSEWHERE.contains(point));
    let all = all.flat_map(|point| Moment::ALL.iter().map(|moment| format!("{}:{}", point.name(), moment.name())));
    let missed: Vec<_> = all.filter(|place| !visited.contains(place)).collect();
    assert!(missed.is_empty(), "no run comes to {missed:?}: add a step for it to the plans");
}

#[test]
fn dying_over_and_over_changes_no_byte() {
    let plan = &federation::PLANS[0];
    let undisturbed = run(Life::new(plan));
    // The first two are of every start: the tables and the audit log. With one more only, no enrolment gets its answer.
    let outcome = run(Life::new(plan).dying_always_at("*:after-commit:4"));
    assert!(outcome.deaths > 5, "{} deaths", outcome.deaths);
    assert!(outcome.models == undisturbed.models);
    assert_eq!(outcome.merges, undisturbed.merges);
}

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

use fedner_server::failpoint::{Moment, WritePoint};

use self::federation::{Life, Plan};

/// Runs at the same time.
const RUNS_AT_ONCE: usize = 3;

/// A run without a fault, and then one for each visit to a write point.
async fn same_bytes_wherever_it_dies(plan: &'static Plan) -> BTreeSet<String> {
    let undisturbed = Life::new(plan).live().await;
    assert_eq!(undisturbed.deaths, 0);
    assert_eq!(undisturbed.models.len(), plan.rounds as usize + 1);
    let mut runs = undisturbed.visits.chunks(undisturbed.visits.len().div_ceil(RUNS_AT_ONCE)).map(|visits| {
        let (visits, models) = (visits.to_vec(), undisturbed.models.clone());
        tokio::spawn(async move {
            for visit in visits.iter().filter(|visit| plan.visits(visit)) {
                let outcome = Life::new(plan).dying_at(visit).live().await;
                assert_eq!(outcome.deaths, 1, "{visit}: the program never came there");
                assert!(outcome.models == models, "{visit}: other bytes than without dying");
            }
        })
    });
    for run in runs.by_ref().collect::<Vec<_>>() {
        run.await.unwrap();
    }
    let places = undisturbed.visits.iter().map(|visit| visit.rsplit_once(':').unwrap().0.to_owned());
    places.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn dying_at_any_write_point_changes_no_byte() {
    let mut visited = BTreeSet::new();
    for plan in &federation::PLANS {
        visited.append(&mut same_bytes_wherever_it_dies(plan).await);
    }
    let all = WritePoint::ALL.iter().flat_map(|point| Moment::ALL.iter().map(|moment| (point.name(), moment.name())));
    let all: BTreeSet<_> = all.map(|(point, moment)| format!("{point}:{moment}")).collect();
    let elsewhere: BTreeSet<_> = ELSEWHERE
        .iter()
        .flat_map(|point| Moment::ALL.iter().map(|moment| format!("{}:{}", point.name(), moment.name())))
        .collect();
    let missed: Vec<_> = all.difference(&visited).filter(|place| !elsewhere.contains(*place)).collect();
    assert!(missed.is_empty(), "no run comes to {missed:?}: add a step for it to the plans");
}

/// Write points with tests of their own.
const ELSEWHERE: &[WritePoint] = &[
    WritePoint::Probe,
    WritePoint::Restore,
    WritePoint::RenewCredential,
    WritePoint::MakeInvitation,
    WritePoint::RevokeInvitation,
    WritePoint::RevokeSite,
    WritePoint::PauseFederation,
];

#[tokio::test]
async fn dying_after_every_single_commit_changes_no_byte() {
    let plan = &federation::PLANS[0];
    let undisturbed = Life::new(plan).live().await;
    let outcome = Life::new(plan).dying_always_at("*:after-commit:1").live().await;
    assert!(outcome.deaths > 15, "{} deaths", outcome.deaths);
    assert!(outcome.models == undisturbed.models);
}

//! Federations with secure aggregation: what the server gets, what comes of it, and sites that leave half-way.

use fedner_core::participant::ParticipantError;
use fedner_protocol::{
    Aggregation, Manifest, ModelSpec, SecureAggregation, Weighting, decode_masked_update, decode_update,
};
use fedner_server::FederationConfig;
use fedner_tests::TestApp;
use fedner_tests::participant::{Losses, RunningSite, Task};

use crate::{HOSPITALS, ROUNDS, f1s, federation, shared_digest, task};

fn secure() -> FederationConfig {
    let mut config = federation();
    config.rounds.quorum = 3;
    config.aggregation = Aggregation::Mean { weighting: Weighting::Uniform };
    config.secure_aggregation = Some(SecureAggregation { clip: 0.3, step_s: 3600, ..SecureAggregation::default() });
    config
}

async fn start(config: FederationConfig) -> TestApp {
    TestApp::builder().federation(config).real_clock().start().await
}

/// Each site's identity key is that of a number, so that no two are the same.
fn masked(app: &TestApp, number: usize, losses: Losses) -> Task {
    let identity = Some(number as u8 + 1);
    Task { identity, losses, seed: number as u64, ..task(app, number % HOSPITALS.len(), losses) }
}

#[tokio::test(flavor = "multi_thread")]
async fn masked_updates_teach_and_the_server_sees_no_single_one() {
    let app = start(secure()).await;
    let lossy = |number: usize| Losses { seed: number as u64, requests: 0.1, answers: 0.1 };
    let sites: Vec<_> = (0..3).map(|i| RunningSite::start(masked(&app, i, lossy(i)))).collect();
    let ended: Vec<_> = tokio::task::block_in_place(|| sites.into_iter().map(RunningSite::join).collect());
    let manifest = Manifest::of(&ModelSpec::small());
    let mut digests = Vec::new();
    for (ended, record) in &ended {
        let outcome = ended.outcome.as_ref().unwrap();
        assert_eq!((outcome.version, outcome.finished), (ROUNDS, true));
        digests.push(shared_digest(ended).await);
        let record = record.lock().unwrap();
        let f1 = f1s(&record);
        assert!(f1.last().unwrap() - f1[0] > 0.15, "{f1:?}");
        for (_, bytes) in &record.updates {
            assert!(decode_update(&manifest, bytes).is_err(), "nothing goes out unmasked");
            let (header, packed) = decode_masked_update(&manifest, bytes).unwrap();
            assert_eq!((header.update.samples, header.bits), (1, 11));
            // Unmasked, most values would be near 0; masked, every byte is as frequent as any other.
            let zeros = packed.iter().filter(|byte| **byte == 0).count();
            assert!(zeros * 100 < packed.len(), "{zeros} of {} bytes are 0", packed.len());
        }
    }
    assert!(digests.iter().all(|d| *d == digests[0]), "all sites end on the same shared module");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_leaves_after_it_has_shared_its_secrets_does_not_hold_the_others_up() {
    let mut config = secure();
    config.presence_timeout_s = 1;
    let app = start(config).await;
    let others: Vec<_> = (0..3).map(|i| RunningSite::start(masked(&app, i, Losses::default()))).collect();
    let leaving = Task { stop_after_steps: Some(20), ..masked(&app, 3, Losses::default()) };
    let (ended, _) = tokio::task::block_in_place(|| RunningSite::start(leaving).join());
    assert!(ended.outcome.unwrap().cancelled);
    for other in others {
        let (ended, _) = tokio::task::block_in_place(|| other.join());
        assert_eq!(ended.outcome.unwrap().version, ROUNDS);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_can_not_mask_stays_away_and_says_why() {
    let app = start(secure()).await;
    let (ended, record) = tokio::task::block_in_place(|| RunningSite::start(task(&app, 0, Losses::default())).join());
    let Err(ParticipantError::Policy(reason)) = ended.outcome else { panic!("it took part") };
    assert!(reason.contains("secure aggregation"), "{reason}");
    assert!(record.lock().unwrap().updates.is_empty());
}

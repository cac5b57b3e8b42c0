//! Whole federations in one process: the real participants against the real server over HTTP.

mod poison;
mod secure;

use std::sync::{Arc, Mutex};

use burn::tensor::Device;
use fedner_core::observer::{Event, RoundPhase, When};
use fedner_core::session::Session;
use fedner_protocol::{
    Digest, LocalSteps, Manifest, ModelSpec, RoundPolicy, TrainingPolicy, UpdateCodec, decode_update,
};
use fedner_server::FederationConfig;
use fedner_tests::participant::{Ended, Losses, Record, RunningSite, StoredSite, Task, sample_corpus};
use fedner_tests::{TestApp, small_federation};

const HOSPITALS: [&str; 3] = ["north", "riverside", "lakeside"];
const ROUNDS: u32 = 6;

fn federation() -> FederationConfig {
    FederationConfig {
        rounds: RoundPolicy {
            min_sites: 3,
            quorum: 2,
            // No site may be too slow for its round, on whatever machine: then its update would be missing.
            deadline_s: 24 * 3600,
            rounds: ROUNDS,
            local_steps: LocalSteps::Fixed(15),
        },
        training: TrainingPolicy {
            learning_rate: 1e-2,
            warmup_steps: 5,
            finish_passes: 0,
            finish_steps_min: 0,
            ..TrainingPolicy::default()
        },
        ..small_federation("test")
    }
}

async fn start() -> TestApp {
    TestApp::builder().federation(federation()).real_clock().start().await
}

fn task(app: &TestApp, number: usize, losses: Losses) -> Task {
    Task { losses, ..Task::new(app.origin(), sample_corpus(HOSPITALS[number]), number as u64) }
}

/// Runs all three sites to the end of the federation.
async fn run_all(app: &TestApp, losses: impl Fn(u64) -> Losses) -> Vec<(Ended, Arc<Mutex<Record>>)> {
    let sites: Vec<_> = (0..3).map(|i| RunningSite::start(task(app, i, losses(i as u64)))).collect();
    let join = || sites.into_iter().map(RunningSite::join).collect();
    tokio::task::block_in_place(join)
}

fn f1s(record: &Record) -> Vec<f64> {
    let f1 = |e: &Event| if let Event::Scores { scores, .. } = e { Some(scores.strict.f1) } else { None };
    record.events.iter().filter_map(f1).collect()
}

async fn shared_digest(ended: &Ended) -> Digest {
    let session = ended.session.as_ref().expect("the site has a model");
    let shared = session.model.read_shared().await.expect("the CPU does not fail");
    Digest::of(&shared.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<_>>())
}

#[tokio::test(flavor = "multi_thread")]
async fn three_sites_with_three_label_sets_learn_together() {
    let app = start().await;
    let ended = run_all(&app, |_| Losses::default()).await;
    let mut digests = Vec::new();
    for (ended, record) in &ended {
        let outcome = ended.outcome.as_ref().unwrap();
        assert_eq!((outcome.rounds, outcome.version, outcome.finished), (ROUNDS, ROUNDS, true));
        let record = record.lock().unwrap();
        let f1 = f1s(&record);
        assert!(f1.last().unwrap() - f1[0] > 0.15, "{f1:?}");
        assert!(record.events.iter().any(|e| matches!(e, Event::Scores { when: When::Start, .. })));
        let merged = |e: &&Event| matches!(e, Event::Round(p) if p.phase == RoundPhase::Merged);
        assert_eq!(record.events.iter().filter(merged).count(), ROUNDS as usize);
        let kept = Session::restore(record.checkpoint.as_ref().unwrap(), &Device::flex()).unwrap();
        let temperature = ended.session.as_ref().unwrap().model.temperature();
        assert!(!temperature.is_neutral() && kept.model.temperature() == temperature, "{temperature}");
    }
    for (ended, _) in &ended {
        digests.push(shared_digest(ended).await);
    }
    assert!(digests.iter().all(|d| *d == digests[0]), "all sites end on the same shared module");
    let labels: Vec<_> = HOSPITALS.iter().map(|h| sample_corpus(h).labels().clone()).collect();
    assert!(labels[0] != labels[1] && labels[1] != labels[2] && labels[0] != labels[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_hold_the_shared_tensors_and_nothing_else() {
    let app = start().await;
    let manifest = Manifest::of(&ModelSpec::small());
    for (number, (_, record)) in run_all(&app, |_| Losses::default()).await.iter().enumerate() {
        let record = record.lock().unwrap();
        assert_eq!(record.updates.len(), ROUNDS as usize);
        for (round, bytes) in &record.updates {
            let (header, values) = decode_update(&manifest, bytes).unwrap();
            assert_eq!((header.round, header.base_version), (*round, round - 1));
            assert!(values.iter().any(|v| *v != 0.0));
            let text = String::from_utf8_lossy(bytes);
            assert!(!text.contains("private") && !text.contains("temperature"));
            for label in sample_corpus(HOSPITALS[number]).labels().types() {
                assert!(!text.contains(label.as_str()), "{label} stands in an update");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rounded_updates_teach_the_same_in_a_third_of_the_bytes() {
    let with = async |update_codec| {
        let training = TrainingPolicy { update_codec, ..federation().training };
        TestApp::builder().federation(FederationConfig { training, ..federation() }).real_clock().start().await
    };
    let floats = with(UpdateCodec::F32).await;
    let plain = run_all(&floats, |_| Losses::default()).await;
    let app = with(UpdateCodec::Int8).await;
    let lossy = |seed| Losses { seed, requests: 0.1, answers: 0.1 };
    for ((ended, record), (_, plain)) in run_all(&app, lossy).await.iter().zip(&plain) {
        let outcome = ended.outcome.as_ref().unwrap();
        assert_eq!((outcome.rounds, outcome.version, outcome.finished), (ROUNDS, ROUNDS, true));
        let (record, plain) = (record.lock().unwrap(), plain.lock().unwrap());
        let f1 = f1s(&record);
        assert!(f1.last().unwrap() - f1[0] > 0.15, "{f1:?}");
        let bytes = |record: &Record| record.updates.iter().map(|(_, bytes)| bytes.len()).max().unwrap();
        assert!(bytes(&record) * 3 < bytes(&plain), "{} instead of {} bytes", bytes(&record), bytes(&plain));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_requests_and_answers_change_nothing() {
    let undisturbed = start().await;
    let calm = run_all(&undisturbed, |_| Losses::default()).await;
    for seed in 1..=3 {
        let app = start().await;
        let lossy = |site| Losses { seed: seed * 10 + site, requests: 0.2, answers: 0.2 };
        let ended = run_all(&app, lossy).await;
        for ((ended, _), (calm, _)) in ended.iter().zip(&calm) {
            let outcome = ended.outcome.as_ref().unwrap_or_else(|e| panic!("seed {seed}: {e}"));
            assert_eq!(outcome.version, ROUNDS, "seed {seed}");
            // The same updates, each merged once: the same bytes as without losses.
            assert_eq!(shared_digest(ended).await, shared_digest(calm).await, "seed {seed}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_goes_away_mid_round_comes_back_and_goes_on() {
    let app = start().await;
    let others: Vec<_> = (1..3).map(|i| RunningSite::start(task(&app, i, Losses::default()))).collect();
    let leaving = Task { stop_after_steps: Some(20), ..task(&app, 0, Losses::default()) };
    let (ended, record) = tokio::task::block_in_place(|| RunningSite::start(leaving).join());
    assert!(ended.outcome.unwrap().cancelled);
    let resume = record.lock().unwrap().stored();
    let returning = RunningSite::start(Task { resume: Some(resume), ..task(&app, 0, Losses::default()) });
    let (ended, record) = tokio::task::block_in_place(|| returning.join());
    let outcome = ended.outcome.unwrap();
    assert!(outcome.finished);
    assert_eq!(outcome.version, ROUNDS);
    assert!(record.lock().unwrap().enrolment.is_none(), "it is still the same site and was not enrolled again");
    for other in others {
        let (ended, _) = tokio::task::block_in_place(|| other.join());
        assert_eq!(ended.outcome.unwrap().version, ROUNDS);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_site_takes_the_last_passes_alone_and_keeps_what_it_learnt_in_them() {
    let mut config = federation();
    (config.rounds.rounds, config.training.finish_passes) = (2, 2);
    let app = TestApp::builder().federation(config).real_clock().start().await;
    let ended = run_all(&app, |_| Losses::default()).await;
    let mut digests = Vec::new();
    for (number, (ended, record)) in ended.iter().enumerate() {
        digests.push(shared_digest(ended).await);
        let outcome = ended.outcome.as_ref().unwrap();
        assert!(outcome.finished);
        let resume = kept_after_the_last_passes(&record.lock().unwrap());
        // Whoever comes back to a federation that is done keeps the model that was fitted to its own notes.
        let back = Task { resume: Some(resume), ..task(&app, number, Losses::default()) };
        let (again, seen) = tokio::task::block_in_place(|| RunningSite::start(back).join());
        let stepped = seen.lock().unwrap().events.iter().any(|e| matches!(e, Event::Step { .. }));
        assert!(!stepped, "all is done already");
        assert_eq!(shared_digest(&again).await, digests[number]);
        assert_eq!(again.outcome.unwrap().scores, outcome.scores);
    }
    let fitted = digests.iter().filter(|d| digests.iter().filter(|other| other == d).count() == 1).count();
    assert!(fitted >= 2, "two sites that trained on alone have shared modules of their own");
}

/// Checkpoint and enrolment of a site that took two rounds and the last passes.
fn kept_after_the_last_passes(record: &Record) -> StoredSite {
    assert_eq!(record.updates.len(), 2, "nothing is sent of what a site learns alone");
    let finishing = |e: &&Event| matches!(e, Event::Round(p) if p.phase == RoundPhase::Finishing);
    assert_eq!(record.events.iter().filter(finishing).count(), 1);
    record.stored()
}

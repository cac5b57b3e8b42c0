//! Three hospitals in three browsers, each with notes and labels of its own.

use fedner_protocol::{Feature, FeatureTable, LocalSteps, ModelSpec, RoundPolicy, TrainingPolicy};
use fedner_server::FederationConfig;
use fedner_server::config::Enrolment;
use serde_json::json;

use crate::harness::{Gpu, PageState, SiteNotes, Stage, Tab, real_corpora, run, sample_site};

/// Training and held-out sentences of each real corpus.
const SENTENCES: (usize, usize) = (240, 60);
const ROUNDS: u32 = 5;
/// Local steps of a round in which a tab is killed: long enough that it is killed within it, also where a step takes two
/// milliseconds.
const LONG_ROUND: u32 = 600;
/// Of those, the steps in which it may be killed: more than are taken between two looks at it, and many are left then.
const KILLED_BEFORE: u64 = 250;
/// Rounds of that federation.
const LONG_ROUNDS: u32 = 4;

/// A federation that anyone may join.
pub fn federation(id: &str, model: ModelSpec, rounds: RoundPolicy, training: TrainingPolicy) -> FederationConfig {
    let id = id.parse().expect("the test gives a valid federation id");
    FederationConfig {
        enrolment: Enrolment::Open,
        sites_may_learn_each_others_updates: true,
        model,
        rounds,
        training,
        ..FederationConfig::new(id, "Browser tests")
    }
}

/// A model between the small and the product's one: it learns within a few dozen steps.
pub fn middling_model() -> ModelSpec {
    let features = [(Feature::Form, 2000), (Feature::Prefix4, 500), (Feature::Suffix3, 500), (Feature::Shape, 200)];
    ModelSpec {
        features: features.map(|(feature, rows)| FeatureTable { feature, rows }).to_vec(),
        embedding_width: 24,
        encoder_width: 48,
        encoder_blocks: 1,
        ..ModelSpec::small()
    }
}

/// One round that a single site can do alone.
pub fn one_round_alone() -> RoundPolicy {
    RoundPolicy { min_sites: 1, quorum: 1, rounds: 1, local_steps: LocalSteps::Fixed(5), ..RoundPolicy::default() }
}

/// Learns fast: there are few steps to learn in.
pub fn quick_training() -> TrainingPolicy {
    TrainingPolicy {
        learning_rate: 1e-2,
        warmup_steps: 5,
        word_dropout: 0.0,
        dropout: 0.1,
        finish_steps_min: 0,
        ..TrainingPolicy::default()
    }
}

/// Opens one tab a site, each in a profile of its own, with the site's notes chosen.
pub async fn open_sites(stage: &Stage, origin: &str, sites: &[SiteNotes], gpu: Gpu) -> Vec<Tab> {
    let mut tabs = Vec::new();
    for site in sites {
        let profile = stage.profile(&site.name, gpu);
        let tab = stage.open(&profile, &format!("{origin}/#workspace={}", site.name)).await;
        site.choose(&tab).await;
        let state = tab.state().await;
        assert_eq!(state.labels, site.labels(), "{}: every label of the notes is offered", site.name);
        tabs.push(tab);
    }
    tabs
}

/// Asserts that the site took part and finds more than at the start, and prints its way there.
pub fn assert_learned(site: &str, state: &PageState, rounds_min: usize) {
    let way: Vec<String> = state.history.iter().map(|h| format!("{} {}: {:.3}", h.when, h.round, h.f1)).collect();
    println!("{site}: F1 {}", way.join(", "));
    let sent = state.rounds_sent();
    assert!(sent.len() >= rounds_min, "{site}: it sent updates in rounds {sent:?}");
    let (start, end) = (state.scores_start_f1, state.scores_latest_f1);
    let (start, end) = (start.expect("it was scored at the start"), end.expect("it was scored at the end"));
    assert!(end > start, "{site}: F1 was {start:.4} at the start and is {end:.4} at the end: {way:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_sites_with_different_labels_learn_together() {
    run("three_sites_with_different_labels_learn_together", async |stage| {
        let policy = RoundPolicy {
            min_sites: 3,
            quorum: 3,
            deadline_s: 300,
            rounds: ROUNDS,
            local_steps: LocalSteps::Fixed(12),
        };
        let app = stage.server([federation("three", middling_model(), policy, quick_training())]).await;
        let sites = real_corpora(SENTENCES.0, SENTENCES.1);
        let tabs = open_sites(&stage, &app.origin(), &sites, Gpu::None).await;
        for tab in &tabs {
            assert_eq!(tab.state().await.device_kind(), "cpu", "{}: without a GPU the CPU is chosen", tab.name());
            tab.join("three").await;
        }
        for tab in &tabs {
            let done = |s: &PageState| s.is_idle() && s.version == ROUNDS;
            let state = tab.until("all rounds are done", done).await;
            assert_learned(tab.name(), &state, ROUNDS as usize);
            assert_eq!(state.participating, None, "a federation that is done is not gone on with");
        }
        app
    })
    .await;
}

/// Rows of a store in the page's database, by key.
async fn stored(tab: &Tab, store: &str) -> Vec<String> {
    let body = "const [workspace, store] = args;
        const open = await new Promise((resolve, reject) => {
          const request = indexedDB.open('fedner-' + workspace);
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
        const keys = await new Promise((resolve, reject) => {
          const request = open.transaction(store, 'readonly').objectStore(store).getAllKeys();
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
        open.close();
        return keys.map(String);";
    tab.script_async(body, json!([tab.name(), store])).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_tab_does_not_stop_the_round_and_comes_back() {
    run("a_killed_tab_does_not_stop_the_round_and_comes_back", async |stage| {
        let policy = RoundPolicy {
            min_sites: 3,
            quorum: 2,
            deadline_s: 600,
            rounds: LONG_ROUNDS,
            local_steps: LocalSteps::Fixed(LONG_ROUND),
        };
        let app = stage.server([federation("three", ModelSpec::small(), policy, quick_training())]).await;
        let sites = ["north", "lakeside", "riverside"].map(sample_site);
        let tabs = open_sites(&stage, &app.origin(), &sites, Gpu::None).await;
        let [killed, others @ ..] = &tabs[..] else { panic!("there are three tabs") };
        let documents = stored(killed, "documents").await;
        for tab in &tabs {
            tab.join("three").await;
        }
        // What is on the disk by now is to be there afterwards; the newest entries need not be.
        let first = killed.until("a round is merged", |s| s.version >= 1).await;
        let entries = stored(killed, "ledger").await;
        let sent_before = first.rounds_sent();
        // Nothing may come between seeing it train and killing it: the rest of the round is the time there is for it.
        let of_round = |s: &PageState| s.run.step % u64::from(LONG_ROUND);
        let early = |s: &PageState| s.run.phase == "training" && (1..KILLED_BEFORE).contains(&of_round(s));
        let before = killed.until("it trains in a later round", |s| s.version >= 1 && early(s)).await;
        killed.kill().await;
        stage.forget_tab(killed);
        let round = before.version + 1;

        for other in others {
            let state = other.until("the round is closed by the others", |s| s.version >= round).await;
            assert_eq!(state.run.kind, "participating", "{}: the federation goes on", other.name());
        }
        let waits = |s: &PageState| s.run.phase == "waiting";
        let state = others[0].until("the next round waits for a third site", waits).await;
        assert_eq!(state.version, round, "a round with fewer than min_sites does not open");

        let back = stage.open(killed.profile(), &format!("{}/#workspace={}", app.origin(), killed.name())).await;
        let caught_up = |s: &PageState| s.version >= round && s.run.kind == "participating";
        let state = back.until("it has the newest version without being asked", caught_up).await;
        assert_eq!(state.documents, before.documents, "no note is lost");
        assert_eq!(state.enrolled, before.enrolled, "it is still enrolled");
        let enrolments = state.ledger.iter().filter(|e| e.path.ends_with("/enrol")).count();
        assert_eq!(enrolments, 1, "it came back as the same site");
        let now = stored(&back, "documents").await;
        assert!(documents.iter().all(|key| now.contains(key)), "no stored note is lost");
        assert!(entries.iter().all(|key| state.ledger.iter().any(|e| e.key == *key)), "no stored ledger entry is lost");

        for tab in others.iter().chain([&back]) {
            tab.until("all rounds are done", |s| s.is_idle() && s.version == LONG_ROUNDS).await;
        }
        let sent = back.state().await.rounds_sent();
        assert!(sent_before.iter().all(|r| sent.contains(r)), "{sent_before:?} are still in the ledger: {sent:?}");
        assert!(sent.iter().any(|sent| *sent > round), "it takes part in later rounds: {sent:?}");
        assert!(!sent.contains(&round), "it was killed before it could send its update of round {round}: {sent:?}");
        app
    })
    .await;
}

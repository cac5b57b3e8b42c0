//! A workspace that an earlier version of the page has stored opens with everything in it.
//!
//! `stored_workspace/version-2.json` was recorded with the page that had this version of the database. It is never
//! recorded again: a later version gets a file of its own beside it, by [`record`].

use std::path::Path;

use fedner_protocol::{Feature, FeatureTable, LocalSteps, ModelSpec, RoundPolicy};
use fedner_tests::small_federation;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::annotate;
use crate::federation::{federation, quick_training};
use crate::harness::{Gpu, Stage, Tab, run, sample_site};

const DUMP: &str = include_str!("stored_workspace/dump.js");
const LOAD: &str = include_str!("stored_workspace/load.js");
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/browser/stored_workspace");
const RECORDED: &str = "version-2.json";

const TEXT: &str = "She took aspirin 100 mg daily. Later severe chest pain and nausea.";
const COMMENT: &str = "Ask whether “daily” belongs to the dose.";
/// Sentences of the sample notes that are trained on and held out.
const SENTENCES: (usize, usize) = (8, 4);
const EPOCHS: u32 = 2;
/// Steps back to before the note was done: three marks, the labels, and the status itself.
const EDITS_SINCE_STATUS: usize = 5;

/// A recorded workspace.
#[derive(Serialize, Deserialize)]
pub struct Recorded {
    /// What the page said of it: `window.fedner.state()`.
    pub state: Value,
    /// What `dump.js` returns.
    pub dump: Value,
}

impl Recorded {
    /// The one of the repository.
    pub fn read() -> Self {
        let text = std::fs::read_to_string(Path::new(FOLDER).join(RECORDED)).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

/// A fresh profile that holds the recorded workspace as `stored`; the page is not open yet.
pub async fn with_stored(stage: &Stage, origin: &str, recorded: &Recorded) -> Tab {
    let tab = stage.open_unready(&stage.profile("stored", Gpu::None), &format!("{origin}/healthz")).await;
    tab.expect_error("favicon.ico");
    tab.script_async::<Value>(LOAD, json!(["stored", recorded.dump])).await;
    tab
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_of_database_version_2_opens_with_everything() {
    run("a_workspace_of_database_version_2_opens_with_everything", async |stage| {
        let recorded = Recorded::read();
        let app = stage.server([small_federation("demo")]).await;
        let tab = with_stored(&stage, &app.origin(), &recorded).await;
        tab.goto(&format!("{}/#workspace=stored", app.origin())).await;
        tab.until("the engine is up", |s| s.ready && s.has_model).await;

        let state: Value = tab.script("return window.fedner.state()", json!([])).await;
        let kept =
            ["documents", "labels", "selected", "undo", "redo", "history", "total_steps", "version", "has_model"];
        let more = ["scores_start_f1", "scores_latest_f1", "enrolled", "participating", "ledger", "ledger_totals"];
        for name in kept.iter().chain(&more) {
            assert_eq!(state[name], recorded.state[name], "{name}");
        }
        annotate::marked(&tab, &["aspirin/DRUG", "nausea/SYMPTOM"]).await;
        let comment: String = tab.script("return document.getElementById('note-comment').value", json!([])).await;
        assert_eq!(comment, COMMENT);
        let status: String = tab.script("return document.getElementById('note-status').value", json!([])).await;
        assert_eq!(status, "done");
        let epochs: String = tab.script("return document.getElementById('epochs').value", json!([])).await;
        assert_eq!(epochs, EPOCHS.to_string());

        // The history of edits still fits the notes: forward to the last mark, back to before the note was done.
        tab.press("redo-button").await;
        annotate::marked(&tab, &["aspirin/DRUG", "chest/SYMPTOM", "nausea/SYMPTOM"]).await;
        for _ in 0..EDITS_SINCE_STATUS {
            tab.press("undo-button").await;
        }
        let undone = "return document.getElementById('note-status').value === 'new'";
        tab.until_script("the status is undone", undone).await;

        // The model still computes.
        tab.fill("try-text", "She took aspirin and has nausea.").await;
        tab.press("try-button").await;
        tab.until_script("the model answers", "return !document.getElementById('try-result').hidden").await;
        let trained = tab.train(1).await;
        assert!(trained.total_steps > recorded.state["total_steps"].as_u64().unwrap(), "training goes on");
        app
    })
    .await;
}

/// Records the file, over the page in `FEDNER_PAGE_DIR`:
/// `cargo test -p fedner-tests --features browser --test browser stored_workspace::record -- --ignored`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes a file of the repository; the page must be the one of the version that is recorded"]
async fn record() {
    run("record_a_stored_workspace", async |stage| {
        let policy = RoundPolicy {
            min_sites: 1,
            quorum: 1,
            rounds: 2,
            local_steps: LocalSteps::Fixed(10),
            ..RoundPolicy::default()
        };
        let app = stage.server([federation("alone", tiny_model(), policy, quick_training())]).await;
        let tab = stage.tab("stored", &format!("{}/#workspace=stored", app.origin())).await;
        work(&tab).await;
        tab.join("alone").await;
        tab.until("all rounds are done", |s| s.is_idle() && s.version == 2).await;
        tab.train(EPOCHS).await;
        tab.until("all is stored", |s| s.writing == 0 && s.checkpoint_ms.is_some()).await;
        // What is written once in a while is stored before the page is open again.
        tab.reload().await;
        let dump = tab.script_async::<Value>(DUMP, json!(["stored"])).await;
        let state = tab.script("return window.fedner.state()", json!([])).await;
        let text = serde_json::to_string(&Recorded { state, dump }).unwrap();
        std::fs::write(Path::new(FOLDER).join(RECORDED), text + "\n").unwrap();
        app
    })
    .await;
}

/// A note with a comment, a status and marks, of which the last is undone; and notes to train on.
async fn work(tab: &Tab) {
    annotate::paste(tab, TEXT).await;
    tab.script::<Value>("document.getElementById('note-comment-area').open = true", json!([])).await;
    tab.fill("note-comment", COMMENT).await;
    tab.script::<Value>("document.activeElement.blur()", json!([])).await;
    tab.until_script("the comment is kept", "return /comment/.test(window.fedner.state().undo ?? '')").await;
    let done = "const e = document.getElementById('note-status'); e.value = 'done';
                e.dispatchEvent(new Event('change', { bubbles: true }))";
    tab.script::<Value>(done, json!([])).await;
    annotate::labels(tab, &["DRUG", "SYMPTOM"]).await;
    for (words, key) in [("aspirin", "1"), ("nausea", "2"), ("chest", "2")] {
        annotate::double_click(tab, annotate::middle(tab, words).await).await;
        annotate::cursor(tab, words).await;
        tab.keys(key).await;
    }
    annotate::marked(tab, &["aspirin/DRUG", "chest/SYMPTOM", "nausea/SYMPTOM"]).await;
    tab.press("undo-button").await;
    annotate::marked(tab, &["aspirin/DRUG", "nausea/SYMPTOM"]).await;
    let sample = sample_site("north").first(SENTENCES.0, SENTENCES.1);
    let files = [("train.conll", &sample.training), ("dev.conll", &sample.held_out)].map(|(name, content)| {
        let file = tab.profile().files().join(name);
        std::fs::write(&file, content).unwrap();
        file
    });
    tab.choose_files(&[&files[0], &files[1]]).await;
}

/// As small as a model can be that still computes with every kind of tensor.
fn tiny_model() -> ModelSpec {
    let features = [(Feature::Form, 64), (Feature::Suffix3, 32), (Feature::Shape, 16)];
    ModelSpec {
        features: features.map(|(feature, rows)| FeatureTable { feature, rows }).to_vec(),
        embedding_width: 8,
        encoder_width: 12,
        ..ModelSpec::small()
    }
}

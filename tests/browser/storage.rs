//! What survives a reload, and what happens when there is no room to store.

use fedner_protocol::{LocalSteps, ModelSpec, RoundPolicy};
use fedner_tests::small_federation;
use serde_json::json;

use crate::federation::{federation, quick_training};
use crate::harness::{run, sample_site};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notes_model_and_ledger_survive_a_reload() {
    run("notes_model_and_ledger_survive_a_reload", async |stage| {
        let policy = RoundPolicy {
            min_sites: 1,
            quorum: 1,
            rounds: 2,
            local_steps: LocalSteps::Fixed(20),
            ..RoundPolicy::default()
        };
        let app = stage.server([federation("alone", ModelSpec::small(), policy, quick_training())]).await;
        let tab = stage.tab("kept", &format!("{}/#workspace=kept", app.origin())).await;
        sample_site("riverside").choose(&tab).await;
        // Two short rounds give a poor model, and the better one of both is kept: without a comparison it is the federation's.
        tab.press("baseline-setting").await;
        tab.join("alone").await;
        tab.until("all rounds are done", |s| s.is_idle() && s.version == 2).await;
        let before = tab.train(1).await;

        let after = tab.reload().await;
        assert_eq!(after.documents, before.documents);
        assert_eq!(after.labels, before.labels);
        assert_eq!(after.ledger, before.ledger);
        assert_eq!(after.enrolled, before.enrolled);
        assert_eq!((after.has_model, after.version), (true, before.version));
        assert_eq!(after.total_steps, before.total_steps);
        let f1s = |state: &crate::harness::PageState| state.history.iter().map(|h| h.f1).collect::<Vec<_>>();
        assert_eq!(f1s(&after), f1s(&before));
        // The restored model works at once, without any training.
        tab.fill("try-text", "The patient was given ibuprofen and has a headache.").await;
        tab.press("try-button").await;
        tab.until_script("the model answers", "return !document.getElementById('try-result').hidden").await;
        let state = tab.train(1).await;
        assert!(state.total_steps > before.total_steps, "training goes on");
        app
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_storage_is_told_and_work_goes_on_in_memory() {
    run("full_storage_is_told_and_work_goes_on_in_memory", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let tab = stage.tab("full", &format!("{}/#workspace=full", app.origin())).await;
        // Room for the notes, but not for a model; the page's own files are there already.
        let kept = "await navigator.serviceWorker.ready;
            return (await (await caches.open('fedner-modules')).keys()).length >= 2";
        while !tab.script_async::<bool>(kept, json!([])).await {
            tokio::task::yield_now().await;
        }
        let used: u64 = tab.script_async("return (await navigator.storage.estimate()).usage", json!([])).await;
        let quota = json!({ "origin": app.origin(), "quotaSize": used + QUOTA_BYTES });
        tab.devtools("Storage.overrideQuotaForOrigin", quota).await;
        sample_site("north").choose(&tab).await;
        assert_eq!(tab.state().await.storage, "stored");
        tab.expect_error("storage-full");
        let state = tab.train(1).await;
        assert!(state.has_model && state.scores_latest_f1.is_some(), "training goes on in memory");
        let state = tab.until("the page says so", |s| s.errors.iter().any(|e| e.code == "storage-full")).await;
        assert_eq!(state.storage, "memory");
        let error = state.errors.iter().find(|e| e.code == "storage-full").unwrap();
        assert!(error.hint.to_lowercase().contains("download"), "{error:?}");
        tab.until_script("a download is offered", DOWNLOAD_OFFERED).await;

        tab.devtools("Storage.overrideQuotaForOrigin", json!({ "origin": app.origin() })).await;
        // The browser takes a while to notice that there is room; until then the page says each time that there is none.
        tab.until_script("the workspace is stored again", STORE_AGAIN).await;
        let stored = tab.state().await;
        let after = tab.reload().await;
        assert_eq!(after.documents, stored.documents);
        assert!(after.has_model, "the checkpoint that could not be stored at first is stored now");
        app
    })
    .await;
}

/// The checkpoint of the product's model has four times as many.
const QUOTA_BYTES: u64 = 3_000_000;
const DOWNLOAD_OFFERED: &str =
    "return [...document.querySelectorAll('#message button')].some((b) => b.textContent.includes('Download'))";
const STORE_AGAIN: &str = "const { storage, checkpoint_ms } = window.fedner.state();
    if (storage === 'stored' && checkpoint_ms !== null) return true;
    [...document.querySelectorAll('#message button')].find((b) => /store again/.test(b.textContent))?.click();
    return false";

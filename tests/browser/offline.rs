//! The page without its server, and a newer version of the page.

use fedner_tests::{TestApp, small_federation};
use serde_json::{Value, json};

use crate::harness::{Gpu, PageCopy, run, sample_site};

/// Everything that the page needs later is kept.
const KEPT: &str = "const modules = await caches.open('fedner-modules');
    return navigator.serviceWorker.controller !== null && (await modules.keys()).length >= 2";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_opens_without_its_server_with_everything() {
    run("the_page_opens_without_its_server_with_everything", async |stage| {
        let mut app = stage.server([small_federation("demo")]).await;
        let origin = app.origin();
        let tab = stage.tab("offline", &format!("{origin}/#workspace=offline")).await;
        sample_site("north").choose(&tab).await;
        let before = tab.train(1).await;
        while !tab.script_async::<bool>(KEPT, json!([])).await {
            tokio::task::yield_now().await;
        }
        // The browser logs every failed request by itself.
        tab.expect_error("net::ERR_");
        app.stop().await;
        let after = tab.reload().await;
        assert_eq!((&after.documents, after.has_model), (&before.documents, true));
        tab.fill("try-text", "She took ibuprofen.").await;
        tab.press("try-button").await;
        tab.until_script("the model answers", "return !document.getElementById('try-result').hidden").await;
        tab.train(1).await;
        tab.goto(&format!("{origin}/#workspace=sample-lakeside")).await;
        tab.until("the engine is up", |state| state.ready && state.workspace == "sample-lakeside").await;
        tab.press("sample-lakeside").await;
        tab.until("sample notes are there, too", |state| state.documents.count > 0).await;
        app
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_version_is_offered_and_not_while_training() {
    run("a_newer_version_is_offered_and_not_while_training", async |stage| {
        let page = PageCopy::of_the_built_page();
        let app = TestApp::builder().page(page.dir()).real_clock().start().await;
        let tab = stage.open(&stage.profile("newer", Gpu::None), &format!("{}/#workspace=newer", app.origin())).await;
        sample_site("north").choose(&tab).await;
        tab.until_script("the first version is kept", "return navigator.serviceWorker.controller !== null").await;
        let offered = "return !document.getElementById('version-offer').hidden";
        assert!(!tab.script::<bool>(offered, json!([])).await, "the first one replaces nothing");

        tab.fill("epochs", "200").await;
        tab.press("train-button").await;
        tab.until("training has begun", |state| state.run.step > 0).await;
        let worker = page.dir().join("service-worker.js");
        let script = std::fs::read_to_string(&worker).unwrap();
        std::fs::write(&worker, script.replace("\"version\":\"", "\"version\":\"newer-")).unwrap();
        for ending in ["br", "gz"] {
            let _ = std::fs::remove_file(page.dir().join(format!("service-worker.js.{ending}")));
        }
        let found = "const known = await navigator.serviceWorker.getRegistration();
            await known.update();
            return known.waiting !== null";
        while !tab.script_async::<bool>(found, json!([])).await {
            tokio::task::yield_now().await;
        }
        assert!(!tab.script::<bool>(offered, json!([])).await, "not while it trains");
        assert_eq!(tab.state().await.run.kind, "training", "training goes on");
        tab.press("cancel-button").await;
        tab.until("training has ended", |state| state.is_idle() && state.writing == 0).await;
        tab.until_script("the newer version is offered", offered).await;
        tab.script::<Value>("window.before = true", json!([])).await;
        tab.press("take-version").await;
        tab.until_script("the page is loaded anew", "return window.before === undefined").await;
        tab.until("the engine is up", |state| state.ready).await;
        let versions: Vec<String> = tab.script_async("return await caches.keys()", json!([])).await;
        assert!(versions.iter().any(|name| name.contains("newer-")), "{versions:?}");
        (app, page)
    })
    .await;
}

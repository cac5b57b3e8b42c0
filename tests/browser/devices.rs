//! Which of the modules is loaded, and how one device gives way to another.

use fedner_tests::{TestApp, small_federation};

use crate::harness::{Gpu, PageCopy, PageState, Recorder, Tab, run, sample_site};

/// The checkpoint that is stored, as a digest.
async fn checkpoint(tab: &Tab) -> String {
    let body = "const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
        return [...digest].map((b) => b.toString(16).padStart(2, '0')).join('');";
    tab.script_on_checkpoint(tab.name(), body).await
}

/// Trains one epoch on sample notes, and waits until the model is stored.
async fn train(tab: &Tab) -> PageState {
    sample_site("riverside").choose(tab).await;
    let state = tab.train(1).await;
    let trained_ms = state.checkpoint_ms;
    tab.until("the checkpoint is stored", |s| s.checkpoint_ms.is_some() && s.checkpoint_ms >= trained_ms).await
}

/// The same notes and the same model are there, and the model answers.
async fn assert_nothing_lost(tab: &Tab, before: &PageState, stored: &str) {
    let after = tab.state().await;
    assert_eq!((&after.documents, &after.labels), (&before.documents, &before.labels));
    assert!(after.has_model);
    assert_eq!(checkpoint(tab).await, stored, "the model is the one that was trained");
    tab.fill("try-text", "Aspirin caused nausea.").await;
    tab.press("try-button").await;
    tab.until_script("the model answers", "return !document.getElementById('try-result').hidden").await;
}

/// Where the page finds out that a GPU is imitated, and what makes it real.
const IMITATED: &str = "return { adapter, software:";
const REAL: &str = "return { adapter, software: false };\n  return { adapter, software:";

/// Changes what chooses the device.
fn replace(page: &PageCopy, script: &str, old: &str, new: &str) {
    page.change(script, |text| {
        let changed = text.replace(old, new);
        assert_ne!(changed, text);
        changed
    });
}

fn reason(state: &PageState) -> String {
    state.device.as_ref().and_then(|device| device["reason"].as_str()).unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gpus_module_is_fetched_when_it_is_wanted() {
    run("the_gpus_module_is_fetched_when_it_is_wanted", async |stage| {
        let app = stage.server([small_federation("test")]).await;
        let server = app.origin().trim_start_matches("http://").parse().expect("the server has an address");
        let recorder = Recorder::start(server).await;
        let fetched = |module: &str| {
            let start = format!("/immutable/{module}-");
            let requests = recorder.requests();
            requests.iter().filter(|r| r.target.starts_with(&start) && r.target.ends_with(".wasm")).count()
        };
        let profile = stage.profile("wanted", Gpu::Software);
        let tab = stage.open(&profile, &format!("{}/#workspace=wanted", recorder.origin())).await;
        let state = tab.state().await;
        assert_eq!(state.device_kind(), "cpu");
        assert!(reason(&state).contains("only a software GPU"), "{}", reason(&state));
        let before = train(&tab).await;
        let stored = checkpoint(&tab).await;
        let all = || ["cpu", "cpu_relaxed", "webgpu"].map(fetched);
        assert_eq!(
            all(),
            [0, 1, 0],
            "this browser has relaxed SIMD; an imitated GPU is not used unless it is asked for"
        );

        tab.choose_device("webgpu").await;
        assert_eq!(fetched("webgpu"), 1);
        assert_nothing_lost(&tab, &before, &stored).await;
        tab.choose_device("cpu").await;
        assert_nothing_lost(&tab, &before, &stored).await;
        assert_eq!(all(), [0, 1, 1], "what is immutable is fetched once");
        (app, recorder)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gpu_takes_over_from_the_cpu() {
    run("a_gpu_takes_over_from_the_cpu", async |stage| {
        let page = PageCopy::of_the_built_page();
        // There is no GPU in CI: the page takes the imitated one for real, and for fast.
        replace(&page, "worker/device.js", IMITATED, REAL);
        replace(&page, "worker/device.js", "return webgpu_ms >= cpu_ms;", "return false;");
        let app = TestApp::builder().page(page.dir()).real_clock().start().await;
        let profile = stage.profile("change", Gpu::Software);
        let tab = stage.open(&profile, &format!("{}/#workspace=change", app.origin())).await;
        tab.choose_device("cpu").await;
        let before = train(&tab).await;
        let stored = checkpoint(&tab).await;
        tab.ask_for_device("auto").await;
        let state = tab.until("the CPU works while the GPU is prepared", |s| s.ready && reason(s).contains("prepared"));
        assert_eq!(state.await.device_kind(), "cpu");
        // Nothing is pressed from here on.
        let state = tab.until("the GPU has taken over", |s| s.ready && s.device_kind() == "webgpu").await;
        assert_eq!(state.device.expect("a ready engine has a device")["self_check"]["agrees"], true);
        assert_nothing_lost(&tab, &before, &stored).await;
        (app, page)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slower_gpu_is_timed_once_and_not_used() {
    run("a_slower_gpu_is_timed_once_and_not_used", async |stage| {
        let page = PageCopy::of_the_built_page();
        // An imitated GPU that counts as a real one, and is slow.
        replace(&page, "worker/device.js", IMITATED, REAL);
        replace(&page, "worker/device.js", "return webgpu_ms >= cpu_ms;", "return webgpu_ms > 0;");
        let app = TestApp::builder().page(page.dir()).real_clock().start().await;
        let server = app.origin().trim_start_matches("http://").parse().expect("the server has an address");
        let recorder = Recorder::start(server).await;
        let profile = stage.profile("slow", Gpu::Software);
        let tab = stage.open(&profile, &format!("{}/#workspace=slow", recorder.origin())).await;
        let explained = |s: &PageState| s.ready && reason(s).starts_with("A training step takes");
        let state = tab.until("both were timed", explained).await;
        assert_eq!(state.device_kind(), "cpu");
        let loaded = || recorder.requests().iter().filter(|r| r.target.starts_with("/immutable/webgpu-")).count();
        let before = loaded();
        assert!(before > 0, "it was timed without its module");
        let state = tab.reload().await;
        assert_eq!((state.device_kind(), explained(&state)), ("cpu", true), "{}", reason(&state));
        assert_eq!(loaded(), before);
        (app, page, recorder)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_without_relaxed_simd_trains_too() {
    run("a_browser_without_relaxed_simd_trains_too", async |stage| {
        let page = PageCopy::of_the_built_page();
        replace(&page, "worker/relaxed-simd.js", "WebAssembly.validate(new Uint8Array(RELAXED_SIMD))", "false");
        page.without_module("cpu_relaxed");
        let app = TestApp::builder().page(page.dir()).real_clock().start().await;
        let tab = stage.tab("plain", &format!("{}/#workspace=plain", app.origin())).await;
        let before = train(&tab).await;
        let stored = checkpoint(&tab).await;
        assert_nothing_lost(&tab, &before, &stored).await;
        (app, page)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_gpus_module_the_cpu_goes_on() {
    run("without_the_gpus_module_the_cpu_goes_on", async |stage| {
        let page = PageCopy::of_the_built_page();
        page.without_module("webgpu");
        let app = TestApp::builder().page(page.dir()).real_clock().start().await;
        let profile = stage.profile("missing", Gpu::Software);
        let tab = stage.open(&profile, &format!("{}/#workspace=missing", app.origin())).await;
        let before = train(&tab).await;
        let stored = checkpoint(&tab).await;
        // The browser logs every failed request by itself.
        tab.expect_error("404");
        tab.ask_for_device("webgpu").await;
        let explained = |s: &PageState| s.ready && reason(s).contains("could not be used");
        let state = tab.until("the page says so", explained).await;
        assert_eq!(state.device_kind(), "cpu");
        assert_nothing_lost(&tab, &before, &stored).await;
        (app, page)
    })
    .await;
}

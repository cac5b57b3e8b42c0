//! Two tabs with one workspace: one works, the other one only shows.

use fedner_tests::small_federation;
use serde_json::{Value, json};

use crate::annotate;
use crate::harness::{PageState, Tab, run};
use crate::stored_workspace::{Recorded, with_stored};

/// As in a page without HTTPS.
const WITHOUT_LOCKS: &str = "Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })";
/// Another page works in the workspace.
const TAKE_THE_LOCK: &str = "return new Promise((resolve) => navigator.locks.request('fedner-stored', () => new Promise(() => resolve(null))));";
const VERSION: &str = "const all = await indexedDB.databases();
    return all.find(({ name }) => name === 'fedner-stored').version;";

/// Takes the browser's locks from the window in use, for every page that it opens.
async fn without_locks(tab: &Tab) {
    tab.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WITHOUT_LOCKS })).await;
}

fn notice(code: &'static str) -> impl Fn(&PageState) -> bool {
    move |state| state.errors.iter().any(|error| error.code == code)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_locks_one_tab_works_and_the_next_one_after_it() {
    run("without_locks_one_tab_works_and_the_next_one_after_it", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let workspace = format!("{}/#workspace=two", app.origin());
        let tab = stage
            .open_unready(&stage.profile("two", crate::harness::Gpu::None), &format!("{}/healthz", app.origin()))
            .await;
        tab.expect_error("favicon.ico");
        tab.expect_error("open-elsewhere");
        tab.expect_error("free-again");
        without_locks(&tab).await;
        tab.goto(&workspace).await;
        tab.until("the engine is up", |s| s.ready && s.writable).await;
        annotate::paste(&tab, "She took aspirin.").await;
        tab.reload().await;
        assert!(tab.state().await.writable, "a reload does not keep itself out");

        tab.new_window().await;
        without_locks(&tab).await;
        tab.goto(&workspace).await;
        let state =
            tab.until("the second tab says that the workspace is open elsewhere", notice("open-elsewhere")).await;
        assert_eq!((state.writable, state.documents.count), (false, 1));
        tab.close_first_window().await;
        tab.until("it says that the first one is gone", notice("free-again")).await;
        tab.reload().await;
        assert!(tab.state().await.writable);
        app
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tab_that_only_shows_leaves_the_database_as_it_is() {
    run("a_tab_that_only_shows_leaves_the_database_as_it_is", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let recorded = Recorded::read();
        let tab = with_stored(&stage, &app.origin(), &recorded).await;
        tab.expect_error("open-elsewhere");
        tab.expect_error("free-again");
        tab.script_async::<Value>(TAKE_THE_LOCK, json!([])).await;

        tab.new_window().await;
        tab.goto(&format!("{}/#workspace=stored", app.origin())).await;
        let state = tab.until("the page says that the workspace is open elsewhere", notice("open-elsewhere")).await;
        assert_eq!(json!(state.documents.count), recorded.state["documents"]["count"]);
        assert_eq!(tab.script_async::<u32>(VERSION, json!([])).await, 2, "the other page may still work with it");
        tab.close_first_window().await;
        tab.until("the other one is gone", notice("free-again")).await;
        let state = tab.reload().await;
        assert!(state.writable && state.has_model);
        assert_eq!(tab.script_async::<u32>(VERSION, json!([])).await, 3);
        app
    })
    .await;
}

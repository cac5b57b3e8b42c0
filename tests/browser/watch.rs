//! The tests' own eyes: an error in page or worker and a request to another origin are seen.

use std::path::PathBuf;

use fedner_tests::{TestApp, small_federation};
use serde_json::{Value, json};

use crate::harness::{Gpu, PageCopy, foreign_requests, run};

const ELSEWHERE: &str = "http://elsewhere.invalid/collect?what=notes";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_in_the_page_is_seen() {
    run("an_error_in_the_page_is_seen", async |stage| {
        let app = stage.server([small_federation("test")]).await;
        let tab = stage.tab("page-error", &app.origin()).await;
        assert_eq!(tab.problems().await, Vec::<String>::new(), "the page by itself is clean");
        tab.script::<Value>("setTimeout(() => { throw new Error('broken on purpose') })", json!([])).await;
        tab.until_script("the page shows it", "return window.fedner.state().errors.length > 0").await;
        let problems = tab.problems().await;
        assert!(problems.iter().any(|p| p.starts_with("shown: \"page-error\"")), "{problems:?}");
        let logged = problems.iter().any(|p| p.starts_with("logged: ") && p.contains("broken on purpose"));
        assert!(logged, "{problems:?}");
        stage.dismiss(&tab);
        tab.quit().await;
        app
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_in_the_worker_is_seen() {
    run("an_error_in_the_worker_is_seen", async |stage| {
        let page = PageCopy::of_the_built_page();
        let fault = "setTimeout(() => { throw new Error('broken on purpose') });";
        page.change("worker/main.js", |worker| format!("{worker}\n{fault}\n"));
        let app = TestApp::builder().page(page.dir()).real_clock().start().await;
        let profile = stage.profile("worker-error", Gpu::None);
        let tab = stage.open_unready(&profile, &app.origin()).await;
        tab.until_script("the page shows it", "return (window.fedner?.state().errors.length ?? 0) > 0").await;
        let problems = tab.problems().await;
        let seen = problems.iter().any(|p| p.starts_with("shown: ") && p.contains("broken on purpose"));
        assert!(seen, "{problems:?}");
        stage.dismiss(&tab);
        tab.quit().await;
        (app, page)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_to_another_origin_is_seen() {
    run("a_request_to_another_origin_is_seen", async |stage| {
        let app = stage.server([small_federation("test")]).await;
        // The page's own policy stops such a request before it is one.
        let stopped = stage.tab("stopped", &app.origin()).await;
        stopped.script::<Value>(&format!("fetch('{ELSEWHERE}').catch(() => {{}})"), json!([])).await;
        stopped.until_script("the page shows it", "return window.fedner.state().errors.length > 0").await;
        let problems = stopped.problems().await;
        assert!(problems.iter().any(|p| p.contains("security policy")), "{problems:?}");
        stage.dismiss(&stopped);
        stopped.quit().await;
        let requests = requests_of(stopped.profile().netlogs());
        assert_eq!(requests, Vec::<String>::new(), "the policy stopped it");

        // No policy stops a page from sending its person elsewhere, so the browser's record must show it.
        let leaving = stage.tab("leaving", &app.origin()).await;
        stage.dismiss(&leaving);
        leaving.script::<Value>(&format!("setTimeout(() => {{ location.href = '{ELSEWHERE}' }})"), json!([])).await;
        leaving.until_script("the page is left", "return window.fedner === undefined").await;
        leaving.quit().await;
        let requests = requests_of(leaving.profile().netlogs());
        assert!(requests.iter().any(|request| request.contains(ELSEWHERE)), "{requests:?}");
        app
    })
    .await;
}

fn requests_of(logs: Vec<PathBuf>) -> Vec<String> {
    logs.iter().flat_map(|log| foreign_requests(log)).collect()
}

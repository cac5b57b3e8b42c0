//! The page as an application: views with addresses of their own, panes that fit the window, reports that go away.

use fedner_tests::small_federation;
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::harness::{Tab, run, sample_site};

/// Every view's name in the address, where it has one.
const VIEWS: [&str; 5] = ["notes", "compare", "training", "model", "left"];
/// A window of a small laptop, in CSS pixels.
const LAPTOP: (u32, u32) = (1280, 800);
/// Widths at which parts of the page once stood out, in CSS pixels.
const WIDTHS: [u32; 6] = [360, 737, 800, 945, 1024, 1280];
/// The largest part of a line that can be read well, in CSS pixels.
const LINE_MAX_PX: f64 = 1000.0;

/// Makes the window so large.
pub async fn resize(tab: &Tab, (width, height): (u32, u32)) {
    let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
    tab.devtools("Emulation.setDeviceMetricsOverride", size).await;
}

/// Goes to a view by its link.
pub async fn view(tab: &Tab, name: &str) {
    tab.script::<Value>(&format!("document.querySelector('[data-view-link={name}]').click()"), json!([])).await;
    let shown = format!("return document.body.dataset.shown === '{name}' && location.hash.includes('view={name}')");
    tab.until_script(&format!("the view {name} is shown"), &shown).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn views_have_addresses_and_the_last_one_is_reopened() {
    run("views_have_addresses_and_the_last_one_is_reopened", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let address = format!("{}/#workspace=views", app.origin());
        let tab = stage.tab("views", &address).await;
        let hidden = "return document.getElementById('compare-link').hidden";
        assert!(tab.script::<bool>(hidden, json!([])).await, "there is nothing to compare yet");
        sample_site("north").choose(&tab).await;
        for name in VIEWS {
            view(&tab, name).await;
            let one: Vec<String> = tab
                .script(
                    "return [...new Set([...document.querySelectorAll('[data-view]:not([hidden])')].map((e) => e.dataset.view))]",
                    json!([]),
                )
                .await;
            assert_eq!(one, [name], "one view is shown");
            let status = "const line = document.getElementById('status');
                return line.getClientRects().length > 0 && line.textContent.length > 0";
            assert!(tab.script::<bool>(status, json!([])).await, "{name}: the status line is there");
            tab.until_script(
                "the focus is in the view",
                "return document.activeElement.closest('[data-view]') !== null",
            )
            .await;
        }
        tab.script::<Value>("history.back()", json!([])).await;
        tab.until_script("back is one view before", "return document.body.dataset.shown === 'model'").await;

        tab.until("all is stored", |state| state.writing == 0).await;
        tab.goto("about:blank").await;
        tab.goto(&address).await;
        tab.until("the engine is up", |state| state.ready).await;
        let again: String = tab.script("return document.body.dataset.shown + location.hash", json!([])).await;
        assert_eq!(again, "model#workspace=views&view=model", "the last view is reopened, and the address says so");
        app
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_view_fits_the_window() {
    run("every_view_fits_the_window", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let tab = stage.tab("fits", &app.origin()).await;
        resize(&tab, LAPTOP).await;
        sample_site("north").choose(&tab).await;
        tab.train(1).await;
        for width in WIDTHS {
            resize(&tab, (width, 800)).await;
            for name in VIEWS {
                view(&tab, name).await;
                let beyond: Vec<String> = tab.script(BEYOND, json!([])).await;
                assert!(beyond.is_empty(), "{name} at {width} pixels: {beyond:?} stand out to the right");
            }
        }
        resize(&tab, LAPTOP).await;
        view(&tab, "notes").await;
        let text = "return document.getElementById('document-text').getBoundingClientRect().top < innerHeight / 3";
        tab.until_script("the text begins in the upper third", text).await;
        let still = "return document.documentElement.scrollHeight <= innerHeight";
        tab.until_script("the page itself does not scroll", still).await;
        view(&tab, "training").await;
        tab.until_script("what happens now is on one screen", ON_ONE_SCREEN).await;
        resize(&tab, (3840, 2160)).await;
        view(&tab, "notes").await;
        let line: f64 = tab.script("return document.getElementById('document-text').clientWidth", json!([])).await;
        assert!(line <= LINE_MAX_PX, "a line is {line} pixels long");
        borders(&tab).await;
        app
    })
    .await;
}

/// What ends right of the window, without being in something that scrolls.
const BEYOND: &str = "const out = [];
    for (const e of document.querySelectorAll('body *')) {
      const { right, width } = e.getBoundingClientRect();
      if (width === 0 || right <= document.documentElement.clientWidth + 1 || getComputedStyle(e).clipPath !== 'none') continue;
      let scrolls = false;
      for (let p = e.parentElement; p; p = p.parentElement) scrolls ||= p !== document.body && p.clientWidth > 0 && ['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(p).overflowX);
      if (!scrolls) out.push(e.id || e.className || e.tagName);
    }
    return out.slice(0, 5)";
const ON_ONE_SCREEN: &str = "return ['train-button', 'join-button', 'f1', 'plot'].every((id) => {
      const e = document.getElementById(id);
      return e.hidden || (e.getBoundingClientRect().top >= 0 && e.getBoundingClientRect().bottom <= innerHeight);
    })";

/// The panes' borders move by keys, and stay where they were put.
async fn borders(tab: &Tab) {
    resize(tab, LAPTOP).await;
    let width = "return Math.round(document.getElementById('list-side').getBoundingClientRect().width)";
    let before: i64 = tab.script(width, json!([])).await;
    tab.script::<Value>("document.getElementById('list-border').focus()", json!([])).await;
    tab.keys(Key::Right).await;
    tab.until_script("the list is wider", &format!("{width} > {before}")).await;
    let now: i64 = tab.script(width, json!([])).await;
    tab.reload().await;
    resize(tab, LAPTOP).await;
    tab.until_script("it still is", &format!("{width} === {now}")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_visit_explains_and_a_report_goes_away() {
    run("the_first_visit_explains_and_a_report_goes_away", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let tab = stage.tab("first", &app.origin()).await;
        let explained =
            "return !document.getElementById('hero').hidden && document.querySelectorAll('#hero .entity').length > 0";
        assert!(tab.script::<bool>(explained, json!([])).await, "an example is shown, with coloured entities");
        let steps: Vec<String> = tab
            .script("return [...document.querySelectorAll('#steps strong')].map((e) => e.textContent)", json!([]))
            .await;
        assert!(steps.iter().any(|step| step == "Mark"), "{steps:?}");
        tab.fill("paste-text", "She took aspirin.").await;
        tab.press("paste-add").await;
        tab.until("the note is there", |state| state.documents.count == 1).await;
        let gone = "return document.getElementById('hero').hidden && !document.getElementById('report').hidden";
        tab.until_script("the opening has made room, and the import is reported", gone).await;
        let focus = "return document.activeElement.id === 'document-text'";
        tab.until_script("the focus is in the new note, not at the page's start", focus).await;
        let next = "return /mark/i.test(document.getElementById('import-report').textContent)";
        tab.until_script("the page says what to do next", next).await;
        tab.press("report-close").await;
        tab.until_script("the report is gone", "return document.getElementById('report').hidden").await;
        tab.until_script("the focus is in the note", focus).await;
        app
    })
    .await;
}

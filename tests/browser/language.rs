//! The page in German: chosen by the browser or by hand, while it trains, with its numbers, for everybody.

use fedner_tests::small_federation;
use serde_json::{Value, json};

use crate::axe::{axe_script, check};
use crate::harness::{PageState, Tab, run, sample_site};
use crate::views::{resize, view};

/// What an element says.
async fn said(tab: &Tab, id: &str) -> String {
    tab.script(&format!("return document.getElementById('{id}').textContent.trim()"), json!([])).await
}

/// Chooses a language as a person does, and waits until the page speaks it.
async fn choose(tab: &Tab, code: &str) {
    let script = format!(
        "const select = document.getElementById('language'); select.focus(); select.value = '{code}';
         select.dispatchEvent(new Event('change', {{ bubbles: true }}))"
    );
    tab.script::<Value>(&script, json!([])).await;
    tab.until_script(code, &format!("return document.documentElement.lang === '{code}'")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_language_is_changed_by_hand_and_loses_nothing() {
    run("the_language_is_changed_by_hand_and_loses_nothing", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let tab = stage.tab("language", &format!("{}/#workspace=words", app.origin())).await;
        sample_site("north").choose(&tab).await;
        assert_eq!(tab.script::<String>("return document.documentElement.lang", json!([])).await, "en");
        assert_eq!(said(&tab, "note-done").await, "Done D");
        let label: String = tab.script("return document.querySelector('label[for=language]').textContent", json!([])).await;
        assert_eq!(label, "Language");
        tab.fill("document-filter", "pulse").await;
        tab.fill("epochs", "500").await;
        tab.press("train-button").await;
        let before = tab.until("steps are taken", |s| s.run.kind == "training" && s.run.step > 2).await;

        choose(&tab, "de").await;
        let open = "document.querySelector('[data-view-link=notes]').textContent === 'Dokumente'
            && document.getElementById('status').textContent.startsWith('Training auf diesem Gerät')";
        tab.until_script("the page speaks German", &format!("return {open}")).await;
        assert_eq!(tab.script::<String>("return document.activeElement.id", json!([])).await, "language", "the focus stays");
        assert_eq!(said(&tab, "note-done").await, "Fertig D");
        let after = tab.until("it trains on", |s| s.run.kind == "training" && s.run.step > before.run.step + 2).await;
        assert_eq!(after.documents, before.documents);
        let typed: String = tab.script("return document.getElementById('document-filter').value", json!([])).await;
        assert_eq!(typed, "pulse", "what was typed stays");
        tab.press("cancel-button").await;
        tab.until("training has stopped", PageState::is_idle).await;

        tab.train(2).await;
        tab.until_script(
            "figures have a comma",
            "return /^\\d+,\\d %$/.test(document.getElementById('f1').textContent)",
        )
        .await;
        tab.reload().await;
        tab.until_script(
            "it is remembered",
            "return document.documentElement.lang === 'de' && document.getElementById('document-title').textContent !== ''",
        )
        .await;
        assert!(said(&tab, "status").await.starts_with("Bereit"), "{}", said(&tab, "status").await);
        undo_is_named_in_the_language_in_use(&tab).await;
        app
    })
    .await;
}

/// What was done in German is named in English afterwards.
async fn undo_is_named_in_the_language_in_use(tab: &Tab) {
    let count = tab.state().await.documents.count;
    tab.press("remove-note").await;
    tab.until("the note is gone", |s| s.documents.count < count).await;
    tab.until_script(
        "undo says what it undoes",
        "return /^Rückgängig: „.+“ entfernen$/.test(document.getElementById('undo-button').title)",
    )
    .await;
    choose(tab, "en").await;
    tab.until_script(
        "in English, too",
        "return /^Undo: remove “.+”$/.test(document.getElementById('undo-button').title)",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_browsers_language_is_spoken_in_every_view() {
    run("the_browsers_language_is_spoken_in_every_view", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let tab = stage.tab("german", &app.origin()).await;
        let agent: String = tab.script("return navigator.userAgent", json!([])).await;
        let wanted = json!({ "userAgent": agent, "acceptLanguage": "fr-FR,de-AT" });
        tab.devtools("Emulation.setUserAgentOverride", wanted).await;
        tab.reload().await;
        tab.until_script("the browser's second wish is German", "return document.documentElement.lang === 'de'").await;
        let axe = axe_script();
        check(&tab, &axe, "a first visit, in German").await;
        sample_site("north").choose(&tab).await;
        tab.press("report-close").await;
        tab.train(1).await;
        for name in ["notes", "training", "model", "left", "compare"] {
            view(&tab, name).await;
            check(&tab, &axe, &format!("{name}, in German")).await;
        }
        for width in [360, 800, 1280] {
            resize(&tab, (width, 800)).await;
            for name in ["notes", "training", "model", "left", "compare"] {
                view(&tab, name).await;
                let wider = format!("return document.documentElement.scrollWidth <= {width}");
                tab.until_script(&format!("{name} fits into {width} pixels"), &wider).await;
            }
        }
        a_message_of_the_engine_is_english(&tab).await;
        app
    })
    .await;
}

/// The reader of files speaks English, and what it says is marked as such.
async fn a_message_of_the_engine_is_english(tab: &Tab) {
    view(tab, "notes").await;
    let script = "const input = document.getElementById('file-input'); const files = new DataTransfer();
        files.items.add(new File(['{\"text\": 1}\\n'], 'bad.jsonl'));
        input.files = files.files; input.dispatchEvent(new Event('change', { bubbles: true }))";
    tab.script::<Value>(script, json!([])).await;
    tab.until_script(
        "the problem is told",
        "const told = document.querySelector('#import-problems li [lang=en]');
         return told !== null && document.querySelector('#import-problems summary').textContent.startsWith('1 Problem beim Lesen')",
    )
    .await;
}

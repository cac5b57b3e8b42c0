//! Working with notes, without any network: in and out, the list, the model's suggestions, two annotators.

use std::path::PathBuf;

use fedner_tests::small_federation;
use serde::Deserialize;
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::harness::{Stage, Tab, run, sample_site};

/// A note as it is stored in the browser.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Note {
    name: String,
    text: String,
    entities: Vec<Entity>,
    status: String,
    comment: String,
    uncertainty: Option<f64>,
    order: u32,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Entity {
    start: usize,
    end: usize,
    label: String,
}

/// A tab with the page in it, whose network is cut as soon as the page is there.
async fn offline_tab(stage: &Stage, origin: &str, name: &str) -> Tab {
    let tab = stage.tab(name, &format!("{origin}/#workspace={name}")).await;
    let ready = "return performance.getEntriesByName('files-ready').length > 0";
    tab.until_script("files can be read without the network", ready).await;
    offline(&tab, true).await;
    tab
}

async fn offline(tab: &Tab, offline: bool) {
    tab.devtools("Network.enable", json!({})).await;
    let conditions = json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    tab.devtools("Network.emulateNetworkConditions", conditions).await;
}

/// The stored notes, in their order.
async fn notes(tab: &Tab) -> Vec<Note> {
    let body = "const open = await new Promise((resolve) => {
          const request = indexedDB.open('fedner-' + args[0]);
          request.onsuccess = () => resolve(request.result);
        });
        const notes = await new Promise((resolve) => {
          const request = open.transaction('documents').objectStore('documents').getAll();
          request.onsuccess = () => resolve(request.result);
        });
        open.close();
        return notes;";
    let mut notes: Vec<Note> = tab.script_async(body, json!([tab.name()])).await;
    notes.sort_by_key(|note| note.order);
    notes
}

/// Waits until the stored notes are as wanted.
async fn until_notes(tab: &Tab, what: &str, holds: impl Fn(&[Note]) -> bool) -> Vec<Note> {
    let deadline = std::time::Instant::now() + crate::harness::WAIT_MAX;
    loop {
        let now = notes(tab).await;
        if holds(&now) {
            return now;
        }
        assert!(std::time::Instant::now() < deadline, "{}: waited in vain until {what}: {now:#?}", tab.name());
    }
}

fn file(tab: &Tab, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = tab.profile().files().join(name);
    std::fs::write(&path, content).expect("the temporary folder can be written");
    path
}

async fn focus(tab: &Tab, id: &str) {
    tab.show(id).await;
    tab.script::<Value>(&format!("document.getElementById('{id}').focus()"), json!([])).await;
}

async fn text_of(tab: &Tab, id: &str) -> String {
    tab.script(&format!("return document.getElementById('{id}').textContent"), json!([])).await
}

/// Exports in a format; the file that a person would get.
async fn export(tab: &Tab, format: &str) -> PathBuf {
    let body = "const { createObjectURL } = URL;
        const { click } = HTMLAnchorElement.prototype;
        let blob;
        const written = new Promise((resolve) => {
          URL.createObjectURL = (content) => { blob = content; return createObjectURL.call(URL, content); };
          HTMLAnchorElement.prototype.click = function () { resolve(this.download); };
        });
        document.getElementById('export-open').click();
        document.getElementById('export-format').value = args[0];
        document.getElementById('export-download').click();
        const name = await written;
        URL.createObjectURL = createObjectURL;
        HTMLAnchorElement.prototype.click = click;
        document.getElementById('export-dialog').close();
        return [name, [...new Uint8Array(await blob.arrayBuffer())]];";
    let (name, content): (String, Vec<u8>) = tab.script_async(body, json!([format])).await;
    file(tab, &name, content)
}

const STANDOFF: (&str, &str) =
    ("Took aspirin 😀 daily.\nNo rash.\n", "T1\tDRUG 5 12\taspirin\nT2\tADR 25 29\trash\nT3\tADR 1 99\tnowhere\n");
const DOCCANO: &str = "{\"text\": \"Metformin since May.\", \"label\": [[0, 9, \"DRUG\"]]}\nnot json\n{\"text\": \"Well.\", \"label\": []}\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notes_come_in_and_go_out_in_many_formats() {
    run("notes_come_in_and_go_out_in_many_formats", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let tab = offline_tab(&stage, &app.origin(), "formats").await;
        let files = [
            file(&tab, "visit.txt", STANDOFF.0),
            file(&tab, "visit.ann", STANDOFF.1),
            file(&tab, "doccano.jsonl", DOCCANO),
        ];
        tab.choose_files(&[&files[0], &files[1], &files[2]]).await;
        let before = until_notes(&tab, "three notes are stored", |notes| notes.len() == 3).await;
        let state = tab.state().await;
        let places: Vec<_> = state.import_problems.iter().map(|p| (p.file.as_str(), p.line)).collect();
        assert!(places.contains(&("visit.ann", Some(3))), "{places:?}");
        assert!(places.contains(&("doccano.jsonl", Some(2))), "{places:?}");
        let visit = before.iter().find(|note| note.name.contains("visit")).expect("the brat note is there");
        assert_eq!(visit.entities.iter().map(|e| (e.start, e.end)).collect::<Vec<_>>(), [(5, 12), (26, 30)]);
        assert!(text_of(&tab, "import-report").await.contains("with 3 marks"));

        for format in ["doccano", "bioc-json", "label-studio"] {
            let written = export(&tab, format).await;
            tab.press("remove-all").await;
            until_notes(&tab, "all are removed", <[Note]>::is_empty).await;
            tab.choose_files(&[&written]).await;
            let after = until_notes(&tab, "they are back", |notes| notes.len() == 3).await;
            let content =
                |notes: &[Note]| notes.iter().map(|n| (n.text.clone(), n.entities.clone())).collect::<Vec<_>>();
            assert_eq!(content(&after), content(&before), "{format}");
        }
        assert!(tab.state().await.ledger.is_empty(), "nothing was asked of the server");
        app
    })
    .await;
}

/// Names that sort and are found by their beginnings.
fn many_notes(count: usize) -> String {
    (0..count)
        .map(|i| json!({ "id": i, "text": format!("{i} took aspirin."), "label": [] }).to_string() + "\n")
        .collect()
}

const COUNT_WRITES: &str = "window.written = 0;
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (...entry) {
      if (this.name === 'documents') window.written += 1;
      return put.apply(this, entry);
    };";
const SELECTED: &str = "const row = document.querySelector('#document-list [aria-selected=true]');
    return row ? Number(row.getAttribute('aria-posinset')) : 0";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_notes_are_worked_through_by_keys() {
    run("ten_thousand_notes_are_worked_through_by_keys", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let tab = offline_tab(&stage, &app.origin(), "many").await;
        tab.choose_files(&[&file(&tab, "many.jsonl", many_notes(10_000))]).await;
        assert_eq!(tab.state().await.documents.count, 10_000);
        let rows = "return document.querySelectorAll('#document-list [role=option]').length";
        let at = async |wanted: u32| {
            tab.until_script(
                &format!("row {wanted} is selected"),
                &format!("{} === {wanted}", SELECTED.replace("return row", "return (row").replace(": 0", ": 0)")),
            )
            .await;
        };

        focus(&tab, "document-list").await;
        for (key, wanted) in [(Key::End, 10_000), (Key::Home, 1), (Key::Down, 2), (Key::PageDown, 0)] {
            tab.keys(key).await;
            if wanted > 0 {
                at(wanted).await;
            }
            let drawn: usize = tab.script(rows, json!([])).await;
            assert!(drawn > 0 && drawn < 60, "{drawn} rows are in the document");
            let active = "const a = document.getElementById('document-list').getAttribute('aria-activedescendant');
                return a !== null && document.getElementById(a)?.getAttribute('aria-selected') === 'true'";
            tab.until_script("the selected row is announced", active).await;
        }
        let stops: usize =
            tab.script("return document.querySelectorAll('#document-list [tabindex=\"0\"]').length", json!([])).await;
        assert_eq!(stops, 0, "the list is one stop for Tab");

        tab.keys(Key::Home).await;
        at(1).await;
        tab.script::<Value>(COUNT_WRITES, json!([])).await;
        focus(&tab, "document-text").await;
        tab.keys("d").await;
        at(2).await;
        let written: usize = tab.script("return window.written", json!([])).await;
        assert_eq!(written, 1, "an edit writes the note that changed");
        tab.keys("c").await;
        tab.keys("ask Eva").await;
        tab.keys(Key::Escape).await;
        let written = "return window.written === 2";
        tab.until_script("the comment is stored", written).await;

        by_text_and_by_status(&tab).await;

        offline(&tab, false).await;
        tab.reload().await;
        let stored = notes(&tab).await;
        assert_eq!((stored.len(), stored[0].status.as_str()), (10_000, "done"));
        assert_eq!(stored[1].comment, "ask Eva");
        app
    })
    .await;
}

/// Filters the list.
async fn by_text_and_by_status(tab: &Tab) {
    tab.fill("document-filter", "9999 TOOK").await;
    tab.until_script(
        "one note is found",
        "return document.getElementById('list-count').textContent.startsWith('2 of')",
    )
    .await;
    tab.press("filter-clear").await;
    let filter = "const status = document.getElementById('filter-status');
        status.value = 'done';
        status.dispatchEvent(new Event('change'))";
    tab.script::<Value>(filter, json!([])).await;
    tab.until_script(
        "the open note and the one that is done",
        "return document.getElementById('list-count').textContent.startsWith('2 of')",
    )
    .await;
}

const NEW_NOTE: &str = "Metformin was continued. He takes ramipril and aspirin, too.";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn suggestions_are_decided_and_the_model_learns() {
    run("suggestions_are_decided_and_the_model_learns", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let tab = offline_tab(&stage, &app.origin(), "suggest").await;
        sample_site("north").choose(&tab).await;
        let trained = tab.train(20).await;
        let labelled = trained.documents.count as usize;
        let new = [file(&tab, "one.txt", NEW_NOTE), file(&tab, "two.txt", format!("{NEW_NOTE} Later: {NEW_NOTE}"))];
        tab.choose_files(&[&new[0], &new[1]]).await;
        let seen =
            |notes: &[Note]| notes.len() == labelled + 2 && notes[labelled..].iter().all(|n| n.uncertainty.is_some());
        let looked_at = until_notes(&tab, "the model has looked at the new notes", seen).await;
        assert!(looked_at[labelled..].iter().all(|note| note.status == "suggested"), "{:?}", &looked_at[labelled..]);

        focus(&tab, "document-list").await;
        tab.keys("one").await;
        // Until it is drawn, what there is to decide is the note's before.
        opened(&tab, "one").await;
        let decide = "return /^[1-9]\\d* suggestion/.test(document.getElementById('suggest-count').textContent)";
        tab.until_script("there is something to decide", decide).await;
        focus(&tab, "document-text").await;
        tab.keys("a").await;
        let accepted = until_notes(&tab, "one is accepted", |n| n[labelled].entities.len() == 1).await;
        assert_eq!(accepted[labelled].status, "in-work");
        // The model may have found nothing else in this one.
        tab.keys("n").await;
        opened(&tab, "two").await;
        tab.until_script("there is something to decide", decide).await;
        tab.keys("x").await;
        tab.until_script("that is a step to undo", "return (window.fedner.state().undo ?? '').startsWith('reject')")
            .await;
        tab.chord(Key::Control, "z").await;
        tab.chord(Key::Control, "z").await;
        let untouched = |n: &[Note]| n[labelled..].iter().all(|n| n.entities.is_empty() && n.status == "suggested");
        until_notes(&tab, "both are undone", untouched).await;

        let accept_all = "document.getElementById('help-area').open = true;
            const slider = document.getElementById('accept-above');
            slider.value = '50';
            slider.dispatchEvent(new Event('input'))";
        tab.script::<Value>(accept_all, json!([])).await;
        tab.press("accept-all").await;
        let all = |n: &[Note]| n[labelled..].iter().all(|note| !note.entities.is_empty());
        until_notes(&tab, "all above the bound are accepted", all).await;
        tab.press("undo-button").await;
        until_notes(&tab, "one step undoes it", |n| n[labelled..].iter().all(|note| note.entities.is_empty())).await;

        blind(&tab).await;
        focus(&tab, "document-text").await;
        tab.keys("u").await;
        // The other new note is the most useful one.
        opened(&tab, "two").await;
        tab.press("learn-button").await;
        let learned =
            tab.until("it has learnt", |s| s.notices.iter().any(|n| n.starts_with("Learnt from 1 note: F1"))).await;
        assert!(learned.ledger.is_empty(), "nothing was asked of the server");
        app
    })
    .await;
}

/// Waits until the note of this name is drawn.
async fn opened(tab: &Tab, name: &str) {
    let drawn = format!("return document.getElementById('document-title').textContent === '{name}'");
    tab.until_script(&format!("the note “{name}” is open"), &drawn).await;
}

/// In blind mode nothing is shown until the note is done; then both are compared.
async fn blind(tab: &Tab) {
    tab.press("blind-setting").await;
    let hidden = "return document.getElementById('suggest-count').textContent.startsWith('Blind')
        && document.querySelector('#document-text .suggested') === null";
    tab.until_script("suggestions are hidden", hidden).await;
    tab.press("note-done").await;
    let compared = "return document.getElementById('document-agreement').textContent.startsWith('The model finds')
        && document.querySelector('#document-text .suggested') !== null";
    tab.until_script("the note that is done is compared", compared).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_annotators_are_compared_and_adjudicated() {
    run("two_annotators_are_compared_and_adjudicated", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let tab = offline_tab(&stage, &app.origin(), "two").await;
        let lines = |tags: [&str; 5]| {
            let tokens = ["Aspirin", "caused", "bad", "rashes", "."];
            tokens.iter().zip(tags).map(|(token, tag)| format!("{token}\t{tag}\n")).collect::<String>()
        };
        let mine = format!("#doc a\n{}", lines(["B-DRUG", "O", "O", "B-ADR", "O"]));
        let theirs = format!("#doc b\n{}", lines(["B-ADR", "O", "B-ADR", "I-ADR", "O"]));
        tab.choose_files(&[&file(&tab, "mine.conll", mine)]).await;
        let path = file(&tab, "theirs.conll", theirs);
        let sent = tab.element("compare-input").await.send_keys(path.to_str().unwrap()).await;
        sent.expect("the file can be chosen");
        tab.until_script("both are compared", "return !document.getElementById('compare-area').hidden").await;
        let figures = text_of(&tab, "agreement").await;
        assert!(figures.contains("0.0 %") && figures.contains("All labels"), "{figures}");
        let settled = async |wanted: &str| {
            let script =
                format!("return document.getElementById('compare-progress').textContent.startsWith('{wanted} of')");
            tab.until_script(&format!("{wanted} are settled"), &script).await;
        };
        settled("0").await;

        focus(&tab, "disagreements").await;
        tab.keys("1").await;
        settled("1").await;
        tab.keys("2").await;
        settled("2").await;
        let found = until_notes(&tab, "the note is done", |n| n[0].status == "done").await;
        let spans: Vec<_> = found[0].entities.iter().map(|e| (e.start, e.label.as_str())).collect();
        assert_eq!(spans, [(0, "DRUG"), (15, "ADR")], "mine, then theirs");
        tab.keys("z").await;
        settled("1").await;
        offline(&tab, false).await;
        tab.reload().await;
        tab.until_script("the comparison is kept", "return !document.getElementById('compare-area').hidden").await;
        settled("1").await;
        let stored = notes(&tab).await;
        assert_eq!(stored[0].entities[1].start, 19, "the undone decision is undone after a reload as well");
        app
    })
    .await;
}

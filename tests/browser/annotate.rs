//! The annotation editor, as those who label use it: by keys alone, by mouse, by touch.

use fedner_tests::small_federation;
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::harness::{Tab, run};

/// Two sentences, a line break, signs of several UTF-16 units, and words that come again.
const TEXT: &str = "Pat. took aspirin 100 mg daily.\nLater severe\nchest pain 👩‍⚕️ said: 😀😀 today.\n\n\
                    She took Aspirin again, and aspirin.";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notes_are_marked_by_keys_alone() {
    run("notes_are_marked_by_keys_alone", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let tab = stage.tab("keys", &format!("{}/#workspace=keys", app.origin())).await;
        paste(&tab, TEXT).await;
        tab.tab_to("document-text").await;

        // A new label by the list with the search: it is made and used in one step.
        go(&tab, &[Key::Right, Key::Right, Key::Right]).await;
        cursor(&tab, "aspirin").await;
        tab.keys(Key::Enter).await;
        tab.keys("DRUG").await;
        tab.keys(Key::Enter).await;
        marked(&tab, &["aspirin/DRUG"]).await;
        heard(&tab, "mark “aspirin” as DRUG").await;

        // A second one around it: nested, with the next key for the label.
        tab.keys(Key::Escape).await;
        go(&tab, &[Key::Left]).await;
        tab.chord(Key::Shift, Key::Right).await;
        tab.chord(Key::Shift, Key::Right).await;
        cursor(&tab, "took aspirin 100").await;
        tab.keys("/").await;
        tab.keys("DOSE").await;
        tab.keys(Key::Enter).await;
        marked(&tab, &["took aspirin 100/DOSE", "aspirin/DRUG"]).await;
        let said = "return /not trained on/.test(document.getElementById('mark-summary').textContent)";
        tab.until_script("the page says which of both a flat tagger does not train on", said).await;

        // Borders by tokens, either one.
        tab.keys("b").await;
        tab.chord(Key::Shift, Key::Right).await;
        marked(&tab, &["aspirin 100/DOSE", "aspirin/DRUG"]).await;
        tab.keys("b").await;
        tab.chord(Key::Shift, Key::Right).await;
        marked(&tab, &["aspirin 100 mg/DOSE", "aspirin/DRUG"]).await;

        // The inner one: another label, and away with it; a step back.
        tab.keys(".").await;
        cursor(&tab, "aspirin").await;
        tab.keys("2").await;
        marked(&tab, &["aspirin 100 mg/DOSE", "aspirin/DOSE"]).await;
        tab.keys(Key::Delete).await;
        marked(&tab, &["aspirin 100 mg/DOSE"]).await;
        tab.chord(Key::Control, "z").await;
        tab.chord(Key::Control, "z").await;
        marked(&tab, &["aspirin 100 mg/DOSE", "aspirin/DRUG"]).await;

        over_a_line_and_a_reload(&tab).await;

        // Tab leaves the text: it is no trap.
        tab.element("document-text").await.focus().await.unwrap();
        tab.keys(Key::Tab).await;
        let left = "return document.activeElement.id !== 'document-text' && document.activeElement !== document.body";
        tab.until_script("the focus has gone on", left).await;
        app
    })
    .await;
}

/// Marks over a line break, by lines and sentences; then undoes and does again over a reload.
async fn over_a_line_and_a_reload(tab: &Tab) {
    tab.chord(Key::Control, Key::Home).await;
    tab.keys(Key::Down).await;
    tab.keys(Key::End).await;
    tab.chord(Key::Shift, Key::Right).await;
    cursor(tab, "severe\nchest").await;
    tab.keys("1").await;
    let all = ["aspirin 100 mg/DOSE", "aspirin/DRUG", "severe\nchest/DRUG"];
    marked(tab, &all).await;
    tab.reload().await;
    marked(tab, &all).await;
    tab.press("undo-button").await;
    tab.press("undo-button").await;
    marked(tab, &["aspirin 100/DOSE", "aspirin/DRUG"]).await;
    tab.reload().await;
    tab.press("redo-button").await;
    tab.press("redo-button").await;
    marked(tab, &all).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notes_are_marked_by_mouse_and_by_touch() {
    run("notes_are_marked_by_mouse_and_by_touch", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let tab = stage.tab("mouse", &format!("{}/#workspace=mouse", app.origin())).await;
        paste(&tab, TEXT).await;
        labels(&tab, &["DRUG", "ADR"]).await;
        tab.script::<Value>("document.getElementById('reader').scrollIntoView()", json!([])).await;

        // From the middle of one word to the middle of another: whole words are taken.
        drag(&tab, middle(&tab, "spiri").await, middle(&tab, "mg").await).await;
        cursor(&tab, "aspirin 100 mg").await;
        tab.keys("1").await;
        marked(&tab, &["aspirin 100 mg/DRUG"]).await;

        // A word inside by a double click, with the label from the bar; and over the end of a line.
        double_click(&tab, middle(&tab, "aspirin").await).await;
        cursor(&tab, "aspirin").await;
        bar(&tab, "ADR").await;
        marked(&tab, &["aspirin 100 mg/DRUG", "aspirin/ADR"]).await;
        drag(&tab, middle(&tab, "severe").await, middle(&tab, "pain").await).await;
        bar(&tab, "ADR").await;
        let three = ["aspirin 100 mg/DRUG", "aspirin/ADR", "severe\nchest pain/ADR"];
        marked(&tab, &three).await;

        // A click takes the innermost, another one the next; a handle moves the border.
        click(&tab, middle(&tab, "aspirin").await).await;
        cursor(&tab, "aspirin").await;
        click(&tab, middle(&tab, "aspirin").await).await;
        cursor(&tab, "aspirin 100 mg").await;
        click(&tab, middle(&tab, "aspirin").await).await;
        cursor(&tab, "aspirin").await;
        tab.keys(Key::Delete).await;
        marked(&tab, &["aspirin 100 mg/DRUG", "severe\nchest pain/ADR"]).await;
        click(&tab, middle(&tab, "100").await).await;
        cursor(&tab, "aspirin 100 mg").await;
        let knob = "const h = document.querySelector('.handle.end').getBoundingClientRect();
                    return [h.left, h.bottom + 4]";
        let from: (f64, f64) = tab.script(knob, json!([])).await;
        drag(&tab, from, middle(&tab, "daily").await).await;
        marked(&tab, &["aspirin 100 mg daily/DRUG", "severe\nchest pain/ADR"]).await;

        // The labels that are offered lie over no line that comes next.
        click(&tab, middle(&tab, "100").await).await;
        for next in ["severe", "pain", "She"] {
            let (x, y) = middle(&tab, next).await;
            let free = format!(
                "return !document.getElementById('mark-bar').hidden
                 && document.getElementById('text-body').contains(document.elementFromPoint({x}, {y}))"
            );
            tab.until_script(&format!("“{next}” can be pointed at"), &free).await;
        }

        by_touch(&tab).await;
        let all = ["aspirin 100 mg daily/DRUG", "severe\nchest pain/ADR", "👩‍⚕️/DRUG", "😀😀 today/ADR"];
        marked(&tab, &all).await;
        all_repeats(&tab).await;
        tab.press("undo-button").await;
        marked(&tab, &all).await;
        app
    })
    .await;
}

/// A finger: a tap offers the labels, a long press and a drag select; no sign is cut.
async fn by_touch(tab: &Tab) {
    touch(tab, "touchStart", Some(middle(tab, "👩‍⚕️").await)).await;
    touch(tab, "touchEnd", None).await;
    cursor(tab, "👩‍⚕️").await;
    bar(tab, "DRUG").await;
    marked(tab, &["aspirin 100 mg daily/DRUG", "severe\nchest pain/ADR", "👩‍⚕️/DRUG"]).await;
    touch(tab, "touchStart", Some(middle(tab, "😀").await)).await;
    cursor(tab, "😀").await;
    touch(tab, "touchMove", Some(middle(tab, "today").await)).await;
    cursor(tab, "😀😀 today").await;
    touch(tab, "touchEnd", None).await;
    bar(tab, "ADR").await;
}

/// Marks every repeat, seen before it is done.
async fn all_repeats(tab: &Tab) {
    double_click(tab, middle(tab, "Aspirin").await).await;
    tab.keys("r").await;
    let preview = "return document.getElementById('repeats-summary').textContent === '3 places in 1 note.'";
    tab.until_script("the places are counted", preview).await;
    tab.element("repeats-case").await.click().await.unwrap();
    let same_case = "return document.getElementById('repeats-summary').textContent === '1 place in 1 note.'";
    tab.until_script("the case matters", same_case).await;
    tab.element("repeats-case").await.click().await.unwrap();
    tab.until_script("the places are counted", preview).await;
    tab.press("repeats-apply").await;
    tab.until_script("all are marked", "return document.querySelectorAll('#document-text .tag').length === 7").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn label_sets_are_changed_and_old_databases_taken_over() {
    run("label_sets_are_changed_and_old_databases_taken_over", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        // As the first version of the page has stored it.
        let tab = stage.open_unready(&stage.profile("labels", crate::harness::Gpu::None), &format!("{}/healthz", app.origin())).await;
        tab.expect_error("favicon.ico");
        tab.script_async::<Value>(OLD_DATABASE, json!([])).await;
        tab.goto(&format!("{}/#workspace=labels", app.origin())).await;
        let state = tab.until("the engine is up", |s| s.ready).await;
        assert_eq!(state.labels, ["DRUG"], "the label that was off is off");
        marked(&tab, &["aspirin/DRUG", "nausea/ADR"]).await;

        // Keys go on after the digits; a file of labels brings more than there are digits.
        labels(&tab, &["L3", "L4", "L5", "L6", "L7", "L8", "L9", "L10", "L11", "L12"]).await;
        tab.until_script("the 12th label has a letter", "return document.querySelector('#label-set li:nth-child(12) kbd').textContent === 'F'").await;
        tab.element("document-text").await.focus().await.unwrap();
        tab.chord(Key::Control, Key::Home).await;
        tab.keys("f").await;
        marked(&tab, &["She/L12", "aspirin/DRUG", "nausea/ADR"]).await;

        // Renamed: its marks follow. Into a name that is there: only after a question.
        rename(&tab, "DRUG", "MEDICINE").await;
        marked(&tab, &["She/L12", "aspirin/MEDICINE", "nausea/ADR"]).await;
        rename(&tab, "MEDICINE", "ADR").await;
        let asked = "return /already/.test(document.getElementById('label-clash').textContent) && !document.getElementById('label-clash').hidden";
        tab.until_script("the page asks whether to merge", asked).await;
        tab.press("label-merge").await;
        marked(&tab, &["She/L12", "aspirin/ADR", "nausea/ADR"]).await;
        tab.press("undo-button").await;
        tab.press("undo-button").await;
        marked(&tab, &["She/L12", "aspirin/DRUG", "nausea/ADR"]).await;

        // Kept: what is selected is marked at once.
        tab.element("document-text").await.focus().await.unwrap();
        tab.keys(Key::Escape).await;
        chip(&tab, "L5").await;
        double_click(&tab, middle(&tab, "caused").await).await;
        marked(&tab, &["She/L12", "aspirin/DRUG", "caused/L5", "nausea/ADR"]).await;
        app
    })
    .await;
}

const OLD_DATABASE: &str = "const open = await new Promise((resolve, reject) => {
      const request = indexedDB.open('fedner-labels', 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore('documents', { keyPath: 'id' });
        request.result.createObjectStore('ledger', { keyPath: 'key' });
        request.result.createObjectStore('values');
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const writing = open.transaction(['documents', 'values'], 'readwrite');
    writing.objectStore('documents').put({
      id: '00000000aa', file: 'f', name: 'old', text: 'She took aspirin. It caused nausea.', labelled: true,
      entities: [{ start: 9, end: 16, label: 'DRUG' }, { start: 28, end: 34, label: 'ADR' }],
      split: 'training', held_out: false, order: 0,
    });
    writing.objectStore('values').put({ labels_off: ['ADR'], epochs: 3 }, 'settings');
    await new Promise((resolve) => { writing.oncomplete = resolve; });
    open.close();
    return null;";

/// Adds a note by the form for it.
pub async fn paste(tab: &Tab, text: &str) {
    let script = "document.getElementById('add-area').open = true;
                  document.getElementById('paste-text').value = arguments[0];
                  document.getElementById('paste-form').requestSubmit();";
    tab.script::<Value>(script, json!([text])).await;
    tab.until("the note is there", |s| s.documents.count == 1).await;
    let drawn = "return document.getElementById('document-text').textContent.length > 0";
    tab.until_script("the note is shown", drawn).await;
}

/// Brings labels in by a file.
pub async fn labels(tab: &Tab, names: &[&str]) {
    let file = tab.profile().files().join("labels.json");
    std::fs::write(&file, json!(names).to_string()).unwrap();
    tab.element("label-file").await.send_keys(file.to_str().unwrap()).await.unwrap();
    let there = format!(
        "return [...document.querySelectorAll('#label-set .name')].some((chip) => chip.textContent === '{}')",
        names.last().unwrap()
    );
    tab.until_script("the labels are there", &there).await;
}

/// Gives a label another name in its dialog.
async fn rename(tab: &Tab, name: &str, to: &str) {
    let edit = "document.querySelector(`[aria-label='Edit the label ${arguments[0]}']`).click()";
    tab.script::<Value>(edit, json!([name])).await;
    tab.fill("label-name", to).await;
    tab.press("label-save").await;
}

async fn chip(tab: &Tab, name: &str) {
    let press = "[...document.querySelectorAll('#label-set .label-chip')]
                 .find((chip) => chip.querySelector('.name').textContent === arguments[0]).click()";
    tab.script::<Value>(press, json!([name])).await;
}

/// Presses a label in the bar beside the selection.
async fn bar(tab: &Tab, name: &str) {
    let shown = "return !document.getElementById('mark-bar').hidden";
    tab.until_script("the labels are offered", shown).await;
    let press = "[...document.querySelectorAll('#mark-bar .chip-button')]
                 .find((chip) => chip.firstChild.data === arguments[0]).click()";
    tab.script::<Value>(press, json!([name])).await;
}

async fn go(tab: &Tab, keys: &[Key]) {
    for key in keys {
        tab.keys(key.clone()).await;
    }
}

/// Waits until exactly these words are selected.
pub async fn cursor(tab: &Tab, words: &str) {
    let script = format!(
        "const {{ cursor }} = window.fedner.state();
         return cursor !== null && {PLAIN}.slice(cursor.start, cursor.end) === {}",
        json!(words)
    );
    tab.until_script(&format!("“{words}” is selected"), &script).await;
}

/// Waits until exactly these words are marked, each with its label.
pub async fn marked(tab: &Tab, wanted: &[&str]) {
    let mut wanted = wanted.to_vec();
    wanted.sort_unstable();
    let script = format!(
        "const text = {PLAIN};
         const marked = [...document.querySelectorAll('#document-text .tag')].map(({{ dataset }}) => {{
           const [start, end, label] = dataset.mark.split('-');
           return `${{text.slice(start, end)}}/${{label}}`;
         }});
         const sorted = (list) => JSON.stringify(list.sort());
         return sorted(marked) === sorted({})",
        json!(wanted)
    );
    tab.until_script(&format!("{wanted:?} are marked"), &script).await;
}

/// The text of the note without what is drawn into it.
pub const PLAIN: &str = "[...document.querySelectorAll('#document-text .chunk')].map((chunk) => {
    const copy = chunk.cloneNode(true);
    copy.querySelectorAll('.tag').forEach((tag) => tag.remove());
    return copy.textContent;
  }).join('')";

async fn heard(tab: &Tab, words: &str) {
    let script = format!("return document.getElementById('text-announcer').textContent.includes({})", json!(words));
    tab.until_script("it is said aloud", &script).await;
}

/// The middle of the first place where these words stand, on the screen.
pub async fn middle(tab: &Tab, words: &str) -> (f64, f64) {
    let script =
        "const walker = document.createTreeWalker(document.getElementById('document-text'), NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          const at = node.parentElement.closest('.tag') ? -1 : node.data.indexOf(arguments[0]);
          if (at < 0) continue;
          const range = document.createRange();
          range.setStart(node, at);
          range.setEnd(node, at + arguments[0].length);
          const box = range.getBoundingClientRect();
          return [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
        }
        return null;";
    let found: Option<(f64, f64)> = tab.script(script, json!([words])).await;
    found.unwrap_or_else(|| panic!("{}: “{words}” is not on the page", tab.name()))
}

async fn mouse(tab: &Tab, kind: &str, (x, y): (f64, f64), clicks: u32) {
    let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": clicks });
    tab.devtools("Input.dispatchMouseEvent", event).await;
}

async fn drag(tab: &Tab, from: (f64, f64), to: (f64, f64)) {
    mouse(tab, "mousePressed", from, 1).await;
    mouse(tab, "mouseMoved", ((from.0 + to.0) / 2.0, to.1), 0).await;
    mouse(tab, "mouseMoved", to, 0).await;
    mouse(tab, "mouseReleased", to, 1).await;
}

async fn click(tab: &Tab, at: (f64, f64)) {
    mouse(tab, "mousePressed", at, 1).await;
    mouse(tab, "mouseReleased", at, 1).await;
}

/// A double click on a place of the screen.
pub async fn double_click(tab: &Tab, at: (f64, f64)) {
    for clicks in [1, 2] {
        mouse(tab, "mousePressed", at, clicks).await;
        mouse(tab, "mouseReleased", at, clicks).await;
    }
}

async fn touch(tab: &Tab, kind: &str, at: Option<(f64, f64)>) {
    let points: Vec<Value> = at.iter().map(|(x, y)| json!({ "x": x, "y": y })).collect();
    tab.devtools("Input.dispatchTouchEvent", json!({ "type": kind, "touchPoints": points })).await;
}

//! A long note, as it is drawn: what is near what is seen, and what is gone to. And what the engine is sent of a change.

use fedner_tests::small_federation;
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::annotate::{PLAIN, cursor};
use crate::harness::{Tab, run};

/// Sentences of the note, each with four entities, whose labels make it longer than its words are.
const SENTENCES: usize = 1_500;

/// Which blocks have their marks drawn, of how many.
const DRAWN: &str = "const blocks = [...document.querySelectorAll('#document-text .chunk')];
    const drawn = blocks.map((block) => block.querySelector('.tag') !== null);
    const all = drawn.filter(Boolean).length;";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_note_is_drawn_where_it_is_looked_at() {
    run("a_long_note_is_drawn_where_it_is_looked_at", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let tab = stage.tab("long", &format!("{}/#workspace=long", app.origin())).await;
        let sentence = |i| format!("Visit\tO\n{i}\tO\n:\tO\n{}helped\tO\nthe\tO\npatient\tO\n.\tO\n\n", "aspirin\tB-DRUG\nand\tO\n".repeat(4));
        let notes = format!("#doc long\n{}", (0..SENTENCES).map(sentence).collect::<String>());
        choose(&tab, "long.conll", &notes).await;
        let few = format!("{DRAWN} return all > 0 && all < 20 && blocks.length > 50 && drawn[0]");
        tab.until_script("only its beginning is drawn", &few).await;

        // The words are all there, for the browser to find and to read aloud.
        let last = format!("Visit {} : {}helped the patient .", SENTENCES - 1, "aspirin and ".repeat(4));
        tab.until_script("the text is whole", &format!("return {PLAIN}.trimEnd().endsWith({})", json!(last))).await;
        tab.until_script("its marks are listed", "return document.querySelectorAll('#mark-list li').length === 200").await;

        // Scrolling draws what comes into sight, before the frame that shows it.
        let leap = format!(
            "const scroller = document.getElementById('text-scroll');
             scroller.scrollTop = scroller.scrollHeight / 2;
             await new Promise(requestAnimationFrame);
             {DRAWN}
             const {{ top, bottom }} = scroller.getBoundingClientRect();
             const seen = blocks.flatMap((block, i) => {{
               const box = block.getBoundingClientRect();
               return box.bottom > top && box.top < bottom ? [i] : [];
             }});
             return seen.length > 0 && seen[0] > 10 && seen.every((i) => drawn[i]) && all < 40"
        );
        assert!(tab.script_async::<bool>(&leap, json!([])).await, "what is scrolled to is drawn at once, and little else");

        // To the end by keys: drawn, in sight, and marked there; back to a mark of the list.
        tab.script::<Value>("document.getElementById('document-text').focus({ preventScroll: true })", json!([])).await;
        tab.chord(Key::Control, Key::End).await;
        cursor(&tab, ".").await;
        in_sight(&tab, "cursor").await;
        tab.keys(Key::Left).await;
        cursor(&tab, "patient").await;
        tab.keys("1").await;
        let marked = format!("{DRAWN} return drawn.at(-1) && blocks.at(-1).querySelector('.entity:last-of-type').textContent.startsWith('patient')");
        tab.until_script("the last words are marked", &marked).await;
        tab.script::<Value>("document.querySelector('#mark-list li:nth-child(180) button').click()", json!([])).await;
        cursor(&tab, "aspirin").await;
        in_sight(&tab, "chosen").await;
        tab.until_script("most of it is never drawn", &format!("{DRAWN} return all < blocks.length / 2")).await;

        // On paper all of it is.
        tab.script::<Value>("dispatchEvent(new Event('beforeprint'))", json!([])).await;
        tab.until_script("all is drawn for printing", &format!("{DRAWN} return all === blocks.length")).await;
        app
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_engine_is_told_only_what_has_changed() {
    run("the_engine_is_told_only_what_has_changed", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let tab = stage.tab("change", &format!("{}/#workspace=change", app.origin())).await;
        let notes: String = (0..20)
            .map(|i| format!("#doc note-{i}\nVisit\tO\n{i}\tO\naspirin\tB-DRUG\n\nLater\tO\nnausea\tO\n\n"))
            .collect();
        choose(&tab, "notes.conll", &notes).await;
        let documents =
            tab.until("the notes are there", |s| s.documents.count == 20 && s.documents.held_out > 0).await.documents;
        let (training, held_out) = (i64::from(documents.training), i64::from(documents.held_out));
        sent(&tab, training, held_out).await;
        tab.script::<Value>(LISTEN, json!([])).await;

        // Put aside, or back: one note is sent, and the engine's figures are those of all.
        let pressed = "return document.getElementById('hold-out').getAttribute('aria-pressed') === 'true'";
        let aside = if tab.script(pressed, json!([])).await { -1 } else { 1 };
        tab.press("hold-out").await;
        sent(&tab, training - aside, held_out + aside).await;
        tab.press("hold-out").await;
        sent(&tab, training, held_out).await;
        // Gone, and back again.
        tab.press("remove-note").await;
        let left = if aside < 0 { (training, held_out - 1) } else { (training - 1, held_out) };
        sent(&tab, left.0, left.1).await;
        tab.press("undo-button").await;
        sent(&tab, training, held_out).await;
        let calls: Value = tab.script("return window.calls", json!([])).await;
        let change = |documents: u32, order: u32| json!(["updateCorpus", documents, order]);
        assert_eq!(calls, json!([change(1, 20), change(1, 20), change(0, 19), change(1, 20)]));
        app
    })
    .await;
}

/// Remembers what the engine is sent of the notes: the call, how many notes, and of how many.
const LISTEN: &str = "window.calls = [];
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (message, ...rest) {
      if (/Corpus$/.test(message.call)) {
        const [{ documents, order }] = message.args;
        window.calls.push([message.call, documents.length, order?.length ?? 0]);
      }
      return postMessage.call(this, message, ...rest);
    };
    return null";

/// Waits for the engine's figures; each note has two sentences.
async fn sent(tab: &Tab, training: i64, held_out: i64) {
    let words = format!("{} training sentences, {} held-out sentences.", 2 * training, 2 * held_out);
    let script = format!("return document.getElementById('corpus-summary').textContent.startsWith({})", json!(words));
    tab.until_script(&format!("the page says: {words}"), &script).await;
}

async fn choose(tab: &Tab, name: &str, content: &str) {
    let file = tab.profile().files().join(name);
    std::fs::write(&file, content).unwrap();
    tab.choose_files(&[&file]).await;
}

/// Waits until what was gone to lies within the part of the text that is seen.
async fn in_sight(tab: &Tab, kind: &str) {
    let script = format!(
        "const seen = document.getElementById('text-scroll').getBoundingClientRect();
         const box = document.querySelector('#text-overlay .{kind}')?.getBoundingClientRect();
         return box !== undefined && box.height > 0 && box.top >= seen.top && box.bottom <= seen.bottom"
    );
    tab.until_script(&format!("the {kind} is in sight"), &script).await;
}

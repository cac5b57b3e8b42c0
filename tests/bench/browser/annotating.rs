//! How fluent annotating is with 10 000 notes and with one of 100 000 characters: `cargo xtask annotate-bench`.

use std::path::PathBuf;
use std::time::Instant;

use fedner_tests::browser::{Tab, run};
use fedner_tests::small_federation;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::notes::{WORDS, note};

const SEED: u64 = 6;
const NOTES: usize = 10_000;
/// Characters of a usual note, about those of an outpatient letter, and of the long one.
const NOTE_CHARACTERS: usize = 1_000;
const LONG_CHARACTERS: usize = 100_000;
/// A frame may take so long.
const TARGET_MS: f64 = 50.0;
/// Frames of each scrolling, and spans marked.
const FRAMES: usize = 240;
const MARKS: usize = 60;
/// Times the long note is opened.
const OPENS: usize = 30;

const MEASURE: &str = include_str!("measure.js");

/// The measurements, in this order; `measure.js` has them.
const STEPS: [&str; 9] = [
    "scrollList(args[0])",
    "walkList(args[0])",
    "search('aspirin')",
    "search('zzzz')",
    "enterLong(args[0])",
    "scrollText(args[0])",
    "markText(false, args[0])",
    "markText(true, args[0])",
    "undoAll(args[0])",
];

/// What took how long, in milliseconds.
#[derive(Debug, Deserialize)]
struct Times {
    what: String,
    times: Vec<f64>,
}

/// Measures, and prints a table.
pub async fn measure() {
    run("annotating", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let tab = stage.tab("bench", &format!("{}/#workspace=bench", app.origin())).await;
        println!("\nChromium {}, {NOTES} notes of about {NOTE_CHARACTERS} characters and one of {LONG_CHARACTERS}, seed {SEED}\n",
            tab.devtools("Browser.getVersion", json!({})).await["product"].as_str().unwrap_or("?"));
        let empty = heap(&tab).await;
        let files = write_notes(&tab);
        let start = Instant::now();
        tab.choose_files(&[&files[0], &files[1]]).await;
        println!("import                      {:8.1} s", start.elapsed().as_secs_f64());
        start_up(&tab).await;
        println!("memory of the page          {:8.1} MB more than empty", (heap(&tab).await - empty) / 1e6);

        println!("\n{:<40} {:>7} {:>7} {:>7} {:>7}", "milliseconds", "p50", "p95", "most", "over 50");
        tab.script::<Value>(MEASURE, json!([])).await;
        let options = json!({ "frames": FRAMES, "marks": MARKS, "opens": OPENS });
        for step in STEPS {
            let body = format!("return window.bench.{step}");
            let measured: Vec<Times> = tab.script_async(&body, json!([options])).await;
            measured.iter().for_each(print);
        }
        println!("\nmemory of the page at the end {:6.1} MB", heap(&tab).await / 1e6);
        app
    })
    .await;
}

fn print(Times { what, times }: &Times) {
    let mut sorted = times.clone();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize];
    let over = sorted.iter().filter(|time| **time > TARGET_MS).count();
    println!("{what:<40} {:7.1} {:7.1} {:7.1} {over:4} of {}", at(0.5), at(0.95), at(1.0), sorted.len());
}

/// The page is loaded anew: when the list is there, and when the engine is.
async fn start_up(tab: &Tab) {
    tab.reload().await;
    let marks = "return ['list-shown', 'ready'].map((name) => performance.getEntriesByName(name)[0]?.startTime ?? 0)";
    let [list, ready]: [f64; 2] = tab.script(marks, json!([])).await;
    println!("start: the list is shown    {list:8.0} ms\nstart: the engine is ready  {ready:8.0} ms");
}

/// Bytes of the page's JavaScript heap after a collection.
async fn heap(tab: &Tab) -> f64 {
    tab.devtools("HeapProfiler.collectGarbage", json!({})).await;
    tab.devtools("Runtime.getHeapUsage", json!({})).await["usedSize"].as_f64().unwrap_or_default()
}

fn write_notes(tab: &Tab) -> [PathBuf; 2] {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let many: String =
        (0..NOTES).map(|i| note(&mut random, &WORDS, &format!("note-{i:05}"), NOTE_CHARACTERS)).collect();
    let long = note(&mut random, &WORDS, "long", LONG_CHARACTERS);
    [("many.conll", many), ("long.conll", long)].map(|(name, content)| {
        let path = tab.profile().files().join(name);
        std::fs::write(&path, content).expect("the temporary folder can be written");
        path
    })
}

//! How fast a tab trains, next to the same training natively and to TF.js, what memory that takes, and how soon after
//! opening the page it begins: part of `cargo xtask bench`, which reads the line that begins with [`MARK`].

use std::time::{Duration, Instant};

use burn::tensor::Device;
use fedner_core::{
    corpus::{Corpus, Note},
    formats::{self, InputFile},
    labels::LabelSet,
    model::Model,
    observer::{Event, Observer},
    training::{LocalTraining, Session},
};
use fedner_protocol::{ModelSpec, TrainingPolicy};
use fedner_tests::small_federation;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{note, tfjs};
use crate::harness::{Gpu, Memory, Stage, Tab, run};

const MARK: &str = "bench-training ";
const SEED: u64 = 4;
const NOTES: usize = 400;
const NOTE_CHARACTERS: usize = 700;
const EPOCHS: u32 = 18;
/// Steps before the first measurement, and of each.
const WARM_UP_STEPS: u64 = 20;
const WINDOW_STEPS: u64 = 100;
/// The same on WebGPU, whose software adapter is slow: notes, steps before the first measurement, and of each.
const WEBGPU_NOTES: usize = 40;
const WEBGPU_EPOCHS: u32 = 24;
const WEBGPU_WARM_UP_STEPS: u64 = 5;
const WEBGPU_WINDOW_STEPS: u64 = 4;
/// Memory is looked at from these steps on, for so many steps; what is garbage is collected first. The browser keeps some
/// things for half a minute before it begins to give them back.
const MEMORY_STEPS: [u64; 2] = [2000, 2500];
const MEMORY_WINDOW_STEPS: u64 = 50;
/// The same on WebGPU, with notes of one short sentence: what a step holds on to hangs on its launches, not on its words.
const WEBGPU_MEMORY_STEPS: [u64; 2] = [100, 600];
const SHORT_NOTES: usize = 480;
const SHORT_NOTE_CHARACTERS: usize = 20;
const SHORT_EPOCHS: u32 = 28;
/// Times a page is opened in a fresh profile.
const OPENINGS: usize = 5;

/// Starts a training. The page's own clock tells when the engine was ready, and when each step was shown on the page's bar,
/// in milliseconds. To ask for the page's state, or for anything with every frame, would slow the tab down.
const TRAIN: &str = "const [epochs] = args;
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const state = () => window.fedner?.state();
    while (!(state()?.ready && state().documents.training > 0)) await frame();
    const seen = [];
    window.bench = { ready: performance.now(), seen, done: false };
    const field = document.getElementById('epochs');
    field.value = String(epochs);
    for (const type of ['input', 'change']) field.dispatchEvent(new Event(type, { bubbles: true }));
    document.getElementById('train-button').click();
    const bar = document.getElementById('run-progress');
    new MutationObserver(() => {
      const step = bar.hidden ? 0 : bar.value;
      if (step > (seen.at(-1)?.[0] ?? 0)) seen.push([step, performance.now()]);
      window.bench.done = bar.hidden && seen.length > 0;
    }).observe(bar, { attributes: true });";
/// How often a training is looked at, and how long it may take; then it is stopped, and the figures are of what was done.
const LOOK_EVERY: Duration = Duration::from_millis(100);
const TRAINING_MAX: Duration = Duration::from_secs(5 * 60);
/// The same on WebGPU, for speed and for memory: with a software adapter it may be far from done by then.
const WEBGPU_TRAINING_MAX: Duration = Duration::from_secs(60);
const WEBGPU_MEMORY_MAX: Duration = Duration::from_secs(330);

#[derive(Deserialize)]
struct Seen {
    ready: f64,
    seen: Vec<(u64, f64)>,
}

/// A training in a tab.
struct Trained {
    ready: f64,
    seen: Vec<(u64, f64)>,
    /// Memory of the browser, with the step at which it was read.
    memory: Vec<(u64, Memory)>,
}

impl Trained {
    /// Trains for some epochs, unless that takes longer than `most`; memory is read in two windows of steps.
    async fn watch(tab: &Tab, (epochs, most): (u32, Duration), memory_steps: [u64; 2]) -> Self {
        tab.script_async::<Value>(TRAIN, json!([epochs])).await;
        let browser = tab.process_id();
        let (mut memory, mut stopped, mut deadline) = (Vec::new(), false, Instant::now() + most);
        loop {
            let look = "return [window.bench.seen.at(-1)?.[0] ?? 0, window.bench.done]";
            let (step, done): (u64, bool) = tab.script(look, json!([])).await;
            if done {
                let Seen { ready, seen } = tab.script("return window.bench", json!([])).await;
                return Self { ready, seen, memory };
            }
            if memory_steps.iter().any(|from| (*from..from + MEMORY_WINDOW_STEPS).contains(&step)) {
                // Garbage that waits to be collected is no growth.
                tab.devtools("Memory.simulatePressureNotification", json!({ "level": "critical" })).await;
                memory.push((step, Memory::of(browser)));
            }
            if Instant::now() > deadline {
                assert!(!stopped, "{}: the training can't be stopped", tab.name());
                tab.script::<Value>("document.getElementById('cancel-button').click()", json!([])).await;
                (stopped, deadline) = (true, deadline + TRAINING_MAX);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Bytes from each of two steps on; of `part` only.
    fn bytes(&self, steps: [u64; 2], part: impl Fn(&Memory) -> u64) -> [Vec<u64>; 2] {
        steps.map(|from| {
            let within = self.memory.iter().filter(|(step, _)| (from..from + MEMORY_WINDOW_STEPS).contains(step));
            within.map(|(_, memory)| part(memory)).collect()
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: run `cargo xtask bench`"]
async fn training() {
    run("bench_training", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        let notes = notes(&mut random, NOTES, NOTE_CHARACTERS);
        let corpus = corpus(&notes);
        let native = native(&corpus).await;
        let tab = stage.tab("speed", &format!("{}/#workspace=speed", app.origin())).await;
        let file = tab.profile().files().join("notes.conll");
        std::fs::write(&file, &notes).expect("the temporary folder can be written");
        tab.choose_files(&[&file]).await;
        let trained = Trained::watch(&tab, (EPOCHS, TRAINING_MAX), MEMORY_STEPS).await;
        let webgpu = on_webgpu(&stage, &app.origin()).await;
        let tfjs = tfjs::measure(&stage, &corpus, SEED).await;
        let openings = openings(&stage, &app.origin()).await;
        let report = json!({
            "words": corpus.training_counts().size.tokens, "seed": SEED, "native": native,
            "tab": speeds(&trained.seen, words_a_step(&corpus), WARM_UP_STEPS, WINDOW_STEPS),
            "tab_bytes": trained.bytes(MEMORY_STEPS, |memory| memory.tab),
            "webgpu": webgpu.speeds, "launches": webgpu.launches, "webgpu_tab_bytes": webgpu.tab_bytes,
            "device_bytes": webgpu.device_bytes, "tfjs": tfjs,
            "first_step_ms": openings.iter().map(|o| o.1).collect::<Vec<_>>(),
            "ready_ms": openings.iter().map(|o| o.0).collect::<Vec<_>>(),
        });
        println!("{MARK}{report}");
        app
    })
    .await;
}

/// Milliseconds from opening the page in a fresh profile, a sample's notes in the address, until the engine is ready
/// and until the first step is done.
async fn openings(stage: &Stage, origin: &str) -> Vec<(f64, f64)> {
    let mut times = Vec::with_capacity(OPENINGS);
    for i in 0..OPENINGS {
        let profile = stage.profile(&format!("open-{i}"), Gpu::None);
        let tab = stage.open_unready(&profile, &format!("{origin}/#sample=north")).await;
        let Trained { ready, seen, .. } = Trained::watch(&tab, (1, TRAINING_MAX), MEMORY_STEPS).await;
        times.push((ready, seen.first().map_or(f64::NAN, |(_, time)| *time)));
        tab.quit().await;
        stage.dismiss(&tab);
    }
    times
}

/// A training on the browser's software adapter.
struct OnWebgpu {
    /// Words a second.
    speeds: Vec<f64>,
    /// Kernels that a step launches.
    launches: u64,
    tab_bytes: [Vec<u64>; 2],
    device_bytes: [Vec<u64>; 2],
}

async fn on_webgpu(stage: &Stage, origin: &str) -> OnWebgpu {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let usual = notes(&mut random, WEBGPU_NOTES, NOTE_CHARACTERS);
    let (launches, trained) = in_gpu_tab(stage, origin, "gpu", &usual, (WEBGPU_EPOCHS, WEBGPU_TRAINING_MAX)).await;
    let short = notes(&mut random, SHORT_NOTES, SHORT_NOTE_CHARACTERS);
    let (_, long) = in_gpu_tab(stage, origin, "gpu-memory", &short, (SHORT_EPOCHS, WEBGPU_MEMORY_MAX)).await;
    OnWebgpu {
        speeds: speeds(&trained.seen, words_a_step(&corpus(&usual)), WEBGPU_WARM_UP_STEPS, WEBGPU_WINDOW_STEPS),
        launches,
        tab_bytes: long.bytes(WEBGPU_MEMORY_STEPS, |memory| memory.tab),
        device_bytes: long.bytes(WEBGPU_MEMORY_STEPS, |memory| memory.device),
    }
}

/// Trains on notes in a tab of its own, which ends then. Also says how many kernels a step launches.
async fn in_gpu_tab(stage: &Stage, origin: &str, name: &str, notes: &str, limits: (u32, Duration)) -> (u64, Trained) {
    let profile = stage.profile(name, Gpu::Software);
    let tab = stage.open(&profile, &format!("{origin}/#workspace={name}")).await;
    let device = tab.choose_device("webgpu").await.device.expect("a ready engine has a device");
    let launches = device["self_check"]["launches"].as_u64().unwrap_or_default();
    let file = tab.profile().files().join("notes.conll");
    std::fs::write(&file, notes).expect("the temporary folder can be written");
    tab.choose_files(&[&file]).await;
    let trained = Trained::watch(&tab, limits, WEBGPU_MEMORY_STEPS).await;
    tab.quit().await;
    stage.dismiss(&tab);
    (launches, trained)
}

/// Notes in one file.
fn notes(random: &mut ChaCha8Rng, count: usize, characters: usize) -> String {
    (0..count).map(|i| note(random, &format!("note-{i:03}"), characters)).collect()
}

/// Words of a training step, on average over a pass.
fn words_a_step(corpus: &Corpus) -> f64 {
    let size = corpus.training_counts().size;
    size.tokens as f64 / size.sentences.div_ceil(TrainingPolicy::default().batch_size as usize) as f64
}

/// Words a second in windows of some steps.
fn speeds(seen: &[(u64, f64)], words_a_step: f64, warm_up_steps: u64, window_steps: u64) -> Vec<f64> {
    let mut speeds = Vec::new();
    let mut from = None;
    for (step, time) in seen.iter().copied().filter(|(step, _)| *step >= warm_up_steps) {
        let (first, begin) = *from.get_or_insert((step, time));
        if step >= first + window_steps {
            speeds.push((step - first) as f64 * words_a_step / (time - begin) * 1e3);
            from = Some((step, time));
        }
    }
    speeds
}

/// The notes as training has them.
fn corpus(notes: &str) -> Corpus {
    let file = InputFile { name: "notes.conll", bytes: notes.as_bytes() };
    let imported = formats::read(&[file], None).expect("the notes can be read");
    let labels = LabelSet::new(imported.labels).expect("the notes have labels");
    let notes: Vec<Note> = imported
        .documents
        .into_iter()
        .map(|d| Note { id: d.name, text: d.text, spans: d.spans, held_out: false })
        .collect();
    Corpus::new(&notes, labels)
}

/// The same training natively.
async fn native(corpus: &Corpus) -> Vec<f64> {
    let mut session = Session::new(&ModelSpec::default(), corpus.labels(), SEED, &Device::flex());
    let task = LocalTraining { epochs: EPOCHS.into(), policy: TrainingPolicy::default() };
    let mut clock = Clock { start: Instant::now(), seen: Vec::new() };
    session.train(corpus, &task, &mut clock).await.expect("the CPU trains");
    speeds(&clock.seen, words_a_step(corpus), WARM_UP_STEPS, WINDOW_STEPS)
}

struct Clock {
    start: Instant,
    seen: Vec<(u64, f64)>,
}

impl Observer for Clock {
    fn event(&mut self, event: Event) {
        if let Event::Step { step, .. } = event {
            self.seen.push((step, self.start.elapsed().as_secs_f64() * 1e3));
        }
    }

    fn publish(&mut self, _: &Model) {}

    fn checkpoint(&mut self, _: Vec<u8>) {}

    fn is_cancelled(&self) -> bool {
        false
    }

    async fn breathe(&mut self) {}
}

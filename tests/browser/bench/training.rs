//! How fast a tab trains, next to the same training natively, and how soon after opening the page: part of
//! `cargo xtask bench`, which reads the line that begins with [`MARK`].

use std::time::Instant;

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
use serde_json::json;

use super::note;
use crate::harness::{Stage, run};

const MARK: &str = "bench-training ";
const SEED: u64 = 4;
const NOTES: usize = 400;
const NOTE_CHARACTERS: usize = 700;
const EPOCHS: u32 = 2;
/// Steps before the first measurement, and of each.
const WARM_UP_STEPS: u64 = 20;
const WINDOW_STEPS: u64 = 20;
/// The same on WebGPU, whose software adapter is slow: notes, steps before the first measurement, and of each.
const WEBGPU_NOTES: usize = 40;
const WEBGPU_WARM_UP_STEPS: u64 = 5;
const WEBGPU_WINDOW_STEPS: u64 = 4;
/// Times a page is opened in a fresh profile.
const OPENINGS: usize = 5;

/// The page's own clock: when the first step was seen, and each step's number and time, in milliseconds.
const TRAIN: &str = "const [epochs] = args;
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const state = () => window.fedner?.state();
    while (!(state()?.ready && state().documents.training > 0)) await frame();
    const ready = performance.now();
    const field = document.getElementById('epochs');
    field.value = String(epochs);
    for (const type of ['input', 'change']) field.dispatchEvent(new Event(type, { bubbles: true }));
    document.getElementById('train-button').click();
    const seen = [];
    for (;;) {
      await frame();
      const { kind, step } = state().run;
      if (step > (seen.at(-1)?.[0] ?? 0)) seen.push([step, performance.now()]);
      if (kind === 'idle' && seen.length > 0) return { ready, seen };
    }";

#[derive(Deserialize)]
struct Seen {
    ready: f64,
    seen: Vec<(u64, f64)>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: run `cargo xtask bench`"]
async fn training() {
    run("bench_training", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        let notes: String = (0..NOTES).map(|i| note(&mut random, &format!("note-{i:03}"), NOTE_CHARACTERS)).collect();
        let native = native(&notes).await;
        let tab = stage.tab("speed", &format!("{}/#workspace=speed", app.origin())).await;
        let file = tab.profile().files().join("notes.conll");
        std::fs::write(&file, &notes).expect("the temporary folder can be written");
        tab.choose_files(&[&file]).await;
        let Seen { seen, .. } = tab.script_async(TRAIN, json!([EPOCHS])).await;
        let words = notes.lines().filter(|line| line.contains('\t')).count();
        let steps = seen.last().map_or(1, |(step, _)| *step);
        let in_tab = speeds(&seen, words as f64 * f64::from(EPOCHS) / steps as f64, WARM_UP_STEPS, WINDOW_STEPS);
        let (on_webgpu, launches) = on_webgpu(&stage, &app.origin()).await;
        let openings = openings(&stage, &app.origin()).await;
        let report = json!({
            "words": words, "seed": SEED, "native": native, "tab": in_tab, "webgpu": on_webgpu, "launches": launches,
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
        let profile = stage.profile(&format!("open-{i}"), crate::harness::Gpu::None);
        let tab = stage.open_unready(&profile, &format!("{origin}/#sample=north")).await;
        let Seen { ready, seen } = tab.script_async(TRAIN, json!([1])).await;
        times.push((ready, seen.first().map_or(f64::NAN, |(_, time)| *time)));
        tab.quit().await;
        stage.dismiss(&tab);
    }
    times
}

/// Words a second on the browser's software adapter, and the kernels that a step launches.
async fn on_webgpu(stage: &Stage, origin: &str) -> (Vec<f64>, u64) {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let notes: String =
        (0..WEBGPU_NOTES).map(|i| note(&mut random, &format!("note-{i:03}"), NOTE_CHARACTERS)).collect();
    let profile = stage.profile("gpu", crate::harness::Gpu::Software);
    let tab = stage.open(&profile, &format!("{origin}/#workspace=gpu")).await;
    let device = tab.choose_device("webgpu").await.device.expect("a ready engine has a device");
    let launches = device["self_check"]["launches"].as_u64().unwrap_or_default();
    let file = tab.profile().files().join("notes.conll");
    std::fs::write(&file, &notes).expect("the temporary folder can be written");
    tab.choose_files(&[&file]).await;
    let Seen { seen, .. } = tab.script_async(TRAIN, json!([1])).await;
    let words = notes.lines().filter(|line| line.contains('\t')).count();
    let steps = seen.last().map_or(1, |(step, _)| *step);
    (speeds(&seen, words as f64 / steps as f64, WEBGPU_WARM_UP_STEPS, WEBGPU_WINDOW_STEPS), launches)
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

/// The same training natively.
async fn native(notes: &str) -> Vec<f64> {
    let file = InputFile { name: "notes.conll", bytes: notes.as_bytes() };
    let imported = formats::read(&[file], None).expect("the notes can be read");
    let labels = LabelSet::new(imported.labels).expect("the notes have labels");
    let notes: Vec<Note> = imported
        .documents
        .into_iter()
        .map(|d| Note { id: d.name, text: d.text, spans: d.spans, held_out: false })
        .collect();
    let corpus = Corpus::new(&notes, labels.clone());
    let mut session = Session::new(&ModelSpec::default(), &labels, SEED, &Device::flex());
    let task = LocalTraining { epochs: EPOCHS.into(), policy: TrainingPolicy::default() };
    let mut clock = Clock { start: Instant::now(), seen: Vec::new() };
    let report = session.train(&corpus, &task, &mut clock).await.expect("the CPU trains");
    let words = corpus.training_counts().size.tokens;
    speeds(&clock.seen, words as f64 * f64::from(EPOCHS) / report.steps as f64, WARM_UP_STEPS, WINDOW_STEPS)
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

//! How fast a tab trains, next to the same training natively and to TF.js, what memory that takes, and how soon after
//! opening the page it begins.

use std::path::Path;
use std::time::{Duration, Instant};

use burn::tensor::Device;
use fedner_core::{
    model::Model,
    observer::{Event, Observer},
    session::Session,
    training::{LocalTraining, TrainingLength},
};
use fedner_protocol::{ModelSpec, TrainingPolicy};
use fedner_tests::browser::{Gpu, Memory, Stage, Tab, run};
use fedner_tests::small_federation;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{task::Task, tfjs};

const SEED: u64 = 4;
const NOTES: usize = 400;
const NOTE_CHARACTERS: usize = 700;
const EPOCHS: u32 = 15;
/// The same on WebGPU, whose software adapter is slow.
const WEBGPU_NOTES: usize = 40;
const WEBGPU_EPOCHS: u32 = 24;
/// Memory is looked at from these steps on, for so many steps; what is garbage is collected first. A tab's was seen to grow
/// until about step 1,800 and then no more.
const MEMORY_STEPS: [u64; 2] = [2000, 2500];
const MEMORY_WINDOW_STEPS: u64 = 50;
/// The same on WebGPU, with notes of one short sentence: what a step holds on to hangs on its launches, not on its words.
/// A device's memory was seen to settle between steps 300 and 600.
const WEBGPU_MEMORY_STEPS: [u64; 2] = [600, 1100];
const SHORT_NOTES: usize = 480;
const SHORT_NOTE_CHARACTERS: usize = 20;
const SHORT_EPOCHS: u32 = 39;
/// Times a page is opened in a fresh profile.
const OPENINGS: usize = 5;

/// Starts a training. The page's own clock says when the engine was ready, and when each step was shown on the page's bar,
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
                // Garbage that waits to be collected is no growth, nor are caches.
                tab.devtools("HeapProfiler.collectGarbage", json!({})).await;
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

/// Measures, and TF.js too where a folder has it; prints all figures.
pub async fn measure(tfjs: Option<&Path>) {
    run("bench_training", async |stage| {
        let app = stage.server([small_federation("demo")]).await;
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        let task = Task::draw(&mut random, NOTES, NOTE_CHARACTERS);
        let native = native(&task).await;
        let tab = stage.tab("speed", &format!("{}/#workspace=speed", app.origin())).await;
        task.choose_in(&tab).await;
        let trained = Trained::watch(&tab, (EPOCHS, TRAINING_MAX), MEMORY_STEPS).await;
        let webgpu = on_webgpu(&stage, &app.origin()).await;
        let tfjs = match tfjs {
            Some(folder) => tfjs::measure(&stage, folder, task.corpus(), SEED).await,
            None => Vec::new(),
        };
        let openings = openings(&stage, &app.origin()).await;
        let report = json!({
            "words": task.words(), "seed": SEED, "native": native,
            "tab": task.speeds(&trained.seen),
            "tab_bytes": trained.bytes(MEMORY_STEPS, |memory| memory.tab),
            "memory_steps": MEMORY_STEPS, "webgpu_memory_steps": WEBGPU_MEMORY_STEPS,
            "webgpu": webgpu.speeds, "launches": webgpu.launches, "webgpu_tab_bytes": webgpu.tab_bytes,
            "device_bytes": webgpu.device_bytes, "tfjs": tfjs,
            "first_step_ms": openings.iter().map(|o| o.1).collect::<Vec<_>>(),
            "ready_ms": openings.iter().map(|o| o.0).collect::<Vec<_>>(),
        });
        println!("{report}");
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
    let usual = Task::draw(&mut random, WEBGPU_NOTES, NOTE_CHARACTERS);
    let (launches, trained) = in_gpu_tab(stage, origin, "gpu", &usual, (WEBGPU_EPOCHS, WEBGPU_TRAINING_MAX)).await;
    let short = Task::draw(&mut random, SHORT_NOTES, SHORT_NOTE_CHARACTERS);
    let (_, long) = in_gpu_tab(stage, origin, "gpu-memory", &short, (SHORT_EPOCHS, WEBGPU_MEMORY_MAX)).await;
    OnWebgpu {
        speeds: usual.speeds(&trained.seen),
        launches,
        tab_bytes: long.bytes(WEBGPU_MEMORY_STEPS, |memory| memory.tab),
        device_bytes: long.bytes(WEBGPU_MEMORY_STEPS, |memory| memory.device),
    }
}

/// Trains in a tab of its own, which ends then. Also says how many kernels a step launches.
async fn in_gpu_tab(stage: &Stage, origin: &str, name: &str, task: &Task, limits: (u32, Duration)) -> (u64, Trained) {
    let profile = stage.profile(name, Gpu::Software);
    let tab = stage.open(&profile, &format!("{origin}/#workspace={name}")).await;
    let device = tab.choose_device("webgpu").await.device.expect("a ready engine has a device");
    let launches = device["self_check"]["launches"].as_u64().unwrap_or_default();
    task.choose_in(&tab).await;
    let trained = Trained::watch(&tab, limits, WEBGPU_MEMORY_STEPS).await;
    tab.quit().await;
    stage.dismiss(&tab);
    (launches, trained)
}

/// The same training natively.
async fn native(task: &Task) -> Vec<f64> {
    let mut session = Session::new(&ModelSpec::default(), task.corpus().labels(), SEED, &Device::flex());
    let training = LocalTraining { length: TrainingLength::Epochs(EPOCHS.into()), policy: TrainingPolicy::default() };
    let mut clock = Clock { start: Instant::now(), seen: Vec::new() };
    session.train(task.corpus(), &training, &mut clock).await.expect("the CPU trains");
    task.speeds(&clock.seen)
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

    async fn yield_now(&mut self) {}
}

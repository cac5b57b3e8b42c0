//! Training takes no more memory the longer it goes on, and a step takes a stated amount: bytes are counted, so the test
//! has one thread and no harness. How many steps it takes can be said; their instructions are counted with few.

use burn::tensor::Device;
use fedner_core::{
    batch::{Batch, Example},
    compute::AdamW,
    features::FeatureHasher,
    labels::{LabelSet, Tag},
    model::Model,
    training::step,
};
use fedner_protocol::{ModelSpec, TrainingPolicy};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const WARM_UP: usize = 5;
const STEPS: usize = 40;
/// Sentences of a batch and words of each.
const BATCH: (usize, usize) = (8, 12);
/// What may be left behind after all the steps together: the standard library's own buffers, not ours.
const KEPT_BYTES_MAX: usize = 4096;
/// What a step may take and give back, as a share of the parameters' bytes: the gradient, which is as large as they are,
/// and a batch's scores and indices.
const STEP_SHARE_MAX: f64 = 1.2;

fn main() {
    let (spec, device) = (ModelSpec::default(), Device::flex());
    let labels = LabelSet::new(vec!["Drug".into(), "Effect".into()]).expect("two labels are a set");
    let policy = TrainingPolicy::default();
    let mut model = Model::draw(&spec, &labels, 1, &device);
    let mut optimiser = AdamW::new(model.layout(), &device);
    let batch = batch(&spec);
    let mut train = |steps: usize| {
        for _ in 0..steps {
            let step = step(&mut model, &mut optimiser, batch.clone(), 1e-3, &policy, 7);
            let loss = pollster::block_on(step).expect("the CPU trains");
            assert!(pollster::block_on(loss.wait()).expect("the CPU trains") > 0.0);
        }
    };
    train(WARM_UP);
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let steps =
        std::env::args().nth(1).map_or(STEPS, |steps| steps.parse().expect("the argument is a number of steps"));
    train(steps);
    let (after, peak) = (MEMORY.current_usage(), MEMORY.peak_usage());
    let parameters = model.layout().parameters() * 4;
    println!(
        "{parameters} bytes of parameters; {steps} steps kept {} and took {}",
        after.saturating_sub(before),
        peak - before
    );
    assert!(after <= before + KEPT_BYTES_MAX, "{steps} steps left {} bytes behind", after.saturating_sub(before));
    let share = (peak - before) as f64 / parameters as f64;
    assert!(share < STEP_SHARE_MAX, "a step takes {share:.2} times the parameters");
}

fn batch(spec: &ModelSpec) -> Batch {
    let hasher = FeatureHasher::new(spec);
    let (sentences, words) = BATCH;
    let sentence = |i: usize| {
        let words: Vec<String> = (0..words).map(|word| format!("word{}", i * words + word)).collect();
        Example {
            rows: hasher.rows(words.iter().map(String::as_str)),
            tags: (0..words.len()).map(|t| Tag::from_index(t % 2)).collect(),
            vectors: Vec::new(),
        }
    };
    let examples: Vec<Example> = (0..sentences).map(sentence).collect();
    Batch::new(&examples, hasher.rows_per_token())
}

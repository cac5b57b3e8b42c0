//! How fast the product's model trains and finds entities on this machine's CPU, one thread, or on its GPU: whole steps on
//! sentences of words drawn at random, measured in words a second; and how fast a bidirectional LSTM is next to burn's own.

mod layer;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use burn::tensor::Device;
use clap::Parser;
use fedner_core::{
    batch::{Batch, Example, epoch_order},
    compute::AdamW,
    features::FeatureHasher,
    labels::{LabelSet, Tag},
    model::Model,
    tagging::predict,
    training::{LossQueue, step},
};
use fedner_protocol::{ModelSpec, PrivateEncoder, TrainingPolicy};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Different words. With so many, as common as Zipf's law has them, three tokens in five of a batch are words that are new
/// in it; in the corpora of clinical English that we know it is as many (0.57 to 0.58).
const VOCABULARY: usize = 4000;
/// Sentences that are cut into batches.
const SENTENCES: usize = 960;
/// Steps before the first measurement.
const WARM_UP: usize = 10;

/// How fast the model trains and finds entities on this machine. Prints one line of JSON.
#[derive(Parser)]
struct Options {
    /// Measurements, of which the median is given.
    #[arg(long, default_value_t = 7, value_parser = at_least_one)]
    repeats: usize,
    /// Training steps of a measurement.
    #[arg(long, default_value_t = 60, value_parser = at_least_one)]
    steps: usize,
    /// Sentences of a batch.
    #[arg(long, default_value_t = 16, value_parser = at_least_one)]
    batch: usize,
    /// Mean words of a sentence.
    #[arg(long, default_value_t = 22, value_parser = at_least_one)]
    length: usize,
    /// Entity types.
    #[arg(long, default_value_t = 3, value_parser = at_least_one)]
    labels: usize,
    /// Width of the encoder.
    #[arg(long, default_value_t = ModelSpec::default().encoder_width, value_parser = at_least_one)]
    width: usize,
    /// Seed of the words and the model.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A convolution block in the private LSTM's place.
    #[arg(long)]
    convolution: bool,
    /// Trains on the GPU, through the kernels for WebGPU (needs the feature webgpu).
    #[arg(long)]
    gpu: bool,
    /// Compares one bidirectional LSTM with burn's instead.
    #[arg(long)]
    layer: bool,
    /// Writes the batches for another program instead, as JSON.
    #[arg(long, value_name = "FILE")]
    write_batches: Option<PathBuf>,
    /// Writes the sentences for another program instead.
    #[arg(long, value_name = "FILE")]
    write_text: Option<PathBuf>,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("it must be at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(error) => Err(format!("{error}")),
    }
}

fn main() -> Result<()> {
    let options = Options::parse();
    if options.layer {
        let [ours, burn] = layer::compare(options.repeats, options.seed)?;
        let report = serde_json::json!({ "unit": "steps/s", "fused": spread(ours), "burn": spread(burn) });
        println!("{report}");
        return Ok(());
    }
    let sentences = Sentences::draw(&options)?;
    if let Some(path) = &options.write_batches {
        let batches = serde_json::to_vec(&sentences.as_json())?;
        return std::fs::write(path, batches).with_context(|| format!("can't write {}", path.display()));
    }
    if let Some(path) = &options.write_text {
        return std::fs::write(path, sentences.text()).with_context(|| format!("can't write {}", path.display()));
    }
    let (training, times) = pollster::block_on(training(&options, &sentences))?;
    let prediction = if options.gpu { Vec::new() } else { pollster::block_on(prediction(&options, &sentences))? };
    let report = serde_json::json!({
        "unit": "words/s", "seed": options.seed, "batch": options.batch, "length": options.length,
        "labels": options.labels, "width": options.width, "convolution": options.convolution,
        "training": spread(training), "step_ms": spread(times), "prediction": spread(prediction),
    });
    println!("{report}");
    Ok(())
}

/// What is trained on.
struct Sentences {
    spec: ModelSpec,
    labels: LabelSet,
    words: Vec<String>,
    /// Each sentence's words, by their places.
    sentences: Vec<Vec<usize>>,
    tags: Vec<Vec<Tag>>,
    /// The sentences of each batch.
    order: Vec<Vec<usize>>,
}

impl Sentences {
    fn draw(options: &Options) -> Result<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
        let types = (0..options.labels).map(|i| format!("Type{i}")).collect();
        let labels = LabelSet::new(types).context("the labels make no set")?;
        let words = (0..VOCABULARY).map(|_| word(&mut rng)).collect();
        let sentences: Vec<Vec<usize>> = (0..SENTENCES).map(|_| sentence(options.length, &mut rng)).collect();
        let tags = sentences.iter().map(|s| s.iter().map(|_| gold(&labels, &mut rng)).collect()).collect();
        let lengths: Vec<usize> = sentences.iter().map(Vec::len).collect();
        let order = epoch_order(&lengths, options.batch, options.seed);
        let default = ModelSpec::default();
        let convolution = PrivateEncoder::Convolution { blocks: 1 };
        let private_encoder = if options.convolution { convolution } else { default.private_encoder };
        let spec = ModelSpec { encoder_width: options.width, private_encoder, ..default };
        spec.validate()?;
        Ok(Self { spec, labels, words, sentences, tags, order })
    }

    /// A batch, its features hashed anew.
    fn batch(&self, chosen: &[usize]) -> Batch {
        let hasher = FeatureHasher::new(&self.spec);
        let examples: Vec<Example> = chosen
            .iter()
            .map(|i| Example {
                rows: hasher.rows(self.sentences[*i].iter().map(|at| self.words[*at].as_str())),
                tags: self.tags[*i].clone(),
                vectors: Vec::new(),
            })
            .collect();
        Batch::new(&examples, hasher.rows_per_token())
    }

    /// A sentence a line.
    fn text(&self) -> String {
        let words = |s: &Vec<usize>| s.iter().map(|at| self.words[*at].as_str()).collect::<Vec<_>>().join(" ");
        self.sentences.iter().map(|s| words(s) + ".\n").collect()
    }

    fn as_json(&self) -> serde_json::Value {
        let spec = &self.spec;
        let batches = self.order.iter().map(|chosen| self.batch(chosen)).map(|batch| {
            serde_json::json!({
                "width": batch.width, "lengths": batch.lengths, "rows": batch.rows, "tags": batch.tags,
            })
        });
        serde_json::json!({
            "sizes": {
                "features": spec.features.len(), "hashes": spec.hashes, "rows": spec.rows_total(),
                "embedding_width": spec.embedding_width, "encoder_width": spec.encoder_width,
                "blocks": spec.blocks(), "lstm": spec.private_lstm(), "tags": self.labels.tags(),
                "dropout": TrainingPolicy::default().dropout,
            },
            "batches": batches.collect::<Vec<_>>(),
        })
    }
}

/// Words a second and milliseconds a step of whole training steps, features included.
async fn training(options: &Options, sentences: &Sentences) -> Result<(Vec<f64>, Vec<f64>)> {
    let (policy, device) = (TrainingPolicy::default(), if options.gpu { gpu()? } else { Device::flex() });
    let mut model = Model::draw(&sentences.spec, &sentences.labels, options.seed, &device);
    let mut optimiser = AdamW::new(model.layout(), &device);
    let (mut speeds, mut times) = (Vec::new(), Vec::new());
    let mut batches = sentences.order.iter().cycle();
    for repeat in 0..=options.repeats {
        let steps = if repeat == 0 { WARM_UP } else { options.steps };
        let (start, mut done, mut losses) = (Instant::now(), 0, LossQueue::default());
        for chosen in batches.by_ref().take(steps) {
            let batch = sentences.batch(chosen);
            done += batch.tokens();
            let rate = policy.learning_rate;
            losses.push((), step(&mut model, &mut optimiser, batch, rate, &policy, options.seed).await?);
            losses.due().await?;
        }
        while losses.next().await?.is_some() {}
        if repeat > 0 {
            let seconds = start.elapsed().as_secs_f64();
            speeds.push(done as f64 / seconds);
            times.push(seconds * 1e3 / steps as f64);
        }
    }
    Ok((speeds, times))
}

#[cfg(feature = "webgpu")]
fn gpu() -> Result<Device> {
    Ok(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice))
}

#[cfg(not(feature = "webgpu"))]
fn gpu() -> Result<Device> {
    anyhow::bail!("--gpu: this program was built without the feature webgpu")
}

/// Words a second of finding entities in text, sentences and tokens included.
async fn prediction(options: &Options, sentences: &Sentences) -> Result<Vec<f64>> {
    let model = Model::draw(&sentences.spec, &sentences.labels, options.seed, &Device::flex());
    let text = sentences.text();
    let mut speeds = Vec::with_capacity(options.repeats);
    for _ in 0..options.repeats {
        let start = Instant::now();
        let found = predict(&model, &text).await?;
        speeds.push(found.tokens() as f64 / start.elapsed().as_secs_f64());
    }
    Ok(speeds)
}

/// Median, smallest and largest.
fn spread(mut values: Vec<f64>) -> serde_json::Value {
    values.sort_by(f64::total_cmp);
    let at = |i: usize| values.get(i).map(|v| (v * 100.0).round() / 100.0);
    serde_json::json!({ "median": at(values.len() / 2), "least": at(0), "most": at(values.len().saturating_sub(1)) })
}

/// Outside or a beginning, in any order.
fn gold(labels: &LabelSet, rng: &mut impl Rng) -> Tag {
    if rng.random::<f32>() < 0.85 { Tag::OUTSIDE } else { Tag::begin(rng.random_range(0..labels.types().len())) }
}

fn word(rng: &mut impl Rng) -> String {
    let length = rng.random_range(2..11);
    (0..length).map(|_| char::from(rng.random_range(b'a'..=b'z'))).collect()
}

/// Lengths as in notes: from a few words to three times the mean.
fn sentence(mean: usize, rng: &mut impl Rng) -> Vec<usize> {
    let length = (mean as f32 * 0.5 * (-(1.0 - rng.random::<f32>()).ln()) + mean as f32 * 0.5).round() as usize;
    (0..length.clamp(1, 3 * mean)).map(|_| (VOCABULARY as f64).powf(rng.random()) as usize - 1).collect()
}

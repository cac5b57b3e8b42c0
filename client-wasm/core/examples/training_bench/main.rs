//! How fast the product's model trains and finds entities on this machine's CPU, one thread: whole steps on sentences
//! of words drawn at random, measured in words a second.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use fedner_core::{
    batch::{Batch, Example, epoch_order},
    features::FeatureHasher,
    labels::LabelSet,
    model::Model,
    training::{AdamW, predict, step},
};
use fedner_protocol::{ModelSpec, TrainingPolicy};
use lexopt::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const HELP: &str = "\
training_bench
    --repeats <number>   measurements, of which the median is given (7)
    --steps <number>     training steps a measurement (60)
    --batch <number>     sentences a batch (16)
    --length <number>    mean words of a sentence (22)
    --labels <number>    entity types (3)
    --width <number>     width of the encoder (the model's)
    --seed <number>      of the words and the model (1)
";

/// Different words, as many as a hospital's notes have after some hundred notes.
const VOCABULARY: usize = 8000;
/// Sentences that are cut into batches.
const SENTENCES: usize = 960;
/// Steps before the first measurement.
const WARM_UP: usize = 10;

struct Options {
    repeats: usize,
    steps: usize,
    batch: usize,
    length: usize,
    labels: usize,
    width: usize,
    seed: u64,
}

fn main() -> Result<()> {
    let Some(options) = options()? else {
        print!("{HELP}");
        return Ok(());
    };
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let words: Vec<String> = (0..VOCABULARY).map(|_| word(&mut rng)).collect();
    let sentences: Vec<Vec<&str>> = (0..SENTENCES).map(|_| sentence(&words, options.length, &mut rng)).collect();
    let training = pollster::block_on(training(&options, &sentences, &mut rng))?;
    let prediction = pollster::block_on(prediction(&options, &sentences))?;
    let report = serde_json::json!({
        "unit": "words/s", "seed": options.seed, "batch": options.batch, "length": options.length,
        "labels": options.labels, "width": options.width,
        "training": spread(training), "prediction": spread(prediction),
    });
    println!("{report}");
    Ok(())
}

/// Words a second of whole training steps, features included.
async fn training(options: &Options, sentences: &[Vec<&str>], rng: &mut impl Rng) -> Result<Vec<f64>> {
    let spec = ModelSpec { encoder_width: options.width, ..ModelSpec::default() };
    let (policy, device) = (TrainingPolicy::default(), Device::flex());
    let labels = labels(options)?;
    let hasher = FeatureHasher::new(&spec);
    let mut model = Model::draw(&spec, &labels, options.seed, &device);
    let mut optimiser = AdamW::new(model.layout(), &device);
    let lengths: Vec<usize> = sentences.iter().map(Vec::len).collect();
    let tags: Vec<Vec<usize>> = sentences.iter().map(|s| s.iter().map(|_| gold(&labels, rng)).collect()).collect();
    let order = epoch_order(&lengths, options.batch, options.seed);
    let mut speeds = Vec::with_capacity(options.repeats);
    let mut batches = order.iter().cycle();
    for repeat in 0..=options.repeats {
        let steps = if repeat == 0 { WARM_UP } else { options.steps };
        let (start, mut done) = (Instant::now(), 0);
        for chosen in batches.by_ref().take(steps) {
            let example =
                |i: &usize| Example { rows: hasher.rows(sentences[*i].iter().copied()), tags: tags[*i].clone() };
            let examples: Vec<Example> = chosen.iter().map(example).collect();
            let batch = Batch::new(&examples, hasher.rows_per_token());
            done += batch.tokens();
            step(&mut model, &mut optimiser, batch, policy.learning_rate, &policy, options.seed).await?;
        }
        if repeat > 0 {
            speeds.push(done as f64 / start.elapsed().as_secs_f64());
        }
    }
    Ok(speeds)
}

/// Words a second of finding entities in text, sentences and tokens included.
async fn prediction(options: &Options, sentences: &[Vec<&str>]) -> Result<Vec<f64>> {
    let spec = ModelSpec { encoder_width: options.width, ..ModelSpec::default() };
    let model = Model::draw(&spec, &labels(options)?, options.seed, &Device::flex());
    let text: String = sentences.iter().map(|words| words.join(" ") + ".\n").collect();
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
    let at = |i: usize| values.get(i).map(|v| v.round());
    serde_json::json!({ "median": at(values.len() / 2), "least": at(0), "most": at(values.len().saturating_sub(1)) })
}

fn labels(options: &Options) -> Result<LabelSet> {
    LabelSet::new((0..options.labels).map(|i| format!("Type{i}")).collect()).context("the labels make no set")
}

/// Outside or a beginning, in any order.
fn gold(labels: &LabelSet, rng: &mut impl Rng) -> usize {
    if rng.random::<f32>() < 0.85 { 0 } else { 1 + 2 * rng.random_range(0..labels.types().len()) }
}

fn word(rng: &mut impl Rng) -> String {
    let length = rng.random_range(2..11);
    (0..length).map(|_| char::from(rng.random_range(b'a'..=b'z'))).collect()
}

/// Lengths as in notes: from a few words to three times the mean.
fn sentence<'w>(words: &'w [String], mean: usize, rng: &mut impl Rng) -> Vec<&'w str> {
    let length = (mean as f32 * 0.5 * (-(1.0 - rng.random::<f32>()).ln()) + mean as f32 * 0.5).round() as usize;
    (0..length.clamp(1, 3 * mean)).map(|_| words[rng.random_range(0..words.len())].as_str()).collect()
}

fn options() -> Result<Option<Options>> {
    let spec = ModelSpec::default();
    let mut options =
        Options { repeats: 7, steps: 60, batch: 16, length: 22, labels: 3, width: spec.encoder_width, seed: 1 };
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        let Long(name) = argument else { bail!(argument.unexpected()) };
        let name = name.to_owned();
        if name == "help" {
            return Ok(None);
        }
        let mut number = || -> Result<u64> { Ok(arguments.value()?.parse()?) };
        let number = number().with_context(|| format!("--{name} takes a number"))?;
        if number == 0 {
            bail!("--{name} must be at least 1");
        }
        match name.as_str() {
            "repeats" => options.repeats = number as usize,
            "steps" => options.steps = number as usize,
            "batch" => options.batch = number as usize,
            "length" => options.length = number as usize,
            "labels" => options.labels = number as usize,
            "width" => options.width = number as usize,
            "seed" => options.seed = number,
            _ => bail!("there is no option --{name}; --help lists them"),
        }
    }
    Ok(Some(options))
}

//! How fast the product trains, next to others on the same machine in the same run. `cargo xtask bench` builds and installs
//! what this program measures, and starts it.

mod layer;
mod native;
mod plot;
mod row;
mod tab;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use serde::Deserialize;
use serde_json::json;

use native::{Gpu, Reference};
use plot::Panel;
use row::{Row, Sample};

/// Measures how fast the product trains, next to others.
#[derive(Parser)]
struct Options {
    /// What there is to measure, as JSON; `cargo xtask bench` writes it.
    #[arg(long, value_name = "FILE")]
    programs: PathBuf,
    /// Writes the rows there as JSON, and a drawing of the same name beside it.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Fewer repeats.
    #[arg(long)]
    quick: bool,
}

/// What there is to measure. What is not there has the reason, in words, in its place.
#[derive(Deserialize)]
struct Programs {
    /// The program `training-bench`.
    training: PathBuf,
    /// The same with WebGPU's kernels.
    gpu_training: Result<PathBuf, String>,
    /// A Python that has PyTorch.
    pytorch: Result<PathBuf, String>,
    /// A Python that has spaCy.
    spacy: Result<PathBuf, String>,
    /// The program `browser-bench`; the page and the browser's driver are in its environment.
    browser: Result<PathBuf, String>,
    tfjs: Result<Tfjs, String>,
    /// The folder of the module with burn's LSTM.
    layer_module: Result<PathBuf, String>,
    /// A folder for what is written meanwhile.
    scratch: PathBuf,
}

/// TF.js in a folder.
#[derive(Deserialize)]
struct Tfjs {
    folder: PathBuf,
    version: String,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let programs = fs::read(&options.programs).with_context(|| format!("can't read {}", options.programs.display()))?;
    let programs: Programs = serde_json::from_slice(&programs)
        .with_context(|| format!("{} is not what `cargo xtask bench` writes", options.programs.display()))?;
    let repeats = if options.quick { 3 } else { 7 };
    let pytorch = Reference::new(&programs.pytorch, "pytorch", "--write-batches", &programs)?;
    let (mut rows, panels) = natively(&programs, &pytorch, repeats)?;
    rows.extend(in_a_tab(&programs)?);
    rows.extend(on_a_gpu(&programs, &pytorch, repeats)?);
    println!("\n{}\n{}", machine(), Row::table(&rows));
    match &options.json {
        Some(path) => write(path, &rows, &panels),
        None => Ok(()),
    }
}

/// Does one part of the measurements, under a heading; its error names it.
fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("\n== {name}");
    let start = Instant::now();
    let result = work().with_context(|| format!("{name} failed"))?;
    println!("-- {name}: {:.0} s", start.elapsed().as_secs_f64());
    Ok(result)
}

/// Natively, on the CPU.
fn natively(
    programs: &Programs,
    pytorch: &Result<Reference, String>,
    repeats: usize,
) -> Result<(Vec<Row>, Vec<Panel>)> {
    let program = &programs.training;
    let mut rows = Vec::new();
    let training = step("training, native", || native::against(program, repeats, pytorch))?;
    rows.push(Row::compare("training, default model, native CPU, one thread", "words/s", training, 1.5));
    let lstm = step("training without the BiLSTM, native", || native::against_convolution(program, repeats))?;
    rows.push(Row::compare("training, default model against one with a convolution block", "words/s", lstm, 0.5));
    let layer = step("BiLSTM layer, native", || native::layer(program, repeats))?;
    rows.push(Row::compare("BiLSTM layer against burn::nn::BiLstm, flex", "steps/s", layer, 5.0));
    let spacy = Reference::new(&programs.spacy, "spacy", "--write-text", programs)?;
    let prediction = step("prediction, native", || native::prediction(program, repeats, &spacy))?;
    rows.push(Row::compare("prediction, native CPU, one thread", "words/s", prediction, 3.0));
    let mut panels = Vec::new();
    for (name, option, values) in SCALES {
        let times = step(name, || native::scale(program, option, values, repeats))?;
        rows.extend(Row::scale(name, values, &times));
        panels.push(Panel { name, values, times });
    }
    Ok((rows, panels))
}

fn in_a_tab(programs: &Programs) -> Result<Vec<Row>> {
    let browser = match &programs.browser {
        Ok(browser) => browser,
        Err(why) => return Ok(tab::missing(why).into_iter().chain([layer::missing(why)]).collect()),
    };
    let mut rows = step("training in a tab", || tab::measure(browser, &programs.tfjs))?;
    rows.push(match &programs.layer_module {
        Ok(module) => step("burn's LSTM in a tab", || layer::measure(browser, module))?,
        Err(why) => layer::missing(why),
    });
    Ok(rows)
}

fn on_a_gpu(programs: &Programs, pytorch: &Result<Reference, String>, repeats: usize) -> Result<Vec<Row>> {
    let row = |batch: usize| {
        let name = format!("training on a GPU through Vulkan against PyTorch on it, {batch} sentences a batch");
        Ok(match &programs.gpu_training {
            Ok(program) => {
                let gpu = Gpu { program };
                Row::compare(&name, "words/s", step(&name, || gpu.against(pytorch, repeats, batch))?, 1.0)
            }
            Err(why) => Row::missing(&name, "words/s", 1.0, why),
        })
    };
    GPU_BATCHES.into_iter().map(row).collect()
}

fn write(path: &Path, rows: &[Row], panels: &[Panel]) -> Result<()> {
    let rows: Vec<_> = rows.iter().map(Row::as_json).collect();
    let text = serde_json::to_string_pretty(&json!({ "machine": machine(), "rows": rows }))?;
    fs::write(path, text).with_context(|| format!("can't write {}", path.display()))?;
    let drawing = path.with_extension("svg");
    fs::write(&drawing, plot::svg(panels)).with_context(|| format!("can't write {}", drawing.display()))?;
    println!("\nThe rows are in {}, how a step's time grows in {}.", path.display(), drawing.display());
    Ok(())
}

/// What grows, the training program's option for it, and its values.
const SCALES: [(&str, &str, [usize; 4]); 4] = [
    ("sentence length", "--length", [10, 20, 40, 80]),
    ("sentences a batch", "--batch", [8, 16, 32, 64]),
    ("entity types", "--labels", [1, 3, 7, 15]),
    ("encoder width", "--width", [48, 96, 144, 192]),
];

/// Sentences of a batch on a GPU.
const GPU_BATCHES: [usize; 2] = [32, 128];

/// The processor, as Linux names it.
fn machine() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown processor", |rest| rest.trim_start_matches([' ', '\t', ':']));
    format!(
        "{model}, {} processors, {}",
        std::thread::available_parallelism().map_or(0, usize::from),
        std::env::consts::OS
    )
}

/// Median and spread of one side.
type Compared = (Sample, Result<Sample, String>);

//! `cargo xtask bench`: how fast the product trains, next to others on the same machine in the same run.

mod layer;
mod measure;
mod plot;
mod row;
mod tab;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::json;

use crate::report::Report;
use crate::workspace::Workspace;
use measure::{Gpu, Pytorch, Spacy};
use plot::Panel;
use row::{Row, Sample};

/// What to measure.
#[derive(Default)]
pub struct Bench {
    /// Where the rows go as JSON; a drawing of the same name goes beside it.
    pub json: Option<PathBuf>,
    /// Fewer repeats.
    pub quick: bool,
    /// Compare with PyTorch, from PyPI.
    pub pytorch: bool,
    /// Compare with spaCy, from PyPI.
    pub spacy: bool,
    /// Compare with TF.js, from npm.
    pub tfjs: bool,
    /// Compare with burn's LSTM on WebGPU in a tab.
    pub burn_lstm: bool,
    /// Without the page and its browser.
    pub no_browser: bool,
}

/// Measures, prints a table and writes the JSON file.
pub fn bench(workspace: &Workspace, options: &Bench) -> Result<()> {
    let mut report = Report::new();
    let repeats = if options.quick { 3 } else { 7 };
    let program = report.step("the training program", || measure::build(workspace))?;
    let mut rows = Vec::new();

    let pytorch = report.step("PyTorch", || Pytorch::find(workspace, options.pytorch, &program))?;
    let training = report.step("training, native", || measure::against(&program, repeats, &pytorch))?;
    rows.push(Row::compare("training, default model, native CPU, one thread", "words/s", training, 1.5));
    let lstm =
        report.step("training without the BiLSTM, native", || measure::against_convolution(&program, repeats))?;
    rows.push(Row::compare("training, default model against one with a convolution block", "words/s", lstm, 0.5));
    let layer = report.step("BiLSTM layer, native", || measure::layer(&program, repeats))?;
    rows.push(Row::compare("BiLSTM layer against burn::nn::BiLstm, flex", "steps/s", layer, 5.0));
    let spacy = report.step("spaCy", || Spacy::find(workspace, options.spacy, &program))?;
    let prediction = report.step("prediction, native", || measure::prediction(&program, repeats, &spacy))?;
    rows.push(Row::compare("prediction, native CPU, one thread", "words/s", prediction, 3.0));
    let mut panels = Vec::new();
    for (name, option, values) in SCALES {
        let times = report.step(name, || measure::scale(&program, option, values, repeats))?;
        rows.extend(Row::scale(name, values, &times));
        panels.push(Panel { name, values, times });
    }
    if options.no_browser {
        rows.extend(tab::missing("left out by --no-browser"));
        rows.push(layer::missing("left out by --no-browser"));
    } else {
        let tfjs = report.step("TF.js", || tab::tfjs(workspace, options.tfjs))?;
        rows.extend(report.step("training in a tab", || tab::measure(workspace, &tfjs))?);
        rows.push(match options.burn_lstm {
            true => report.step("burn's LSTM in a tab", || layer::measure(workspace))?,
            false => layer::missing("not asked for (--burn-lstm); it builds a third module, which takes minutes"),
        });
    }
    let gpu = report.step("a GPU", || Gpu::find(workspace))?;
    for batch in GPU_BATCHES {
        let name = format!("training on a GPU through Vulkan against PyTorch on it, {batch} sentences a batch");
        rows.push(match &gpu {
            Ok(gpu) => {
                Row::compare(&name, "words/s", report.step(&name, || gpu.against(&pytorch, repeats, batch))?, 1.0)
            }
            Err(why) => Row::missing(&name, "words/s", 1.0, why),
        });
    }

    println!("\n{}\n{}", machine(), Row::table(&rows));
    if let Some(path) = &options.json {
        let rows: Vec<_> = rows.iter().map(Row::as_json).collect();
        let text = serde_json::to_string_pretty(&json!({ "machine": machine(), "rows": rows }))?;
        fs::write(path, text).with_context(|| format!("can't write {}", path.display()))?;
        let drawing = path.with_extension("svg");
        fs::write(&drawing, plot::svg(&panels)).with_context(|| format!("can't write {}", drawing.display()))?;
        println!("\nThe rows are in {}, how a step's time grows in {}.", path.display(), drawing.display());
    }
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
pub(crate) type Compared = (Sample, Result<Sample, String>);

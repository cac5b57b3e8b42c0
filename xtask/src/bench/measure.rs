//! Runs the programs that measure, and reads what they print.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::{Compared, Sample};
use crate::checks::NATIVE;
use crate::process;
use crate::python::{Found, Python, SPACY};
use crate::workspace::Workspace;

/// The environment of a program that ours is compared with: its name and packages.
const PYTORCH: (&str, &[&str]) = ("bench-pytorch", &["torch==2.15.0"]);

/// Builds the training program, optimised.
pub fn build(workspace: &Workspace) -> Result<PathBuf> {
    let mut build = optimised(workspace);
    process::run(build.arg("build").args(NATIVE).args(["--example", "training_bench"]))?;
    Ok(workspace.target.join("debug/examples/training_bench"))
}

/// The dependencies are optimised in any case, so only our own packages are built once more.
fn optimised(workspace: &Workspace) -> Command {
    let mut cargo = workspace.cargo();
    cargo.env("CARGO_PROFILE_DEV_OPT_LEVEL", "3");
    cargo
}

/// A reference program in Python with what it reads.
pub struct Reference {
    python: Python,
    script: PathBuf,
    input: PathBuf,
}

/// The model in PyTorch.
pub struct Pytorch;

impl Pytorch {
    /// PyTorch from PyPI and the batches to train on.
    pub fn find(workspace: &Workspace, wanted: bool, program: &Path) -> Result<Result<Reference, String>> {
        let asked = if wanted { Ok(PYTORCH) } else { Err("not asked for (--pytorch)") };
        reference(workspace, "pytorch", asked, program, "--write-batches")
    }
}

/// spaCy's tagger of the same size of notes.
pub struct Spacy;

impl Spacy {
    /// spaCy from PyPI and the text to find entities in.
    pub fn find(workspace: &Workspace, wanted: bool, program: &Path) -> Result<Result<Reference, String>> {
        let asked = if wanted { Ok(SPACY) } else { Err("not asked for (--spacy)") };
        reference(workspace, "spacy", asked, program, "--write-text")
    }
}

fn reference(
    workspace: &Workspace,
    name: &str,
    environment: Result<(&str, &[&str]), &str>,
    program: &Path,
    write: &str,
) -> Result<Result<Reference, String>> {
    let (environment, packages) = match environment {
        Ok(environment) => environment,
        Err(why) => return Ok(Err(why.to_owned())),
    };
    let found: Found = Python::ensure(workspace, environment, packages)?;
    let python = match found {
        Ok(python) => python,
        Err(why) => return Ok(Err(why)),
    };
    let input = workspace.target.join(format!("bench-{name}.input"));
    process::run(Command::new(program).arg(write).arg(&input))?;
    let script = workspace.root.join(format!("tests/benches/reference/{name}.py"));
    Ok(Ok(Reference { python, script, input }))
}

impl Reference {
    fn run(&self, repeats: usize) -> Result<Value> {
        let mut command = self.python.command();
        command.arg(&self.script).arg(&self.input).args(["--repeats", &repeats.to_string()]);
        json_line(&process::output(&mut command)?)
    }
}

/// Training here and there, one after the other and again: a slow minute hits both.
pub fn against(program: &Path, repeats: usize, other: &Result<Reference, String>) -> Result<Compared> {
    compare(program, repeats, other, "training")
}

/// Training the default model against one with a convolution block in the LSTM's place, in turns.
pub fn against_convolution(program: &Path, repeats: usize) -> Result<Compared> {
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for _ in 0..repeats {
        ours.push(median(&run(program, &["--repeats", "3"])?, "training")?);
        others.push(median(&run(program, &["--repeats", "3", "--convolution"])?, "training")?);
    }
    let none = "the training program gave no figure";
    Ok((Sample::of(&ours).context(none)?, Sample::of(&others).ok_or_else(|| none.to_owned())))
}

/// One bidirectional LSTM forwards and backwards, fused and as burn's own layer.
pub fn layer(program: &Path, repeats: usize) -> Result<Compared> {
    let report = run(program, &["--layer", "--repeats", &repeats.to_string()])?;
    Ok((sample(&report["fused"])?, Ok(sample(&report["burn"])?)))
}

/// Finding entities here and there.
pub fn prediction(program: &Path, repeats: usize, other: &Result<Reference, String>) -> Result<Compared> {
    compare(program, repeats, other, "prediction")
}

fn compare(program: &Path, repeats: usize, other: &Result<Reference, String>, what: &str) -> Result<Compared> {
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for _ in 0..repeats {
        ours.push(median(&run(program, &["--repeats", "3"])?, what)?);
        if let Ok(reference) = other {
            others.push(median(&reference.run(3)?, what)?);
        }
    }
    let other = match other {
        Ok(_) => Sample::of(&others).ok_or_else(|| "it gave no figure".to_owned()),
        Err(why) => Err(why.clone()),
    };
    Ok((Sample::of(&ours).context("the training program gave no figure")?, other))
}

/// Milliseconds of a training step as one size grows.
pub fn scale(program: &Path, option: &str, values: [usize; 4], repeats: usize) -> Result<Vec<Sample>> {
    let repeats = repeats.to_string();
    let one = |value: usize| -> Result<Sample> {
        let report = run(program, &["--repeats", &repeats, "--steps", "20", option, &value.to_string()])?;
        sample(&report["step_ms"])
    };
    values.into_iter().map(one).collect()
}

fn run(program: &Path, arguments: &[&str]) -> Result<Value> {
    json_line(&process::output(Command::new(program).args(arguments))?)
}

fn json_line(printed: &str) -> Result<Value> {
    let line = printed.lines().rfind(|line| line.starts_with('{')).context("a measurement printed no JSON")?;
    serde_json::from_str(line).context("a measurement printed something else than JSON")
}

/// A median with its spread, as the training program prints it.
fn sample(spread: &Value) -> Result<Sample> {
    let figure = |name| spread[name].as_f64().context("the training program gave no figures");
    Ok(Sample { median: figure("median")?, least: figure("least")?, most: figure("most")? })
}

fn median(report: &Value, what: &str) -> Result<f64> {
    match report[what]["median"].as_f64() {
        Some(median) if median > 0.0 => Ok(median),
        _ => bail!("a measurement gave no {what}"),
    }
}

//! Runs the programs that measure, and reads what they print.

use std::fs;
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
    arguments: Vec<String>,
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

/// The GPU of this machine, if there is one, with the training program for it.
pub struct Gpu {
    program: PathBuf,
}

impl Gpu {
    /// Builds the training program with WebGPU's kernels, which run through Vulkan then; or says that there is no GPU.
    pub fn find(workspace: &Workspace) -> Result<Result<Self, String>> {
        if !GPU_FILES.iter().any(|file| Path::new(file).exists()) {
            return Ok(Err(format!("no GPU is at hand: there is none of {}", GPU_FILES.join(", "))));
        }
        let mut build = optimised(workspace);
        let features = ["--features", "fedner-core/webgpu"];
        process::run(build.arg("build").args(NATIVE).args(["--example", "training_bench"]).args(features))?;
        // The program for the CPU has the same name.
        let program = workspace.target.join("bench-gpu");
        let built = workspace.target.join("debug/examples/training_bench");
        fs::copy(&built, &program).with_context(|| format!("can't copy {}", built.display()))?;
        Ok(Ok(Self { program }))
    }

    /// Training with batches of so many sentences, here and in PyTorch on the same GPU.
    pub fn against(&self, pytorch: &Result<Reference, String>, repeats: usize, batch: usize) -> Result<Compared> {
        let batch = batch.to_string();
        let own = ["--batch", &batch];
        let reference = match pytorch {
            Ok(reference) => Ok(reference.with(&self.program, &own, &["--device", "cuda"])?),
            Err(why) => Err(why.clone()),
        };
        // It knows GPUs of one maker.
        let reference = reference.and_then(|reference| match reference.run(1) {
            Ok(_) => Ok(reference),
            Err(error) => Err(format!("PyTorch does not train on this GPU: {error:#}")),
        });
        let ours = [&["--repeats", "3", "--gpu"], own.as_slice()].concat();
        compare((&self.program, &ours), repeats, &reference, "training")
    }
}

/// Files of which a Linux machine with a GPU has at least one.
const GPU_FILES: [&str; 3] = ["/dev/nvidia0", "/dev/dri/renderD128", "/dev/dxg"];

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
    Ok(Ok(Reference { python, script, input, arguments: Vec::new() }))
}

impl Reference {
    /// The same program with batches as another training program writes them, and with further arguments.
    fn with(&self, program: &Path, write: &[&str], arguments: &[&str]) -> Result<Self> {
        let input = self.input.with_extension(format!("{}.input", write.join("")));
        process::run(Command::new(program).args(write).arg("--write-batches").arg(&input))?;
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Ok(Self { python: self.python.clone(), script: self.script.clone(), input, arguments })
    }

    fn run(&self, repeats: usize) -> Result<Value> {
        let mut command = self.python.command();
        command.arg(&self.script).arg(&self.input).args(["--repeats", &repeats.to_string()]);
        json_line(&process::output(command.args(&self.arguments))?)
    }
}

/// Training here and there, one after the other and again: a slow minute hits both.
pub fn against(program: &Path, repeats: usize, other: &Result<Reference, String>) -> Result<Compared> {
    compare((program, &["--repeats", "3"]), repeats, other, "training")
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
    compare((program, &["--repeats", "3"]), repeats, other, "prediction")
}

/// A program with its arguments, and another, in turns.
fn compare(
    (program, arguments): (&Path, &[&str]),
    repeats: usize,
    other: &Result<Reference, String>,
    what: &str,
) -> Result<Compared> {
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for _ in 0..repeats {
        ours.push(median(&run(program, arguments)?, what)?);
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

//! Runs the programs that measure natively, and reads what they print.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::{Compared, Programs, Sample};

/// The programs that ours is compared with.
const REFERENCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/reference");

/// A reference program in Python with what it reads.
pub struct Reference {
    python: PathBuf,
    script: PathBuf,
    input: PathBuf,
    arguments: Vec<String>,
}

impl Reference {
    /// The program of this name, with the input that the training program writes for it.
    pub fn new(
        python: &Result<PathBuf, String>,
        name: &str,
        write: &str,
        programs: &Programs,
    ) -> Result<Result<Self, String>> {
        let python = match python {
            Ok(python) => python.clone(),
            Err(why) => return Ok(Err(why.clone())),
        };
        let input = programs.scratch.join(format!("{name}.input"));
        output(Command::new(&programs.training).arg(write).arg(&input))?;
        let script = Path::new(REFERENCES).join(format!("{name}.py"));
        Ok(Ok(Self { python, script, input, arguments: Vec::new() }))
    }

    /// The same program with batches as another training program writes them, and with further arguments.
    fn with(&self, program: &Path, write: &[&str], arguments: &[&str]) -> Result<Self> {
        let input = self.input.with_extension(format!("{}.input", write.join("")));
        output(Command::new(program).args(write).arg("--write-batches").arg(&input))?;
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Ok(Self { python: self.python.clone(), script: self.script.clone(), input, arguments })
    }

    fn run(&self, repeats: usize) -> Result<Value> {
        let mut command = Command::new(&self.python);
        command.env("PYTHONUTF8", "1").env_remove("PYTHONPATH");
        command.arg(&self.script).arg(&self.input).args(["--repeats", &repeats.to_string()]);
        json_line(&output(command.args(&self.arguments))?)
    }
}

/// The GPU of this machine.
pub struct Gpu<'a> {
    /// The training program with WebGPU's kernels, which run through Vulkan then.
    pub program: &'a Path,
}

impl Gpu<'_> {
    /// Training with batches of so many sentences, here and in PyTorch on the same GPU.
    pub fn against(&self, pytorch: &Result<Reference, String>, repeats: usize, batch: usize) -> Result<Compared> {
        let batch = batch.to_string();
        let own = ["--batch", &batch];
        let reference = match pytorch {
            Ok(reference) => Ok(reference.with(self.program, &own, &["--device", "cuda"])?),
            Err(why) => Err(why.clone()),
        };
        // It knows GPUs of one maker.
        let reference = reference.and_then(|reference| match reference.run(1) {
            Ok(_) => Ok(reference),
            Err(error) => Err(format!("PyTorch does not train on this GPU: {error:#}")),
        });
        let arguments = &[&["--repeats", "3", "--gpu"], own.as_slice()].concat();
        compare(&Ours { program: self.program, arguments, repeats }, &reference, "training")
    }
}

/// Training here and there, one after the other and again: a slow minute hits both.
pub fn against(program: &Path, repeats: usize, other: &Result<Reference, String>) -> Result<Compared> {
    compare(&Ours { program, arguments: &["--repeats", "3"], repeats }, other, "training")
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
    compare(&Ours { program, arguments: &["--repeats", "3"], repeats }, other, "prediction")
}

/// The training program with its arguments, as many times as asked for.
struct Ours<'a> {
    program: &'a Path,
    arguments: &'a [&'a str],
    repeats: usize,
}

/// It and another, in turns.
fn compare(
    Ours { program, arguments, repeats }: &Ours<'_>,
    other: &Result<Reference, String>,
    what: &str,
) -> Result<Compared> {
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for _ in 0..*repeats {
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
    json_line(&output(Command::new(program).args(arguments))?)
}

/// What a program prints on its standard output.
pub fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("can't start {name}"))?;
    if !output.status.success() {
        bail!("{name} ended with {}", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("{name} printed something else than UTF-8"))
}

/// The last line of JSON that a program printed.
pub fn json_line(printed: &str) -> Result<Value> {
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

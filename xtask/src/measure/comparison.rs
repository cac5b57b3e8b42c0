//! `cargo xtask bench`: builds and installs what is compared, and starts the program that compares.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;
use wasm_bindgen_cli_support::Bindgen;

use super::build;
use crate::page::{self, Module, PageProfile};
use crate::process::{self, clean};
use crate::python::{Python, SPACY};
use crate::toolchain::{Toolchain, WASM_TARGET};
use crate::tools::Browser;
use crate::workspace::Workspace;

/// The environment with PyTorch: its name and packages.
const PYTORCH: (&str, &[&str]) = ("bench-pytorch", &["torch==2.15.0"]);

/// TF.js's packages with the one file of each that a page loads; none of what they depend on is needed for that.
const TFJS: [(&str, &str); 2] = [("tfjs", "tf.min.js"), ("tfjs-backend-webgpu", "tf-backend-webgpu.min.js")];
const TFJS_VERSION: &str = "4.22.0";
const NPM_LIMIT: Duration = Duration::from_secs(5 * 60);

/// Files of which a Linux machine with a GPU has at least one.
const GPU_FILES: [&str; 3] = ["/dev/nvidia0", "/dev/dri/renderD128", "/dev/dxg"];

/// The module with burn's LSTM.
const LAYER_MODULE: &str = "layer_bench";

/// What to measure.
#[derive(clap::Args)]
pub struct Comparison {
    /// Write the rows there too, and a drawing of how a step's time grows beside them
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Fewer repeats
    #[arg(long)]
    quick: bool,
    /// Compare with PyTorch (from PyPI the first time)
    #[arg(long)]
    pytorch: bool,
    /// Compare with spaCy (from PyPI the first time)
    #[arg(long)]
    spacy: bool,
    /// Compare with TF.js (from npm the first time)
    #[arg(long)]
    tfjs: bool,
    /// Compare with burn's LSTM on WebGPU in a tab (builds another module)
    #[arg(long)]
    burn_lstm: bool,
    /// Without the page and its browser
    #[arg(long)]
    no_browser: bool,
}

/// A path, or in words why there is none.
type Found = Result<PathBuf, String>;

/// Builds and installs what is asked for, measures, prints a table.
pub fn compare(workspace: &Workspace, options: &Comparison) -> Result<()> {
    let scratch = workspace.target.join("bench");
    fs::create_dir_all(&scratch).with_context(|| format!("can't make {}", scratch.display()))?;
    let training = build(workspace, "--bin", "training-bench", &[])?;
    // The program with WebGPU's kernels has the same name.
    let training = copy(&training, &scratch.join("training-bench"))?;
    let (browser, environment) = match options.no_browser {
        true => (Err("left out by --no-browser".to_owned()), Vec::new()),
        false => {
            let browser = Browser::ensure()?;
            let page = page::build(workspace, PageProfile::Release)?;
            (Ok(build(workspace, "--bin", "browser-bench", &[])?), browser.environment(&page))
        }
    };
    let programs = json!({
        "training": training,
        "gpu_training": gpu_training(workspace, &scratch)?,
        "pytorch": python(workspace, PYTORCH, options.pytorch, "--pytorch")?,
        "spacy": python(workspace, SPACY, options.spacy, "--spacy")?,
        "browser": browser,
        "tfjs": tfjs(workspace, options.tfjs)?.map(|folder| json!({ "folder": folder, "version": TFJS_VERSION })),
        "layer_module": layer_module(workspace, options)?,
        "scratch": scratch,
    });
    let file = scratch.join("programs.json");
    fs::write(&file, programs.to_string()).with_context(|| format!("can't write {}", file.display()))?;
    let mut comparison = clean(build(workspace, "--bin", "comparison", &[])?);
    comparison.arg("--programs").arg(file).envs(environment);
    if let Some(path) = &options.json {
        comparison.arg("--json").arg(path);
    }
    if options.quick {
        comparison.arg("--quick");
    }
    process::run(&mut comparison)
}

fn copy(from: &Path, to: &Path) -> Result<PathBuf> {
    fs::copy(from, to).with_context(|| format!("can't copy {}", from.display()))?;
    Ok(to.to_owned())
}

/// The training program for this machine's GPU, where there is one.
fn gpu_training(workspace: &Workspace, scratch: &Path) -> Result<Found> {
    if !GPU_FILES.iter().any(|file| Path::new(file).exists()) {
        return Ok(Err(format!("no GPU is at hand: there is none of {}", GPU_FILES.join(", "))));
    }
    let built = build(workspace, "--bin", "training-bench", &["--features", "fedner-bench/webgpu"])?;
    Ok(Ok(copy(&built, &scratch.join("training-bench-gpu"))?))
}

fn python(
    workspace: &Workspace,
    (name, packages): (&str, &[&str]),
    wanted: bool,
    option: &str,
) -> Result<Result<PathBuf, String>> {
    if !wanted {
        return Ok(Err(format!("not asked for ({option})")));
    }
    Ok(Python::ensure(workspace, name, packages)?.map(|python| python.program().to_owned()))
}

/// TF.js's files in one folder, from npm.
fn tfjs(workspace: &Workspace, wanted: bool) -> Result<Found> {
    if !wanted {
        return Ok(Err("not asked for (--tfjs)".to_owned()));
    }
    let folder = workspace.target.join("bench-tfjs");
    let (files, installed) = (folder.join("files"), folder.join("installed"));
    if fs::read_to_string(&installed).is_ok_and(|version| version == TFJS_VERSION) {
        return Ok(Ok(files));
    }
    fs::create_dir_all(&files).with_context(|| format!("can't make {}", files.display()))?;
    let mut npm = clean("npm");
    npm.current_dir(&folder).args(["pack", "--silent"]);
    npm.args(TFJS.map(|(name, _)| format!("@tensorflow/{name}@{TFJS_VERSION}")));
    if process::run_within(&mut npm, NPM_LIMIT).is_err() {
        return Ok(Err(format!("npm could not fetch TF.js {TFJS_VERSION}")));
    }
    for (name, file) in TFJS {
        let mut tar = clean("tar");
        tar.current_dir(&folder).args(["-x", "-z", "-f", &format!("tensorflow-{name}-{TFJS_VERSION}.tgz")]);
        process::run(tar.args(["-C", "files", "--strip-components=2", &format!("package/dist/{file}")]))?;
    }
    fs::write(&installed, TFJS_VERSION).with_context(|| format!("can't write {}", installed.display()))?;
    Ok(Ok(files))
}

/// The folder of the module with burn's LSTM, built for this alone: the page has no such layer.
fn layer_module(workspace: &Workspace, options: &Comparison) -> Result<Found> {
    if options.no_browser {
        return Ok(Err("left out by --no-browser".to_owned()));
    }
    if !options.burn_lstm {
        return Ok(Err("not asked for (--burn-lstm); it builds another module, which takes minutes".to_owned()));
    }
    let toolchain = Toolchain::ensure(workspace)?;
    let profile = Module::Webgpu.profile(PageProfile::Release);
    let mut cargo = toolchain.cargo("build", workspace);
    cargo.args(["--profile", profile, "--package", "fedner-client", "--example", LAYER_MODULE]);
    process::run(&mut cargo).context("the module with burn's layer could not be built")?;
    let built = workspace.wasm_target().join(WASM_TARGET).join(profile).join("examples");
    let folder = workspace.target.join("bench-layer");
    fs::create_dir_all(&folder).with_context(|| format!("can't make {}", folder.display()))?;
    let mut bindgen = Bindgen::new();
    bindgen.input_path(built.join(format!("{LAYER_MODULE}.wasm"))).web(true)?.typescript(false);
    bindgen.omit_default_module_path(false);
    bindgen.generate(&folder).context("wasm-bindgen could not take the module with burn's layer")?;
    Ok(Ok(folder))
}

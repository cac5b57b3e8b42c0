//! The checks of the file formats that take longer than the tests: fuzzing, and reading what is written with other
//! people's programs.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::process::{self, cargo, clean, find_program};
use crate::workspace::Workspace;

/// Installing from PyPI: some 200 MB.
const PIP_LIMIT: Duration = Duration::from_secs(15 * 60);

/// Where the corpora lie, from the repository's root.
const CORPORA: &str = "../shared/data";

/// Fuzzes the readers for so many minutes.
pub fn fuzz(workspace: &Workspace, minutes: u64, seed: Option<u64>) -> Result<()> {
    let mut fuzz = native(workspace);
    fuzz.args(["test", "--package", "fedner-core", "--test", "formats_fuzz"]);
    fuzz.env("FEDNER_FUZZ_MINUTES", minutes.to_string());
    if let Some(seed) = seed {
        fuzz.env("FEDNER_FUZZ_SEED", seed.to_string());
    }
    process::run(&mut fuzz)
}

/// Has spaCy, seqeval and readers of brat, BioC and PubTator from PyPI read what is written of the corpora, and compares.
pub fn check(workspace: &Workspace) -> Result<()> {
    let corpora = workspace.root.join(CORPORA);
    if !corpora.is_dir() {
        println!("left out: there are no corpora at {}", corpora.display());
        return Ok(());
    }
    let Some(python) = find_program("python3") else {
        println!("left out: there is no python3 on PATH");
        return Ok(());
    };
    let folder = workspace.root.join("tests/formats");
    let environment = workspace.target.join("formats-check/python");
    install(&python, &folder.join("requirements.txt"), &environment)?;
    let mut build = native(workspace);
    process::run(build.args(["build", "--package", "fedner-convert"]))?;
    let mut compare = clean(environment.join("bin/python"));
    compare.arg(folder.join("compare.py")).arg(workspace.target.join("debug/fedner-convert")).arg(corpora);
    process::run(compare.arg(workspace.target.join("formats-check/written")))
}

/// A virtual environment with the packages, made anew only when they change.
fn install(python: &Path, requirements: &Path, environment: &Path) -> Result<()> {
    let wanted = fs::read(requirements).with_context(|| format!("can't read {}", requirements.display()))?;
    let installed = environment.join("installed-from");
    if fs::read(&installed).ok().as_ref() == Some(&wanted) {
        return Ok(());
    }
    process::run(clean(python).args(["-m", "venv", "--clear"]).arg(environment))
        .context("python3 can't make a virtual environment; on Debian install python3-venv")?;
    let mut pip = clean(environment.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(requirements);
    process::run_within(&mut pip, PIP_LIMIT).context("the packages could not be installed from PyPI")?;
    fs::write(&installed, wanted).with_context(|| format!("can't write {}", installed.display()))
}

fn native(workspace: &Workspace) -> std::process::Command {
    let mut command = cargo();
    command.current_dir(&workspace.root).env("CARGO_TARGET_DIR", &workspace.target);
    command
}

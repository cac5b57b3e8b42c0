//! The checks of the file formats that take longer than the tests: fuzzing, and reading what is written with other
//! people's programs.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::process::{self, find_program};
use crate::python::Python;
use crate::workspace::{NATIVE, Workspace};

/// Where the corpora lie, from the repository's root.
const CORPORA: &str = "../shared/data";

/// Fuzzes the readers for so many minutes.
pub fn fuzz(workspace: &Workspace, minutes: u64, seed: Option<u64>) -> Result<()> {
    let mut fuzz = workspace.cargo();
    fuzz.arg("test").args(NATIVE).args(["--test", "formats_fuzz"]);
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
    if find_program("python3").is_none() {
        println!("left out: there is no python3 on PATH");
        return Ok(());
    }
    let folder = workspace.root.join("tests/formats");
    let requirements = folder.join("requirements.txt");
    let packages =
        fs::read_to_string(&requirements).with_context(|| format!("can't read {}", requirements.display()))?;
    let packages: Vec<&str> = packages.lines().collect();
    let python = match Python::ensure(workspace, "formats-check", &packages)? {
        Ok(python) => python,
        Err(why) => bail!("there is no Python to check with: {why}"),
    };
    let mut build = workspace.cargo();
    process::run(build.arg("build").args(NATIVE).args(["--bin", "fedner-site"]))?;
    let mut compare = python.command();
    compare.arg(folder.join("compare.py")).arg(workspace.target.join("debug/fedner-site")).arg(corpora);
    process::run(compare.arg(workspace.target.join("formats-check/written")))
}

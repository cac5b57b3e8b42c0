//! Starts the programs that measure. They are all in `tests/bench`, except the experiment in `tests/experiment` and the
//! server's own measurement of merges; all are built with the same optimisation.

mod comparison;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::page::{self, PageProfile};
use crate::process::{self, clean};
use crate::python::{Python, SPACY};
use crate::tools::Browser;
use crate::workspace::{NATIVE, Workspace};

pub use comparison::{Comparison, compare};

/// Where the corpora lie, from the repository's root.
const CORPORA: &str = "../shared/data";

/// Peak memory and throughput of a merge of 10, 100 and 1,000 updates, and how many are acknowledged a second: ignored
/// tests in the server, since a merge is not public.
const MERGE_TESTS: [&str; 2] =
    ["federation::merge_bench::acknowledged_updates_a_second", "federation::merge_bench::memory_and_throughput"];

/// Cargo for a program that measures. Dependencies are optimised in any build, so only our own packages are built again.
fn optimised(workspace: &Workspace) -> Command {
    let mut cargo = workspace.cargo();
    cargo.env("CARGO_PROFILE_DEV_OPT_LEVEL", "3");
    cargo.args(["--config", "profile.dev.package.fedner-protocol.opt-level=3"]);
    cargo
}

/// Builds a program and answers with its path. `target` is `--bin` or `--example`.
fn build(workspace: &Workspace, target: &str, name: &str, features: &[&str]) -> Result<PathBuf> {
    let mut build = optimised(workspace);
    build.args(["build", "--quiet"]).args(NATIVE).args([target, name]).args(features);
    process::run(&mut build).with_context(|| format!("{name} could not be built"))?;
    let folder = if target == "--example" { "debug/examples" } else { "debug" };
    Ok(workspace.target.join(folder).join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
}

/// What one poisoned site of seven costs the others, by aggregation.
pub fn poison(workspace: &Workspace) -> Result<()> {
    let program = build(workspace, "--bin", "poison", &[])?;
    process::run(clean(program).arg("--corpora").arg(workspace.root.join(CORPORA)))
}

/// What secure aggregation costs.
pub fn secure_aggregation(workspace: &Workspace) -> Result<()> {
    process::run(&mut clean(build(workspace, "--bin", "secagg-bench", &[])?))
}

/// What can be read from updates.
pub fn attack(workspace: &Workspace, options: &[OsString]) -> Result<()> {
    let program = build(workspace, "--bin", "fedner-attack", &[])?;
    process::run(clean(program).args(options))
}

/// How much must be annotated, by the model's uncertainty and at random.
pub fn annotation_simulation(workspace: &Workspace, args: &[OsString]) -> Result<()> {
    let program = build(workspace, "--bin", "annotation-simulation", &[])?;
    let mut run = clean(program);
    run.arg("--corpora").arg(workspace.root.join(CORPORA));
    run.arg("--out").arg(workspace.target.join("annotation-simulation"));
    process::run(run.args(args))
}

/// Flower, whose server is measured beside ours when that is asked for.
const FLOWER: (&str, &[&str]) = ("bench-flower", &["flwr==1.12.0"]);

/// How many sites one server carries, and how it lives through faults. `--flower` installs Flower from PyPI the first time.
pub fn server(workspace: &Workspace, options: &[OsString]) -> Result<()> {
    let server = build(workspace, "--bin", "fedner-server", &[])?;
    let mut run = clean(build(workspace, "--bin", "server-bench", &[])?);
    run.arg("--server").arg(server);
    for option in options {
        run.arg(option);
        if option == "--flower" {
            match Python::ensure(workspace, FLOWER.0, FLOWER.1)? {
                Ok(python) => run.arg(python.program()),
                Err(why) => bail!("Flower can't be measured: {why}"),
            };
        }
    }
    process::run(&mut run)
}

/// A merge's peak memory and throughput.
pub fn merge(workspace: &Workspace) -> Result<()> {
    let mut test = optimised(workspace);
    test.args(["test", "--quiet"]).args(NATIVE).args(["--lib", "--"]);
    process::run(test.args(["--ignored", "--exact", "--nocapture", "--test-threads=1"]).args(MERGE_TESTS))
}

/// How fluent annotating is, in the browser that the tests use.
pub fn annotating(workspace: &Workspace) -> Result<()> {
    let browser = Browser::ensure()?;
    let page = page::build(workspace, PageProfile::Release)?;
    let program = build(workspace, "--bin", "browser-bench", &[])?;
    process::run(clean(program).arg("annotating").envs(browser.environment(&page)))
}

/// Writes what each view of the page looks like to `target/screenshots`; looks at nothing itself.
pub fn screenshots(workspace: &Workspace) -> Result<()> {
    let browser = Browser::ensure()?;
    let page = page::build(workspace, PageProfile::Release)?;
    let program = build(workspace, "--bin", "browser-bench", &[])?;
    let to = workspace.target.join("screenshots");
    process::run(clean(program).arg("screenshots").arg("--to").arg(to).envs(browser.environment(&page)))
}

/// Runs the experiment with its own arguments. The method spacy gets a Python that has spaCy, where none is named.
pub fn experiment(workspace: &Workspace, mut args: Vec<OsString>) -> Result<()> {
    if wants_spacy(&args) {
        match Python::ensure(workspace, SPACY.0, SPACY.1)? {
            Ok(python) => args.extend(["--spacy-python".into(), python.program().into()]),
            Err(why) => bail!("the method spacy can't be run: {why}"),
        }
    }
    let program = build(workspace, "--example", "experiment", &[])?;
    process::run(clean(program).current_dir(&workspace.root).args(args))
}

fn wants_spacy(args: &[OsString]) -> bool {
    let texts: Vec<&str> = args.iter().filter_map(|arg| arg.to_str()).collect();
    let after = |pair: &[&str]| (pair[0] == "--methods").then(|| pair[1].to_owned());
    let mut methods: Vec<String> = texts.windows(2).filter_map(after).collect();
    methods.extend(texts.iter().filter_map(|text| text.strip_prefix("--methods=")).map(str::to_owned));
    let named = methods.iter().any(|list| list.split(',').any(|method| method.trim() == "spacy"));
    named && !texts.iter().any(|text| text.starts_with("--spacy-python"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spacy_is_installed_for_its_method_alone() {
        let wants = |line: &str| wants_spacy(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert!(wants("--quick --methods local,spacy"));
        assert!(wants("--methods=spacy"));
        assert!(!wants("--methods local --name spacy"));
        assert!(!wants("--methods spacy --spacy-python python3"));
    }
}

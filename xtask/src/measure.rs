//! Measurements that take minutes and print figures, built optimised: ignored tests, and the experiment.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Result, bail};

use crate::checks::NATIVE;
use crate::process;
use crate::python::{Python, SPACY};
use crate::workspace::Workspace;

/// A measurement: the tests that do it.
pub struct Measurement {
    target: &'static [&'static str],
    tests: &'static [&'static str],
}

/// What one poisoned site of seven costs the others, by aggregation.
pub const POISON: Measurement =
    Measurement { target: &["--test", "federation"], tests: &["poison::what_each_aggregation_loses"] };

/// Peak memory and throughput of a merge of 10, 100 and 1,000 updates, and how many are acknowledged a second.
pub const MERGE: Measurement = Measurement {
    target: &["--lib"],
    tests: &[
        "federation::merge_bench::acknowledged_updates_a_second",
        "federation::merge_bench::memory_and_throughput",
    ],
};

/// Runs a measurement; what it prints goes to standard output.
pub fn run(workspace: &Workspace, measurement: &Measurement) -> Result<()> {
    let mut test = optimised(workspace);
    test.arg("test").arg("--quiet").args(NATIVE).args(measurement.target);
    process::run(test.args(["--", "--ignored", "--exact", "--nocapture", "--test-threads=1"]).args(measurement.tests))
}

/// Runs the experiment with its own arguments. The method spacy gets a Python that has spaCy, where none is named.
pub fn experiment(workspace: &Workspace, args: impl Iterator<Item = OsString>) -> Result<()> {
    let mut args: Vec<OsString> = args.collect();
    if wants_spacy(&args) {
        match Python::ensure(workspace, SPACY.0, SPACY.1)? {
            Ok(python) => args.extend(["--spacy-python".into(), python.program().into()]),
            Err(why) => bail!("the method spacy can't be run: {why}"),
        }
    }
    process::run(optimised(workspace).arg("build").arg("--quiet").args(NATIVE).args(["--example", "experiment"]))?;
    let program = workspace.target.join("debug/examples").join(format!("experiment{}", std::env::consts::EXE_SUFFIX));
    process::run(process::clean(program).current_dir(&workspace.root).args(args))
}

fn wants_spacy(args: &[OsString]) -> bool {
    let texts: Vec<&str> = args.iter().filter_map(|arg| arg.to_str()).collect();
    let after = |pair: &[&str]| (pair[0] == "--methods").then(|| pair[1].to_owned());
    let mut methods: Vec<String> = texts.windows(2).filter_map(after).collect();
    methods.extend(texts.iter().filter_map(|text| text.strip_prefix("--methods=")).map(str::to_owned));
    let named = methods.iter().any(|list| list.split(',').any(|method| method.trim() == "spacy"));
    named && !texts.iter().any(|text| text.starts_with("--spacy-python"))
}

/// Cargo; the dependencies are optimised in any case, so only our own packages are built once more.
fn optimised(workspace: &Workspace) -> Command {
    let mut cargo = workspace.cargo();
    cargo.env("CARGO_PROFILE_DEV_OPT_LEVEL", "3");
    cargo.args(["--config", "profile.dev.package.fedner-protocol.opt-level=3"]);
    cargo
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

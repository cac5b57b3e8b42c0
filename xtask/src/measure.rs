//! Measurements that take minutes and print figures, built optimised: ignored tests, and the experiment.

use std::ffi::OsString;
use std::process::Command;

use anyhow::Result;

use crate::checks::NATIVE;
use crate::process;
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

/// Runs the experiment with its own arguments.
pub fn experiment(workspace: &Workspace, args: impl Iterator<Item = OsString>) -> Result<()> {
    process::run(optimised(workspace).arg("build").arg("--quiet").args(NATIVE).args(["--example", "experiment"]))?;
    let program = workspace.target.join("debug/examples").join(format!("experiment{}", std::env::consts::EXE_SUFFIX));
    process::run(process::clean(program).current_dir(&workspace.root).args(args))
}

/// Cargo; the dependencies are optimised in any case, so only our own packages are built once more.
fn optimised(workspace: &Workspace) -> Command {
    let mut cargo = workspace.cargo();
    cargo.env("CARGO_PROFILE_DEV_OPT_LEVEL", "3");
    cargo.args(["--config", "profile.dev.package.fedner-protocol.opt-level=3"]);
    cargo
}

//! Measurements: tests that take minutes and print figures, built optimised.

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
    let mut test = workspace.cargo();
    // The dependencies are optimised in any case, so only our own packages are built once more.
    test.env("CARGO_PROFILE_DEV_OPT_LEVEL", "3");
    test.args(["--config", "profile.dev.package.fedner-protocol.opt-level=3"]);
    test.arg("test").arg("--quiet").args(NATIVE).args(measurement.target);
    process::run(test.args(["--", "--ignored", "--exact", "--nocapture", "--test-threads=1"]).args(measurement.tests))
}

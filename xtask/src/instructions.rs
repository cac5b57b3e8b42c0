//! Instructions of some training steps, counted under valgrind: seconds differ from machine to machine and from minute to
//! minute, this hardly does.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::{NATIVE, Workspace};

/// Steps after the program's warm-up.
const STEPS: &str = "4";

/// The most instructions, in millions: what they were when this was last set, 23 November 2026, and a quarter more for
/// other compilers and processors.
const MILLIONS_MAX: u64 = 570;

/// Counts, and fails where there are too many.
pub fn check(workspace: &Workspace) -> Result<()> {
    let log = workspace.target.join("instructions.log");
    let mut test = workspace.cargo();
    test.arg("test").args(NATIVE).args(["--test", "training_memory", "--", STEPS]);
    let runner = format!("valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file={}", log.display());
    test.env(format!("CARGO_TARGET_{}_RUNNER", host()?.to_uppercase().replace('-', "_")), runner);
    process::run(&mut test)?;
    let report = fs::read_to_string(&log).with_context(|| format!("can't read {}", log.display()))?;
    let millions = collected(&report).context("callgrind printed no count")? / 1_000_000;
    println!("{millions} million instructions; at most {MILLIONS_MAX}");
    if millions > MILLIONS_MAX {
        bail!(
            "training takes {millions} million instructions, more than {MILLIONS_MAX}: look for what came into a step"
        );
    }
    Ok(())
}

/// The machine that programs are built for.
fn host() -> Result<String> {
    let version = process::output(process::clean("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not name its host")?.to_owned())
}

/// The number behind "Collected :".
fn collected(report: &str) -> Option<u64> {
    let line = report.lines().find_map(|line| line.split_once("Collected :"))?.1;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_found_in_what_callgrind_prints() {
        let report = "==9== Events    : Ir\n==9== Collected : 2840316981\n==9== \n==9== I   refs:      2,840,316,981\n";
        assert_eq!(collected(report), Some(2_840_316_981));
        assert_eq!(collected("==9== Events    : Ir\n"), None);
    }
}

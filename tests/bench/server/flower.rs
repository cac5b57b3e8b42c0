//! Flower's server with the same number of clients and parameters, on the same machine.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::load::{Load, Measured};
use super::numbers::Times;

/// What the script prints at its end.
#[derive(Deserialize)]
struct FlowerReport {
    seconds: f64,
    cpu_s: f64,
    peak_bytes: u64,
    errors: usize,
}

/// Runs Flower's server and its clients; answers with a row that has no times of single requests, for its clients don't report them.
pub fn run(python: &Path, load: &Load) -> Result<Measured> {
    let manifest = fedner_protocol::Manifest::of(&load.model.spec());
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("flower.py");
    std::fs::write(&script, include_str!("flower.py"))?;
    let mut command = Command::new(python);
    command.arg(script).args([load.sites.to_string(), load.rounds.to_string(), manifest.parameters().to_string()]);
    let output = command.output().with_context(|| format!("can't run {}", python.display()))?;
    ensure!(output.status.success(), "Flower failed: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let report: FlowerReport =
        serde_json::from_str(text.lines().last().unwrap_or_default()).context("its last line is JSON")?;
    Ok(Measured {
        server: "Flower",
        model: load.model,
        sites: load.sites,
        puts: Times::default(),
        gets: Times::default(),
        updates_a_second: f64::from(load.rounds) * load.sites as f64 / report.seconds,
        cpu_a_round: Duration::from_secs_f64(report.cpu_s / f64::from(load.rounds)),
        peak_memory: report.peak_bytes,
        errors: report.errors,
    })
}

//! burn's own bidirectional LSTM on WebGPU in a tab: a module that is built for this alone, since the page has no such layer.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;
use wasm_bindgen_cli_support::Bindgen;

use super::row::{Row, Sample};
use super::tab::{browser_report, sample};
use crate::checks;
use crate::page::{self, Module, PageProfile};
use crate::process;
use crate::toolchain::{Toolchain, WASM_TARGET};
use crate::workspace::Workspace;

const ROW: &str =
    "one BiLSTM (a gradient with it less one without) against burn::nn::BiLstm, WebGPU (software adapter), in a tab";
const TARGET: f64 = 100.0;
const MARK: &str = "bench-layer ";
const EXAMPLE: &str = "layer_bench";

/// What there would be, had it been measured.
pub fn missing(why: &str) -> Row {
    Row::missing(ROW, "steps/s", TARGET, why)
}

/// Builds the module and measures both in one tab.
pub fn measure(workspace: &Workspace) -> Result<Row> {
    let folder = build(workspace)?;
    let page = page::build(workspace, PageProfile::Release)?;
    let mut test = checks::browser_test(workspace, &page)?;
    test.env("FEDNER_LAYER_DIR", folder);
    let report: Value = browser_report(test, "bench::layer::layer", MARK)?;
    row(&report)
}

/// From the milliseconds of each side.
fn row(report: &Value) -> Result<Row> {
    let [fused, without, composed] = ["fused", "without", "composed"].map(|side| sample(report, side));
    let (fused, rest, composed) = (fused?, without?.median, composed?);
    let layer = Sample { median: fused.median - rest, least: fused.least - rest, most: fused.most - rest };
    if layer.least <= 0.0 {
        return Ok(missing("a gradient with the layer took no longer than one without"));
    }
    Ok(Row::compare(ROW, "steps/s", (a_second(layer), Ok(a_second(composed))), TARGET))
}

/// Of milliseconds.
fn a_second(Sample { median, least, most }: Sample) -> Sample {
    Sample { median: 1e3 / median, least: 1e3 / most, most: 1e3 / least }
}

/// The module with its JavaScript; says in which folder.
fn build(workspace: &Workspace) -> Result<PathBuf> {
    let toolchain = Toolchain::ensure(workspace)?;
    let profile = Module::Webgpu.profile(PageProfile::Release);
    let mut cargo = toolchain.cargo("build", workspace);
    cargo.args(["--profile", profile, "--package", "fedner-client", "--example", EXAMPLE]);
    process::run(&mut cargo).context("the module with burn's layer could not be built")?;
    let wasm = workspace.wasm_target().join(WASM_TARGET).join(profile).join("examples").join(format!("{EXAMPLE}.wasm"));
    let folder = workspace.target.join("bench-layer");
    fs::create_dir_all(&folder).with_context(|| format!("can't make {}", folder.display()))?;
    let mut bindgen = Bindgen::new();
    bindgen.input_path(wasm).web(true)?.typescript(false).omit_default_module_path(false);
    bindgen.generate(&folder).context("wasm-bindgen could not take the module with burn's layer")?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_layers_time_is_what_a_gradient_takes_longer_with_it() {
        let report = |fused: [f64; 3]| json!({"fused": fused, "without": [90.0, 100.0, 110.0], "composed": [20000.0]});
        let found = row(&report([250.0, 300.0, 350.0])).unwrap().as_json();
        assert_eq!((found["ratio"].as_f64(), found["ours"]["median"].as_f64()), (Some(100.0), Some(5.0)));
        assert!(row(&report([95.0, 300.0, 350.0])).unwrap().as_json()["ratio"].is_null());
    }
}

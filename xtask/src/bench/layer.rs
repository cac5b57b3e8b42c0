//! burn's own bidirectional LSTM on WebGPU in a tab: a module that is built for this alone, since the page has no such layer.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;
use wasm_bindgen_cli_support::Bindgen;

use super::row::Row;
use super::tab::{browser_report, sample};
use crate::checks;
use crate::page::{self, Module, PageProfile};
use crate::process;
use crate::toolchain::{Toolchain, WASM_TARGET};
use crate::workspace::Workspace;

const ROW: &str =
    "a gradient of a model with one BiLSTM against burn::nn::BiLstm alone, WebGPU (software adapter), in a tab";
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
    let side = |name: &str| sample(&report, name);
    Ok(Row::compare(ROW, "steps/s", (side("fused")?, Ok(side("composed")?)), TARGET))
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

//! How much people download, and how much they may.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

use super::compress::with_ending;
use super::module::{Module, PageProfile};
use crate::workspace::Workspace;

/// The most that a module and its script may have, in bytes with brotli; 1 MB is 1,000,000 bytes.
fn budget(module: Module) -> u64 {
    match module {
        Module::Cpu | Module::CpuRelaxed => 600_000,
        Module::Files => 300_000,
        Module::Masking => 150_000,
        Module::Encoder | Module::EncoderRelaxed => 150_000,
        Module::Webgpu => 1_800_000,
    }
}

/// Prints the size of each built module, and fails where one is over its budget.
pub fn check(workspace: &Workspace) -> Result<()> {
    println!("{:<11} {:>12} {:>12} {:>12} {:>12}", "bytes", "raw", "gzip", "brotli", "budget");
    let mut over = Vec::new();
    for module in Module::ALL {
        let package = module.package(workspace, PageProfile::Release);
        let [raw, gzip, brotli] = ["", ".gz", ".br"].map(|ending| download(module, &package, ending));
        let (brotli, budget) = (brotli?, budget(module));
        println!("{:<11} {:>12} {:>12} {brotli:>12} {budget:>12}", module.name(), raw?, gzip?);
        if brotli > budget {
            over.push(format!("{} is {} bytes over its budget", module.name(), brotli - budget));
        }
    }
    if !over.is_empty() {
        bail!("{}: look for what came in with the last dependency or at a larger opt-level", over.join(", "));
    }
    Ok(())
}

/// Bytes of a module and its script, in one of their forms.
fn download(module: Module, package: &Path, ending: &str) -> Result<u64> {
    let files = [module.wasm_file(), module.script_file()];
    let sizes = files.map(|file| Ok(fs::metadata(with_ending(&package.join(file), ending))?.len()));
    sizes.into_iter().sum()
}

//! The wasm modules and the JavaScript around each.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Instant, UNIX_EPOCH};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::compress;
use crate::process;
use crate::report::seconds;
use crate::toolchain::{Toolchain, WASM_TARGET};
use crate::workspace::Workspace;

/// The module itself, as wasm-bindgen names it.
pub const WASM_FILE: &str = "fedner_client_bg.wasm";

/// The JavaScript around it, which looks for the module beside itself.
pub const SCRIPT_FILE: &str = "fedner_client.js";

/// How much the modules are optimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageProfile {
    /// For people: small and fast.
    Release,
    /// For development: quick to rebuild. One module serves as all, and nothing is compressed.
    Dev,
}

/// A download of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Module {
    /// Computes on the CPU alone; what a page starts with.
    Cpu,
    /// The same with relaxed SIMD, for browsers that have it: the multiplications of training take a fifth less time.
    CpuRelaxed,
    /// Computes with WebGPU or on the CPU; fetched when a GPU is to be used.
    Webgpu,
}

impl Module {
    /// All of them.
    pub const ALL: [Module; 3] = [Module::Cpu, Module::CpuRelaxed, Module::Webgpu];

    /// Its name in paths and in the page.
    pub fn name(self) -> &'static str {
        match self {
            Module::Cpu => "cpu",
            Module::CpuRelaxed => "cpu_relaxed",
            Module::Webgpu => "webgpu",
        }
    }

    /// The cargo profile's name, which is its folder's name too: all modules have one file name.
    pub fn profile(self, profile: PageProfile) -> &'static str {
        match (profile, self) {
            (PageProfile::Dev, _) => "page-dev",
            (PageProfile::Release, Module::Cpu) => "page-cpu",
            (PageProfile::Release, Module::CpuRelaxed) => "page-cpu-relaxed",
            (PageProfile::Release, Module::Webgpu) => "page-webgpu",
        }
    }

    /// What is given to cargo, beside the profile.
    fn features(self, profile: PageProfile) -> &'static [&'static str] {
        match (profile, self) {
            (PageProfile::Release, Module::Cpu) => &["--no-default-features"],
            (PageProfile::Release, Module::CpuRelaxed) => &["--no-default-features", "--features", "relaxed-simd"],
            _ => &[],
        }
    }

    /// Where its package is put together.
    pub fn package(self, workspace: &Workspace, profile: PageProfile) -> PathBuf {
        let module = if profile == PageProfile::Dev { "dev" } else { self.name() };
        workspace.target.join("page-modules").join(module)
    }
}

/// Builds all modules, each with its JavaScript and, for people, its compressed forms. Answers with their folders.
pub fn build(workspace: &Workspace, toolchain: Toolchain, profile: PageProfile) -> Result<[PathBuf; 3]> {
    for module in Module::ALL {
        let wasm = compile(workspace, toolchain, module, profile)?;
        bind(&wasm, profile, &module.package(workspace, profile))?;
    }
    Ok(Module::ALL.map(|module| module.package(workspace, profile)))
}

fn compile(workspace: &Workspace, toolchain: Toolchain, module: Module, profile: PageProfile) -> Result<PathBuf> {
    let folder = module.profile(profile);
    let wasm = workspace.wasm_target().join(WASM_TARGET).join(folder).join("fedner_client.wasm");
    let first = if wasm.exists() { "" } else { "; the first time takes 10 to 30 minutes, later only what changed" };
    println!("Building the page's module {}{first}", module.name());
    let mut cargo = toolchain.cargo("build", workspace);
    cargo.args(["--profile", folder, "--package", "fedner-client"]).args(module.features(profile));
    process::run(&mut cargo).with_context(|| format!("the page's module {} could not be built", module.name()))?;
    Ok(wasm)
}

/// Makes the JavaScript around the module, unless it was made from this very module already.
fn bind(wasm: &Path, profile: PageProfile, package: &Path) -> Result<()> {
    let stamp_file = package.with_extension("stamp");
    let stamp = stamp(wasm)?;
    let made = [SCRIPT_FILE, WASM_FILE].iter().all(|file| package.join(file).is_file());
    if made && fs::read_to_string(&stamp_file).is_ok_and(|old| old == stamp) {
        return Ok(());
    }
    let start = Instant::now();
    if package.exists() {
        fs::remove_dir_all(package).with_context(|| format!("can't remove {}", package.display()))?;
    }
    let mut bindgen = Bindgen::new();
    bindgen.input_path(wasm).web(true)?.typescript(false);
    bindgen
        .debug(false)
        .keep_debug(false)
        .remove_name_section(profile == PageProfile::Release)
        .remove_producers_section(true)
        // The worker calls init() without an argument: the module lies beside its script.
        .omit_default_module_path(false);
    bindgen.generate(package).context("wasm-bindgen could not take the module")?;
    if profile == PageProfile::Release {
        for file in [SCRIPT_FILE, WASM_FILE] {
            compress::beside(&package.join(file))?;
        }
    }
    // The stamp last: whatever was interrupted is made anew.
    fs::write(&stamp_file, stamp).with_context(|| format!("can't write {}", stamp_file.display()))?;
    let size = fs::metadata(package.join(WASM_FILE))?.len() as f64 / 1e6;
    println!("wasm-bindgen: {size:.1} MB of wasm ({})", seconds(start.elapsed()));
    Ok(())
}

/// Names the state of the module: which one, how long, written when.
fn stamp(wasm: &Path) -> Result<String> {
    let metadata = fs::metadata(wasm).with_context(|| format!("the build made no {}", wasm.display()))?;
    let written = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(format!("{} {} {}", wasm.display(), metadata.len(), written.as_nanos()))
}

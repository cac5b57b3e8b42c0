//! The wasm modules and the JavaScript around each.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Instant, UNIX_EPOCH};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::compress;
use super::freshness;
use crate::build_times::Part;
use crate::report::seconds;
use crate::toolchain::{Toolchain, WASM_TARGET};
use crate::workspace::Workspace;

/// How much the modules are optimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageProfile {
    /// For people: small and fast.
    Release,
    /// For development: quick to rebuild. One module of the engine serves as all, and nothing is compressed.
    Dev,
}

impl PageProfile {
    /// With or without `--dev`.
    pub fn chosen(dev: bool) -> PageProfile {
        if dev { PageProfile::Dev } else { PageProfile::Release }
    }

    /// What is built, in this order.
    pub fn modules(self) -> &'static [Module] {
        match self {
            PageProfile::Release => &Module::ALL,
            PageProfile::Dev => &[Module::Cpu, Module::Files, Module::Masking, Module::Encoder],
        }
    }
}

/// A wasm module that the page fetches: the engine in three forms, and what is of use without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Module {
    /// The engine that computes on the CPU alone; what a page starts with.
    Cpu,
    /// Reads and writes files of notes; fetched at the first import.
    Files,
    /// Secure aggregation's cryptography; fetched for the first federation that asks for it.
    Masking,
    /// The engine with relaxed SIMD, for browsers that have it: the multiplications of training take a fifth less time.
    CpuRelaxed,
    /// The engine that computes with WebGPU or on the CPU; fetched when a GPU is to be used.
    Webgpu,
    /// Reads notes with a pretrained encoder; fetched with the first pack.
    Encoder,
    /// The same with relaxed SIMD.
    EncoderRelaxed,
}

impl Module {
    /// All of them, what the page can't do without first.
    pub const ALL: [Module; 7] = [
        Module::Cpu,
        Module::Files,
        Module::Masking,
        Module::CpuRelaxed,
        Module::Encoder,
        Module::EncoderRelaxed,
        Module::Webgpu,
    ];

    /// Whether the page can be used without it.
    pub fn is_optional(self) -> bool {
        !matches!(self, Module::Cpu | Module::Files)
    }

    /// Its name in paths and in the page.
    pub fn name(self) -> &'static str {
        match self {
            Module::Cpu => "cpu",
            Module::Files => "files",
            Module::Masking => "masking",
            Module::CpuRelaxed => "cpu_relaxed",
            Module::Webgpu => "webgpu",
            Module::Encoder => "encoder",
            Module::EncoderRelaxed => "encoder_relaxed",
        }
    }

    /// The cargo profile's name, which is its folder's name too: all modules have one file name.
    pub fn profile(self, profile: PageProfile) -> &'static str {
        match (profile, self) {
            (PageProfile::Dev, _) => "page-dev",
            (PageProfile::Release, Module::Cpu | Module::Files | Module::Masking | Module::Encoder) => "page-cpu",
            (PageProfile::Release, Module::CpuRelaxed | Module::EncoderRelaxed) => "page-cpu-relaxed",
            (PageProfile::Release, Module::Webgpu) => "page-webgpu",
        }
    }

    /// The cargo package that it is built from.
    pub fn cargo_package(self) -> &'static str {
        match self {
            Module::Files => "fedner-files",
            Module::Masking => "fedner-masking",
            Module::Encoder | Module::EncoderRelaxed => "fedner-encoder-module",
            Module::Cpu | Module::CpuRelaxed | Module::Webgpu => "fedner-client",
        }
    }

    /// The module itself, as wasm-bindgen names it.
    pub fn wasm_file(self) -> String {
        format!("{}_bg.wasm", self.library())
    }

    /// The JavaScript around it, which looks for the module beside itself.
    pub fn script_file(self) -> String {
        format!("{}.js", self.library())
    }

    fn library(self) -> String {
        self.cargo_package().replace('-', "_")
    }

    /// What is given to cargo, beside the profile.
    fn features(self, profile: PageProfile) -> &'static [&'static str] {
        match (profile, self) {
            (PageProfile::Release, Module::Cpu) => &["--no-default-features"],
            (PageProfile::Release, Module::CpuRelaxed) => &["--no-default-features", "--features", "relaxed-simd"],
            (PageProfile::Release, Module::EncoderRelaxed) => &["--features", "relaxed-simd"],
            _ => &[],
        }
    }

    /// Cargo's command that builds it.
    pub fn cargo(self, workspace: &Workspace, toolchain: Toolchain, profile: PageProfile) -> Command {
        let mut cargo = toolchain.cargo("build", workspace);
        cargo
            .args(["--profile", self.profile(profile), "--package", self.cargo_package()])
            .args(self.features(profile));
        cargo
    }

    /// Makes the package of what cargo has built: its JavaScript and, for people, the compressed forms. Says where it is.
    pub fn bind(self, workspace: &Workspace, profile: PageProfile) -> Result<PathBuf> {
        let package = self.package(workspace, profile);
        self.bind_to(&self.wasm(workspace, profile), profile, &package)?;
        Ok(package)
    }

    /// What cargo builds.
    fn wasm(self, workspace: &Workspace, profile: PageProfile) -> PathBuf {
        workspace.wasm_target().join(WASM_TARGET).join(self.profile(profile)).join(format!("{}.wasm", self.library()))
    }

    /// The module as a part to build.
    pub fn part(self, workspace: &Workspace, profile: PageProfile) -> Part {
        let (name, typical_s) = match self {
            Module::Files => ("the page's module files", 40),
            Module::Masking => ("the page's module masking", 30),
            Module::Encoder => ("the page's module encoder", 40),
            Module::EncoderRelaxed => ("the page's module encoder_relaxed", 40),
            _ if profile == PageProfile::Dev => ("the page's module for development", 180),
            Module::Cpu => ("the page's module cpu", 120),
            Module::CpuRelaxed => ("the page's module cpu_relaxed", 120),
            Module::Webgpu => ("the page's module webgpu", 290),
        };
        Part { name, first: !self.wasm(workspace, profile).exists(), typical_s }
    }

    /// Whether its package is there and no source of it has changed since. Says no where that isn't certain: building then finds out.
    pub fn is_built(self, workspace: &Workspace, profile: PageProfile) -> bool {
        let wasm = self.wasm(workspace, profile);
        self.is_bound(&wasm, &self.package(workspace, profile)) && freshness::is_fresh(&wasm, &workspace.root)
    }

    /// Where its package is put together.
    pub fn package(self, workspace: &Workspace, profile: PageProfile) -> PathBuf {
        let module = match (profile, self) {
            (PageProfile::Release, _) => self.name(),
            (PageProfile::Dev, Module::Files) => "dev-files",
            (PageProfile::Dev, Module::Masking) => "dev-masking",
            (PageProfile::Dev, Module::Encoder | Module::EncoderRelaxed) => "dev-encoder",
            (PageProfile::Dev, _) => "dev",
        };
        workspace.target.join("page-modules").join(module)
    }

    /// Makes the JavaScript around the module, unless it was made from this very module already.
    fn bind_to(self, wasm: &Path, profile: PageProfile, package: &Path) -> Result<()> {
        if self.is_bound(wasm, package) {
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
            for file in [self.script_file(), self.wasm_file()] {
                compress::beside(&package.join(file))?;
            }
        }
        // The stamp last: whatever was interrupted is made anew.
        let stamp_file = stamp_file(package);
        fs::write(&stamp_file, stamp(wasm)?).with_context(|| format!("can't write {}", stamp_file.display()))?;
        let size = fs::metadata(package.join(self.wasm_file()))?.len() as f64 / 1e6;
        println!("wasm-bindgen: {size:.1} MB of wasm ({})", seconds(start.elapsed()));
        Ok(())
    }

    /// Whether the package was made from this very module.
    fn is_bound(self, wasm: &Path, package: &Path) -> bool {
        let made = [self.script_file(), self.wasm_file()].iter().all(|file| package.join(file).is_file());
        made && fs::read_to_string(stamp_file(package)).is_ok_and(|old| stamp(wasm).is_ok_and(|new| old == new))
    }
}

/// Where the state of the module is noted that a package was made from.
fn stamp_file(package: &Path) -> PathBuf {
    package.with_extension("stamp")
}

/// Names the state of the module: which one, how long, written when.
fn stamp(wasm: &Path) -> Result<String> {
    let metadata = fs::metadata(wasm).with_context(|| format!("the build made no {}", wasm.display()))?;
    let written = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(format!("{} {} {}", wasm.display(), metadata.len(), written.as_nanos()))
}

//! The page's build: the wasm modules, their JavaScript by wasm-bindgen, and the files of `www/`, together in `target/page`.
//!
//! What has its content's hash in its path is below [`tree::IMMUTABLE`] and is kept by browsers for good; `index.html`
//! alone keeps its name and says where the rest is.

mod compress;
mod freshness;
mod index;
mod module;
mod size;
mod tree;

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::build_times::BuildTimes;
use crate::process;
use crate::report::seconds;
use crate::toolchain::Toolchain;
use crate::workspace::Workspace;

pub use module::{Module, PageProfile};
pub use size::check as check_sizes;
pub use tree::Earlier;
use tree::Packages;

/// Builds the page and says where it is; does only what has changed.
pub fn build(workspace: &Workspace, profile: PageProfile) -> Result<PathBuf> {
    let start = Instant::now();
    let toolchain = Toolchain::ensure(workspace)?;
    let mut page = Page::new(workspace, profile);
    let modules = profile.modules();
    for (at, module) in modules.iter().enumerate() {
        let (part, mut times) = (module.part(workspace, profile), BuildTimes::load(workspace));
        println!("Building {} ({} of {}): {}", part.name, at + 1, modules.len(), times.estimate(part));
        let start = Instant::now();
        page.add(toolchain, *module, process::run)?;
        times.record(part, start.elapsed())?;
    }
    let folder = page.compose(Earlier::Remove)?;
    println!("The page is in {} ({})", folder.display(), seconds(start.elapsed()));
    Ok(folder)
}

/// Lays out the files of `www/` anew around the modules that the last build has left, however old they are.
pub fn lay_out(workspace: &Workspace, profile: PageProfile) -> Result<PathBuf> {
    let mut page = Page::new(workspace, profile);
    for module in profile.modules() {
        let package = module.package(workspace, profile);
        ensure!(package.is_dir(), "the module {} was never built; build the page first", module.name());
        page.packages.insert(*module, package);
    }
    page.compose(Earlier::Remove)
}

/// A page with the modules that are built so far.
pub struct Page<'w> {
    workspace: &'w Workspace,
    profile: PageProfile,
    packages: Packages,
}

impl<'w> Page<'w> {
    /// Without any module.
    pub fn new(workspace: &'w Workspace, profile: PageProfile) -> Page<'w> {
        Page { workspace, profile, packages: Packages::new() }
    }

    /// With the modules that an earlier build has left and that are still right.
    pub fn with_built_modules(workspace: &'w Workspace, profile: PageProfile) -> Page<'w> {
        let mut page = Page::new(workspace, profile);
        for module in profile.modules().iter().filter(|module| module.is_built(workspace, profile)) {
            page.packages.insert(*module, module.package(workspace, profile));
        }
        page
    }

    /// Builds a module, unless that was done.
    ///
    /// `run` runs cargo.
    pub fn add(
        &mut self,
        toolchain: Toolchain,
        module: Module,
        run: impl FnOnce(&mut Command) -> Result<()>,
    ) -> Result<()> {
        run(&mut module.cargo(self.workspace, toolchain, self.profile))
            .with_context(|| format!("the page's module {} could not be built", module.name()))?;
        self.packages.insert(module, module.bind(self.workspace, self.profile)?);
        Ok(())
    }

    /// The modules that it does not have yet, the most important one first.
    pub fn missing(&self) -> Vec<Module> {
        self.profile.modules().iter().copied().filter(|module| !self.packages.contains_key(module)).collect()
    }

    /// Writes it to the folder that is served, and says which.
    pub fn compose(&self, earlier: Earlier) -> Result<PathBuf> {
        let folder = self.workspace.page();
        let mut packages = self.packages.clone();
        if self.profile == PageProfile::Dev
            && let Some(one) = packages.get(&Module::Cpu).cloned()
        {
            packages.extend([Module::CpuRelaxed, Module::Webgpu].map(|module| (module, one.clone())));
        }
        tree::compose(&self.workspace.root.join("www"), &packages, &folder, self.profile, earlier)?;
        Ok(folder)
    }
}

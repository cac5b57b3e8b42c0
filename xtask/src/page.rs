//! The page's build: the wasm module, its JavaScript by wasm-bindgen, and the files of `www/`, together in `target/page`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Instant, UNIX_EPOCH};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::files;
use crate::process;
use crate::report::seconds;
use crate::toolchain::{Toolchain, WASM_TARGET};
use crate::workspace::Workspace;

/// The folder of the built page that holds the wasm package.
const PACKAGE: &str = "pkg";

/// What wasm-bindgen writes there.
const PACKAGE_FILES: [&str; 3] = ["fedner_client.js", "fedner_client_bg.wasm", "fedner_client.d.ts"];

/// What is in `www/` for development only, by its first path part.
const NOT_SERVED: [&str; 6] = ["package.json", "package-lock.json", "tsconfig.json", "node_modules", "test", "types"];

/// How much the module is optimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageProfile {
    /// For people: small and fast.
    Release,
    /// For development: quick to rebuild.
    Dev,
}

impl PageProfile {
    /// The cargo profile's name, which is its folder's name too.
    pub fn name(self) -> &'static str {
        match self {
            PageProfile::Release => "page",
            PageProfile::Dev => "page-dev",
        }
    }
}

/// Builds the page and says where it is; does only what has changed.
pub fn build(workspace: &Workspace, profile: PageProfile) -> Result<PathBuf> {
    let start = Instant::now();
    let toolchain = Toolchain::ensure(workspace)?;
    let module = build_module(workspace, toolchain, profile)?;
    let page = workspace.page();
    bind(&module, profile, &page.join(PACKAGE), &workspace.target.join("page.stamp"))?;
    files::mirror(&workspace.root.join("www"), &page, PACKAGE, served)?;
    println!("The page is in {} ({})", page.display(), seconds(start.elapsed()));
    Ok(page)
}

fn build_module(workspace: &Workspace, toolchain: Toolchain, profile: PageProfile) -> Result<PathBuf> {
    let module = workspace.wasm_target().join(WASM_TARGET).join(profile.name()).join("fedner_client.wasm");
    if module.exists() {
        println!("Building the page's module");
    } else {
        println!("Building the page's module; the first time takes 10 to 30 minutes, later only what changed");
    }
    let mut cargo = toolchain.cargo("build", workspace);
    process::run(cargo.args(["--profile", profile.name(), "--package", "fedner-client"]))
        .context("the page's module could not be built")?;
    Ok(module)
}

/// Makes the JavaScript around the module, unless it was made from this very module already.
fn bind(module: &Path, profile: PageProfile, package: &Path, stamp_file: &Path) -> Result<()> {
    let stamp = stamp(module)?;
    let made = PACKAGE_FILES.iter().all(|file| package.join(file).is_file());
    if made && fs::read_to_string(stamp_file).is_ok_and(|old| old == stamp) {
        return Ok(());
    }
    let start = Instant::now();
    if package.exists() {
        fs::remove_dir_all(package).with_context(|| format!("can't remove {}", package.display()))?;
    }
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).web(true)?.typescript(true);
    bindgen
        .debug(false)
        .keep_debug(false)
        .remove_name_section(profile == PageProfile::Release)
        .remove_producers_section(true)
        // The worker calls init() without an argument: the module lies beside its script.
        .omit_default_module_path(false);
    bindgen.generate(package).context("wasm-bindgen could not take the module")?;
    fs::write(stamp_file, stamp).with_context(|| format!("can't write {}", stamp_file.display()))?;
    let size = fs::metadata(package.join(PACKAGE_FILES[1]))?.len() as f64 / 1e6;
    println!("wasm-bindgen: {size:.1} MB of wasm ({})", seconds(start.elapsed()));
    Ok(())
}

/// Names the state of the module: which one, how long, written when.
fn stamp(module: &Path) -> Result<String> {
    let metadata = fs::metadata(module).with_context(|| format!("the build made no {}", module.display()))?;
    let written = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(format!("{} {} {}", module.display(), metadata.len(), written.as_nanos()))
}

fn served(path: &Path) -> bool {
    let first = path.components().next().and_then(|part| part.as_os_str().to_str());
    first.is_some_and(|name| !NOT_SERVED.contains(&name) && !name.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn development_files_are_not_served() {
        for path in ["package.json", "test/bus.test.mjs", "tsconfig.json", ".eslintrc", "node_modules/a/b.js"] {
            assert!(!served(Path::new(path)), "{path}");
        }
        for path in ["index.html", "ui/test.js", "samples/index.json"] {
            assert!(served(Path::new(path)), "{path}");
        }
    }
}

//! Where things are: the repository's root and its target folder, as cargo itself says.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process::{self, cargo};

/// The native packages: all but the browser's module, and this tool, which has a profile of its own. Always the same
/// selection, so that cargo builds each dependency with one set of features, once.
pub const NATIVE: &[&str] = &["--workspace", "--exclude", "fedner-client", "--exclude", "xtask"];

/// The repository's folders.
pub struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub root: PathBuf,
    /// Where cargo builds; follows `CARGO_TARGET_DIR` and cargo's configuration.
    pub target: PathBuf,
}

impl Workspace {
    /// Asks cargo about the workspace around the current folder.
    pub fn find() -> Result<Workspace> {
        let metadata = process::output(cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
        let metadata: Value =
            serde_json::from_str(&metadata).context("cargo metadata printed something else than JSON")?;
        Ok(Workspace { root: folder(&metadata, "workspace_root")?, target: folder(&metadata, "target_directory")? })
    }

    /// Cargo on this workspace, in its build folder.
    pub fn cargo(&self) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// The build folder of everything made for wasm32; its own, so that no native build waits for its lock.
    pub fn wasm_target(&self) -> PathBuf {
        self.target.join("wasm")
    }

    /// The built page, ready to be served.
    pub fn page(&self) -> PathBuf {
        self.target.join("page")
    }
}

fn folder(metadata: &Value, field: &str) -> Result<PathBuf> {
    let path = metadata[field].as_str().with_context(|| format!("cargo metadata has no field {field}"))?;
    Ok(PathBuf::from(path))
}

//! What the server and the page are built of, as cargo tells it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process;
use crate::toolchain::WASM_TARGET;
use crate::workspace::Workspace;

/// Beginnings of the names of files that hold a licence.
const LICENCE_FILES: [&str; 5] = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"];

/// A package from a registry, or one of ours.
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence as an SPDX expression, if it names one.
    pub licence: Option<String>,
    /// SHA-256 of its archive, as `Cargo.lock` has it; none for ours.
    pub checksum: Option<String>,
    folder: PathBuf,
}

/// The packages that are in the server or in the page: what is used to build or test alone is not among them.
pub fn of(workspace: &Workspace) -> Result<Vec<Package>> {
    let mut built = BTreeSet::new();
    for (package, target) in [("fedner-server", None), ("fedner-client", Some(WASM_TARGET))] {
        let mut tree = workspace.cargo();
        tree.args(["tree", "--package", package, "--edges", "normal", "--prefix", "none", "--format", "{p}"]);
        tree.args(target.into_iter().flat_map(|target| ["--target", target]));
        let tree = process::output(&mut tree)?;
        built.extend(tree.lines().filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?.to_owned(), words.next()?.trim_start_matches('v').to_owned()))
        }));
    }
    let metadata = process::output(workspace.cargo().args(["metadata", "--format-version", "1", "--locked"]))?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata printed something else than JSON")?;
    let checksums = checksums(&workspace.root.join("Cargo.lock"))?;
    let all = metadata["packages"].as_array().context("cargo metadata has no packages")?;
    let packages = all.iter().map(|package| read(package, &checksums)).collect::<Result<Vec<_>>>()?;
    let mut packages: Vec<_> =
        packages.into_iter().filter(|p| built.contains(&(p.name.clone(), p.version.clone()))).collect();
    packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Ok(packages)
}

fn read(package: &Value, checksums: &BTreeMap<(String, String), String>) -> Result<Package> {
    let text = |field: &str| package[field].as_str().map(str::to_owned);
    let name = text("name").context("a package has no name")?;
    let version = text("version").with_context(|| format!("{name} has no version"))?;
    let manifest = PathBuf::from(text("manifest_path").with_context(|| format!("{name} has no manifest"))?);
    let folder = manifest.parent().map(Path::to_owned).unwrap_or_default();
    let checksum = checksums.get(&(name.clone(), version.clone())).cloned();
    Ok(Package { name, version, licence: text("license"), checksum, folder })
}

/// By name and version.
fn checksums(lock: &Path) -> Result<BTreeMap<(String, String), String>> {
    let text = fs::read_to_string(lock).with_context(|| format!("can't read {}", lock.display()))?;
    let value = |block: &str, key: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(key))?;
        Some(line.trim_start_matches(" = ").trim_matches('"').to_owned())
    };
    let blocks = text.split("[[package]]");
    Ok(blocks
        .filter_map(|block| Some(((value(block, "name")?, value(block, "version")?), value(block, "checksum")?)))
        .collect())
}

/// The licence texts of all packages of others; equal texts stand once, with the names of all that bear them.
pub fn licences(packages: &[Package]) -> Result<String> {
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut without = Vec::new();
    for package in packages.iter().filter(|package| package.checksum.is_some()) {
        let title = format!("{} {} ({})", package.name, package.version, package.licence.as_deref().unwrap_or("-"));
        let found = texts_in(&package.folder)?;
        if found.is_empty() {
            without.push(title.clone());
        }
        for text in found {
            texts.entry(text).or_default().push(title.clone());
        }
    }
    let mut all = "Packages of others in this program and its page, with the texts of their licences.\n".to_owned();
    for (text, titles) in texts {
        all += &format!("\n{}\n{}\n\n{}\n", "=".repeat(80), titles.join("\n"), text.trim());
    }
    if !without.is_empty() {
        let line = "=".repeat(80);
        all += &format!("\n{line}\nThese name their licence and bring no text of it:\n{}\n", without.join("\n"));
    }
    Ok(all)
}

fn texts_in(folder: &Path) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| format!("can't read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_ascii_uppercase();
        if path.is_file() && LICENCE_FILES.iter().any(|beginning| name.starts_with(beginning)) {
            let bytes = fs::read(&path).with_context(|| format!("can't read {}", path.display()))?;
            texts.push(String::from_utf8_lossy(&bytes).replace("\r\n", "\n"));
        }
    }
    texts.sort();
    Ok(texts)
}

//! `cargo xtask dist`: the folder that an operator downloads. One program that carries the page, what it is built of, and
//! how to run it.

mod append;
mod packages;
mod sbom;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::files;
use crate::page::{self, PageProfile};
use crate::process::{self, clean};
use crate::workspace::Workspace;

use packages::Package;

/// A program without any library of the system's.
const STATIC_TARGET: &str = "x86_64-unknown-linux-musl";

/// What is copied from the repository, and to where.
const COPIED: [(&str, &str); 12] = [
    ("LICENSE-MIT", "LICENSE-MIT"),
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("server/README.md", "README.md"),
    ("server/fedner.example.toml", "fedner.example.toml"),
    ("server/deploy/docker/Dockerfile", "Dockerfile"),
    ("server/deploy/systemd/fedner-server.service", "systemd/fedner-server.service"),
    ("server/deploy/compose/compose.yaml", "compose/compose.yaml"),
    ("server/deploy/compose/nginx.conf", "compose/nginx.conf"),
    ("server/deploy/kubernetes/fedner.yaml", "kubernetes/fedner.yaml"),
    ("server/deploy/monitoring/alerts.yaml", "monitoring/alerts.yaml"),
    ("server/deploy/monitoring/grafana.json", "monitoring/grafana.json"),
    ("server/deploy/monitoring/prometheus.yaml", "monitoring/prometheus.yaml"),
];

/// How it is made.
#[derive(clap::Args)]
pub struct Dist {
    /// With the page that target/page holds, as it is
    #[arg(long)]
    built_page: bool,
}

/// Builds everything and writes it to `target/dist`.
pub fn run(workspace: &Workspace, options: &Dist) -> Result<()> {
    let page = if options.built_page { workspace.page() } else { page::build(workspace, PageProfile::Release)? };
    let dist = workspace.target.join("dist");
    if dist.exists() {
        fs::remove_dir_all(&dist).with_context(|| format!("can't remove {}", dist.display()))?;
    }
    let archive = append::archive(&page)?;
    println!("The page: {} bytes, SHA-256 {}", archive.len(), hex(&Sha256::digest(&archive)));
    fs::create_dir_all(&dist).with_context(|| format!("can't make {}", dist.display()))?;
    append::write(&server(workspace, None)?, &archive, &dist.join("fedner-server"))?;
    if has_target(STATIC_TARGET) {
        append::write(&server(workspace, Some(STATIC_TARGET))?, &archive, &dist.join("fedner-server-static"))?;
    } else {
        println!("Without the static program: rustup target add {STATIC_TARGET} would make it possible");
    }
    let packages = packages::of(workspace)?;
    files::write(&dist.join("THIRD-PARTY-LICENSES.txt"), packages::licences(&packages)?.as_bytes())?;
    files::write(&dist.join("fedner-server.cdx.json"), sbom::cyclonedx(&packages)?.as_bytes())?;
    for (from, to) in COPIED {
        let from = workspace.root.join(from);
        files::write(&dist.join(to), &fs::read(&from).with_context(|| format!("can't read {}", from.display()))?)?;
    }
    write_sums(&dist)?;
    println!("It is in {}", dist.display());
    Ok(())
}

/// Builds the server in release mode, for this machine or another target.
fn server(workspace: &Workspace, target: Option<&str>) -> Result<PathBuf> {
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--release", "--locked", "--package", "fedner-server"]);
    cargo.args(target.into_iter().flat_map(|target| ["--target", target]));
    process::run(&mut cargo)?;
    let folder = target.map_or(workspace.target.clone(), |target| workspace.target.join(target));
    Ok(folder.join("release").join(format!("fedner-server{}", std::env::consts::EXE_SUFFIX)))
}

fn has_target(target: &str) -> bool {
    let mut rustc = clean(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let folder = process::output(rustc.args(["--print", "target-libdir", "--target", target]));
    folder.is_ok_and(|folder| Path::new(folder.trim()).is_dir())
}

/// `SHA256SUMS`, as `sha256sum --check` reads it.
fn write_sums(dist: &Path) -> Result<()> {
    let mut sums = String::new();
    for file in files::below(dist)? {
        let path = dist.join(&file);
        let bytes = fs::read(&path).with_context(|| format!("can't read {}", path.display()))?;
        sums += &format!("{}  {}\n", hex(&Sha256::digest(&bytes)), file.display());
    }
    files::write(&dist.join("SHA256SUMS"), sums.as_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_copied_is_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for (from, _) in COPIED {
            assert!(root.join(from).is_file(), "{from}");
        }
        // Everything for an operator goes along.
        let deploy = files::below(&root.join("server/deploy")).expect("the folder is there");
        for file in deploy {
            let path = format!("server/deploy/{}", file.display());
            assert!(COPIED.iter().any(|(from, _)| *from == path), "{path} is not copied");
        }
    }
}

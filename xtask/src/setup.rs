//! Installing Debian packages, where that is possible without asking anybody.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::process;

/// A download over a slow line, but no hang.
const APT_LIMIT: Duration = Duration::from_secs(20 * 60);

/// Whether packages can be installed here: Debian or a relative, with apt, as root.
pub fn can_apt_install() -> bool {
    Path::new("/etc/debian_version").exists() && process::find_program("apt-get").is_some() && is_root()
}

/// Whether this tool runs as root.
pub fn is_root() -> bool {
    process::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Whether every one of these packages is installed.
pub fn apt_has(packages: &[&str]) -> bool {
    if process::find_program("dpkg-query").is_none() {
        return false;
    }
    packages.iter().all(|package| {
        let mut query = Command::new("dpkg-query");
        query.args(["-W", "-f", "${db:Status-Status}", package]).stderr(std::process::Stdio::null());
        query.output().is_ok_and(|output| output.stdout == b"installed")
    })
}

/// Installs packages; refreshes the package lists when they don't know one.
pub fn apt_install(packages: &[&str]) -> Result<()> {
    println!("Installing by apt: {}", packages.join(" "));
    let known = packages.iter().all(|package| process::succeeds(Command::new("apt-cache").args(["show", package])));
    if !known || install(packages).is_err() {
        process::run_within(apt().arg("update"), APT_LIMIT).context("the package lists can't be refreshed")?;
        install(packages).with_context(|| format!("apt can't install {}", packages.join(" ")))?;
    }
    Ok(())
}

fn install(packages: &[&str]) -> Result<()> {
    process::run_within(apt().args(["install", "-y", "--no-install-recommends"]).args(packages), APT_LIMIT)
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.args(["-qq", "-o", "DPkg::Lock::Timeout=300"]).env("DEBIAN_FRONTEND", "noninteractive");
    command.stdin(std::process::Stdio::null());
    command
}

//! The licences of everything that is built in: each package's expression must be satisfied by what is allowed here.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use spdx::{Expression, LicenseReq, ParseMode};

use crate::process::{self, cargo, clean};
use crate::toolchain::WASM_TARGET;
use crate::workspace::Workspace;

/// Permissive licences that go together with MIT OR Apache-2.0.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Packages that are used unchanged under a licence that binds only their own files.
const ALLOWED_FOR: &[(&str, &str)] = &[("buildid", "MPL-2.0"), ("colored", "MPL-2.0")];

/// The one exception clause in use: it only grants more.
const ALLOWED_EXCEPTION: &str = "LLVM-exception";

/// Checks the packages built for this machine and for the page.
pub fn check(workspace: &Workspace) -> Result<()> {
    let packages = packages(workspace)?;
    let refused = packages.iter().filter_map(|(package, licence)| {
        let why = refusal(package, licence)?;
        Some(format!("  {package}: {why}"))
    });
    let refused = refused.collect::<Vec<_>>();
    if !refused.is_empty() {
        let list = refused.join("\n");
        bail!("these packages' licences are not allowed here (the list is in xtask/src/licences.rs):\n{list}");
    }
    println!("{} packages, all with an allowed licence", packages.len());
    Ok(())
}

/// Why this licence is refused; `None` when it is allowed.
fn refusal(package: &str, licence: &str) -> Option<String> {
    if licence.is_empty() {
        return Some("it names no licence".to_owned());
    }
    let name = package.split(' ').next().unwrap_or(package);
    match Expression::parse_mode(licence, ParseMode::LAX) {
        Err(error) => Some(format!("{licence:?} is not an SPDX expression: {}", error.reason)),
        Ok(expression) if expression.evaluate(|requirement| allowed(name, requirement)) => None,
        Ok(_) => Some(licence.to_owned()),
    }
}

fn allowed(package: &str, requirement: &LicenseReq) -> bool {
    let addition = requirement.addition.as_ref().map(ToString::to_string);
    let Some(licence) = requirement.license.id().map(|id| id.name) else {
        return false;
    };
    let known = ALLOWED.contains(&licence) || ALLOWED_FOR.contains(&(package, licence));
    known && addition.is_none_or(|name| name == ALLOWED_EXCEPTION)
}

/// Name with version, and licence, of every package that is built, whatever features are on.
fn packages(workspace: &Workspace) -> Result<BTreeMap<String, String>> {
    let host = host_triple()?;
    let mut tree = cargo();
    tree.current_dir(&workspace.root).args(["tree", "--workspace", "--all-features", "--prefix", "none"]);
    tree.args(["--target", &host, "--target", WASM_TARGET, "--format", "{p}\t{l}"]);
    let tree = process::output(&mut tree)?;
    let entry = |line: &str| {
        let (package, licence) = line.split_once('\t').context("cargo tree printed a line without a tab")?;
        // Name and version only: a path, or the sign for "already shown", may follow.
        let name = package.split(' ').take(2).collect::<Vec<_>>().join(" ");
        Ok((name, licence.trim_end_matches(" (*)").to_owned()))
    };
    tree.lines().filter(|line| !line.is_empty()).map(entry).collect()
}

fn host_triple() -> Result<String> {
    let version = process::output(clean(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())).arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc -vV names no host")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_allowed_side_of_an_or_is_enough() {
        assert_eq!(refusal("a 1.0.0", "MIT OR GPL-3.0-only"), None);
        assert_eq!(refusal("a 1.0.0", "(MIT OR Apache-2.0) AND Unicode-3.0"), None);
        assert_eq!(refusal("a 1.0.0", "Apache-2.0 WITH LLVM-exception OR MIT"), None);
        assert_eq!(refusal("a 1.0.0", "MIT/Apache-2.0"), None);
    }

    #[test]
    fn both_sides_of_an_and_are_needed() {
        assert_eq!(refusal("a 1.0.0", "MIT AND GPL-3.0-only").as_deref(), Some("MIT AND GPL-3.0-only"));
    }

    #[test]
    fn unknown_and_missing_licences_are_refused() {
        assert!(refusal("a 1.0.0", "").is_some());
        assert!(refusal("a 1.0.0", "Our Own Licence").is_some());
        assert!(refusal("a 1.0.0", "AGPL-3.0-or-later").is_some());
        assert!(refusal("a 1.0.0", "Apache-2.0 WITH Classpath-exception-2.0").is_some());
    }

    #[test]
    fn an_exception_is_for_its_package_only() {
        assert_eq!(refusal("colored v3.1.1", "MPL-2.0"), None);
        assert!(refusal("a v3.1.1", "MPL-2.0").is_some());
    }
}

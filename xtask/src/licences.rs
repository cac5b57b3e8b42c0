//! The licences of everything that is built in: each package's expression must be satisfied by what is allowed here.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde_json::Value;
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

/// The one exception clause in use: it only grants more.
const ALLOWED_EXCEPTION: &str = "LLVM-exception";

/// Checks the packages built for this machine and for the page.
pub fn check(workspace: &Workspace) -> Result<()> {
    let host = host_triple()?;
    let mut packages = BTreeMap::new();
    for platform in [host.as_str(), WASM_TARGET] {
        packages.append(&mut packages_for(workspace, platform)?);
    }
    let refused = packages.iter().filter_map(|(name, licence)| {
        let why = refusal(licence.as_deref())?;
        Some(format!("  {name}: {why}"))
    });
    let refused = refused.collect::<Vec<_>>();
    if !refused.is_empty() {
        bail!(
            "these packages' licences are not allowed here (the list is in xtask/src/licences.rs):\n{}",
            refused.join("\n")
        );
    }
    println!("{} packages, all with an allowed licence", packages.len());
    Ok(())
}

/// Why this licence is refused; `None` when it is allowed.
fn refusal(licence: Option<&str>) -> Option<String> {
    let Some(licence) = licence else {
        return Some("it names no licence".to_owned());
    };
    match Expression::parse_mode(licence, ParseMode::LAX) {
        Err(error) => Some(format!("{licence:?} is not an SPDX expression: {}", error.reason)),
        Ok(expression) if expression.evaluate(allowed) => None,
        Ok(_) => Some(licence.to_owned()),
    }
}

fn allowed(requirement: &LicenseReq) -> bool {
    let addition = requirement.addition.as_ref().map(ToString::to_string);
    let licence = requirement.license.id().map(|id| id.name);
    licence.is_some_and(|name| ALLOWED.contains(&name)) && addition.is_none_or(|name| name == ALLOWED_EXCEPTION)
}

/// Name with version, and licence, of every package that a build for the platform may use.
fn packages_for(workspace: &Workspace, platform: &str) -> Result<BTreeMap<String, Option<String>>> {
    let mut metadata = cargo();
    metadata.current_dir(&workspace.root).args(["metadata", "--format-version", "1", "--filter-platform", platform]);
    let metadata: Value = serde_json::from_str(&process::output(&mut metadata)?)?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let text = |package: &Value, field: &str| package[field].as_str().map(str::to_owned);
    let entry = |package: &Value| {
        let name = text(package, "name").context("a package without a name")?;
        let version = text(package, "version").context("a package without a version")?;
        Ok((format!("{name} {version}"), text(package, "license")))
    };
    packages.iter().map(entry).collect()
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
        assert_eq!(refusal(Some("MIT OR GPL-3.0-only")), None);
        assert_eq!(refusal(Some("(MIT OR Apache-2.0) AND Unicode-3.0")), None);
        assert_eq!(refusal(Some("Apache-2.0 WITH LLVM-exception OR MIT")), None);
        assert_eq!(refusal(Some("MIT/Apache-2.0")), None);
    }

    #[test]
    fn both_sides_of_an_and_are_needed() {
        assert_eq!(refusal(Some("MIT AND GPL-3.0-only")).as_deref(), Some("MIT AND GPL-3.0-only"));
    }

    #[test]
    fn unknown_and_missing_licences_are_refused() {
        assert!(refusal(None).is_some());
        assert!(refusal(Some("Our Own Licence")).is_some());
        assert!(refusal(Some("AGPL-3.0-or-later")).is_some());
        assert!(refusal(Some("Apache-2.0 WITH Classpath-exception-2.0")).is_some());
    }
}

//! The list of what is built in, as a CycloneDX document (version 1.5) that scanners read.

use anyhow::Result;
use serde_json::{Value, json};

use super::Package;

/// The document. The same packages give the same bytes.
pub fn cyclonedx(packages: &[Package]) -> Result<String> {
    let own = packages.iter().find(|package| package.name == "fedner-server");
    let version = own.map_or(env!("CARGO_PKG_VERSION"), |package| package.version.as_str());
    let parts: Vec<_> = packages.iter().filter(|package| package.name != "fedner-server").map(component).collect();
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "fedner-server",
                "name": "fedner-server",
                "version": version,
                "licenses": [{ "expression": "MIT OR Apache-2.0" }],
            },
        },
        "components": parts,
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn component(package: &Package) -> Value {
    let Package { name, version, .. } = package;
    let purl = format!("pkg:cargo/{name}@{version}");
    let mut component = json!({ "type": "library", "bom-ref": purl, "name": name, "version": version });
    // Ours are in no registry.
    if let Some(checksum) = &package.checksum {
        component["purl"] = purl.into();
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    if let Some(licence) = &package.licence {
        // As SPDX has it; some packages still write a slash.
        component["licenses"] = json!([{ "expression": licence.replace('/', " OR ") }]);
    }
    component
}

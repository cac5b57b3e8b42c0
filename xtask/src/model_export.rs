//! An exported model in Python: the script in it must find in many texts what the product finds.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process;
use crate::python::{Found, Python};
use crate::workspace::{NATIVE, Workspace};

/// What the script in an exported model says it needs.
const PACKAGES: &[&str] = &["numpy==2.4.6", "safetensors==0.8.0", "uniseg==0.10.1", "xxhash==4.1.0"];
/// Folders that the example makes: by private encoder, and one of a model with a pretrained encoder.
const MODELS: [&str; 4] = ["convolution", "bilstm", "none", PRETRAINED];
const PRETRAINED: &str = "pretrained";
/// Largest difference of a confidence: the network is in 32 bits, and sums in another order end otherwise.
const CONFIDENCE_TOLERANCE: f64 = 1e-3;
/// The same for a model with a pretrained encoder: it rounds to bytes many times, and a sum that ends otherwise may be rounded
/// to the next one.
const PRETRAINED_TOLERANCE: f64 = 2e-2;
/// Differing texts that are shown.
const SHOWN_MAX: usize = 5;

/// The environment the check needs, or why there is none.
pub fn python(workspace: &Workspace) -> Result<Found> {
    Python::ensure(workspace, "model-export", PACKAGES)
}

/// Trains and exports a model of each kind, runs its script, compares.
pub fn check(workspace: &Workspace, python: &Python) -> Result<()> {
    let folder = workspace.target.join("model-export");
    // Of the packages that the tests are built of, so that no library is built once more.
    let mut build = workspace.cargo();
    process::run(build.arg("build").args(NATIVE).args(["--example", "model_export"]))?;
    let mut export = process::clean(workspace.target.join("debug/examples/model_export"));
    process::run(
        export.arg(&folder).arg(workspace.root.join("www/samples")).arg(workspace.root.join("../shared/data")),
    )?;
    for model in MODELS {
        let folder = folder.join(model);
        let mut script = python.command();
        let found = process::output(script.arg(folder.join("use_model.py")).arg(folder.join("texts.jsonl")))?;
        let expected = read(&folder.join("expected.jsonl"))?;
        print!("{model}: ");
        let tolerance = if model == PRETRAINED { PRETRAINED_TOLERANCE } else { CONFIDENCE_TOLERANCE };
        compare(&lines(&expected)?, &lines(&found)?, tolerance).with_context(|| format!("the model {model}"))?;
    }
    Ok(())
}

fn compare(expected: &[Value], found: &[Value], tolerance: f64) -> Result<()> {
    if expected.len() != found.len() {
        bail!("{} texts were tagged in Python, {} were given", found.len(), expected.len());
    }
    let differing: Vec<_> =
        expected.iter().zip(found).filter(|(expected, found)| !same(expected, found, tolerance)).collect();
    let entities: usize = expected.iter().map(|text| text["entities"].as_array().map_or(0, Vec::len)).sum();
    println!("{} texts, {entities} entities; in Python {} texts differ", expected.len(), differing.len());
    for (expected, found) in differing.iter().take(SHOWN_MAX) {
        println!("  here:   {expected}\n  Python: {found}");
    }
    if entities == 0 || !differing.is_empty() {
        bail!("the exported model doesn't find in Python what it finds here");
    }
    Ok(())
}

/// Whether both found the same entities, and are as sure of each.
fn same(expected: &Value, found: &Value, tolerance: f64) -> bool {
    let entities = |value: &Value| value["entities"].as_array().cloned().unwrap_or_default();
    let (expected, found) = (entities(expected), entities(found));
    let close = |a: &Value, b: &Value| match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => (a - b).abs() <= tolerance,
        _ => false,
    };
    expected.len() == found.len()
        && expected.iter().zip(&found).all(|(a, b)| {
            ["start", "end", "label"].iter().all(|field| a[field] == b[field])
                && close(&a["confidence"], &b["confidence"])
        })
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))
}

fn lines(text: &str) -> Result<Vec<Value>> {
    text.lines().map(|line| serde_json::from_str(line).with_context(|| format!("no JSON: {line}"))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn another_border_label_or_confidence_is_a_difference() {
        let text = |start: usize, label: &str, confidence: f64| json!({"entities": [{"start": start, "end": 9, "label": label, "confidence": confidence}]});
        assert!(same(&text(1, "Drug", 0.5), &text(1, "Drug", 0.5004), CONFIDENCE_TOLERANCE));
        for other in [text(2, "Drug", 0.5), text(1, "Dose", 0.5), text(1, "Drug", 0.6), json!({"entities": []})] {
            assert!(!same(&text(1, "Drug", 0.5), &other, CONFIDENCE_TOLERANCE));
        }
        assert!(compare(&[text(1, "Drug", 0.5)], &[], CONFIDENCE_TOLERANCE).is_err());
        assert!(
            compare(&[json!({"entities": []})], &[json!({"entities": []})], CONFIDENCE_TOLERANCE).is_err(),
            "nothing was compared"
        );
    }
}

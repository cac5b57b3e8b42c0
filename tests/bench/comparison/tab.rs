//! Training in a browser's tab: against the same natively and against TF.js, its memory, and how soon it begins.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::Tfjs;
use super::native::{json_line, output};
use super::row::{Row, Sample};

const MB: f64 = 1e6;

/// Runs the program that measures in a browser.
pub fn measure(browser: &Path, tfjs: &Result<Tfjs, String>) -> Result<Vec<Row>> {
    let mut command = Command::new(browser);
    command.arg("training");
    if let Ok(tfjs) = tfjs {
        command.arg("--tfjs").arg(&tfjs.folder);
    }
    rows(&json_line(&output(&mut command)?)?, tfjs)
}

/// Median and spread of figures in such a report.
pub fn sample(report: &Value, name: &str) -> Result<Sample> {
    of(&report[name], 1.0).with_context(|| format!("the browser's measurement has no {name}"))
}

/// What there would be, had the browser been there.
pub fn missing(why: &str) -> Vec<Row> {
    vec![
        Row::missing(AGAINST_NATIVE, "words/s", 0.5, why),
        Row::missing(ON_WEBGPU, "words/s", 0.0, why).without_target(),
        Row::missing(AGAINST_TFJS, "words/s", 50.0, why),
        Row::missing(WEBGPU_AGAINST_TFJS, "words/s", 20.0, why),
        Row::missing_no_more(MEMORY, "MB", 1.0, why),
        Row::missing_no_more(WEBGPU_MEMORY, "MB", 1.0, why),
        Row::missing_no_more(DEVICE_MEMORY, "MB", 1.0, why),
        Row::missing_no_more(FIRST_STEP, "ms", 2000.0, why),
    ]
}

const AGAINST_NATIVE: &str = "training in a Chromium worker against native";
const ON_WEBGPU: &str = "training in a Chromium worker on WebGPU (software adapter) against the CPU there";
const AGAINST_TFJS: &str = "training in a Chromium worker against TF.js's fastest backend there";
const WEBGPU_AGAINST_TFJS: &str = "training on WebGPU (software adapter) against TF.js's fastest backend there";
const MEMORY: &str = "memory of the tab that trains";
const WEBGPU_MEMORY: &str = "memory of the tab that trains on WebGPU";
const DEVICE_MEMORY: &str = "memory of the device (software adapter)";
const FIRST_STEP: &str = "from opening the page to the first step";

fn rows(report: &Value, tfjs: &Result<Tfjs, String>) -> Result<Vec<Row>> {
    let sample = |name: &str| sample(report, name);
    let (tab, webgpu) = (sample("tab")?, sample("webgpu")?);
    let on_webgpu = match report["launches"].as_u64().unwrap_or_default() {
        0 => format!("{ON_WEBGPU}, burn's operations"),
        launches => format!("{ON_WEBGPU}, {launches} launches a step"),
    };
    let tfjs = match tfjs {
        Ok(tfjs) => fastest(&report["tfjs"], &tfjs.version),
        Err(why) => Err(why.clone()),
    };
    let (way, other) = match tfjs {
        Ok((way, sample)) => (format!(" ({way})"), Ok(sample)),
        Err(why) => (String::new(), Err(why)),
    };
    let memory = |name: &str, figures: &str, steps: &str| {
        let steps = &report[steps];
        let name = format!("{name}, from step {} on against from step {} on", steps[1], steps[0]);
        match [0, 1].map(|at| of(&report[figures][at], MB)) {
            [Some(before), Some(after)] => Row::no_more(&name, "MB", (after, Ok(before)), 1.0),
            _ => Row::missing_no_more(&name, "MB", 1.0, "it was not looked at in those steps"),
        }
    };
    Ok(vec![
        Row::compare(AGAINST_NATIVE, "words/s", (tab, Ok(sample("native")?)), 0.5),
        Row::compare(&on_webgpu, "words/s", (webgpu, Ok(tab)), 0.0).without_target(),
        Row::compare(&format!("{AGAINST_TFJS}{way}"), "words/s", (tab, other.clone()), 50.0),
        Row::compare(&format!("{WEBGPU_AGAINST_TFJS}{way}"), "words/s", (webgpu, other), 20.0),
        memory(MEMORY, "tab_bytes", "memory_steps"),
        memory(WEBGPU_MEMORY, "webgpu_tab_bytes", "webgpu_memory_steps"),
        memory(DEVICE_MEMORY, "device_bytes", "webgpu_memory_steps"),
        Row::alone(FIRST_STEP, "ms", sample("first_step_ms")?, 2000.0),
    ])
}

/// The way of training in TF.js with the highest median, and its words a second.
fn fastest(ways: &Value, version: &str) -> Result<(String, Sample), String> {
    let ways = ways.as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |way: &Value, field: &str| way[field].as_str().unwrap_or("?").to_owned();
    let measured = ways.iter().filter_map(|way| {
        let name = format!("TF.js {version}, {}, {}", text(way, "backend"), text(way, "gradient"));
        Some((name, of(&way["speeds"], 1.0)?))
    });
    measured.max_by(|(_, a), (_, b)| a.median.total_cmp(&b.median)).ok_or_else(|| {
        let why: Vec<String> =
            ways.iter().map(|way| format!("{}: {}", text(way, "backend"), text(way, "why"))).collect();
        format!("no backend of TF.js trained it ({})", why.join("; "))
    })
}

/// Median and spread of figures, in another unit.
fn of(figures: &Value, unit: f64) -> Option<Sample> {
    let values: Vec<f64> = figures.as_array()?.iter().filter_map(Value::as_f64).map(|value| value / unit).collect();
    Sample::of(&values)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_fastest_way_is_compared_with_and_none_says_why() {
        let way = |backend: &str, speeds: &[f64]| json!({"backend": backend, "gradient": "gather", "speeds": speeds, "why": "over 60 s"});
        let (name, sample) =
            fastest(&json!([way("cpu", &[9.0, 1.0, 2.0]), way("webgl", &[5.0]), way("webgpu", &[])]), "4").unwrap();
        assert!(name.contains("webgl"), "{name}");
        assert_eq!(sample.median, 5.0);
        let why = fastest(&json!([way("cpu", &[])]), "4").unwrap_err();
        assert!(why.contains("cpu: over 60 s"), "{why}");
    }

    #[test]
    fn growing_memory_is_a_ratio_above_its_target() {
        let report = json!({
            "tab": [20.0], "native": [20.0], "webgpu": [2.0], "launches": 23, "first_step_ms": [900.0],
            "tab_bytes": [[1e8], [2e8]], "webgpu_tab_bytes": [[1e8], []], "device_bytes": [[1e8], [1e8]],
            "memory_steps": [2000, 2500], "webgpu_memory_steps": [600, 1100],
        });
        let rows: Vec<Value> =
            rows(&report, &Err("not asked for".to_owned())).unwrap().iter().map(Row::as_json).collect();
        let named = |start: &str| rows.iter().find(|row| row["name"].as_str().unwrap().starts_with(start)).unwrap();
        assert_eq!((named(MEMORY)["ratio"].as_f64(), named(MEMORY)["target"].as_str()), (Some(2.0), Some("≤ 1")));
        assert!(named(MEMORY)["name"].as_str().unwrap().ends_with(", from step 2500 on against from step 2000 on"));
        assert!(named(WEBGPU_MEMORY)["ratio"].is_null());
        assert!(named(DEVICE_MEMORY)["name"].as_str().unwrap().contains("step 1100"));
        assert_eq!(named(AGAINST_TFJS)["reason"], "not asked for");
        assert_eq!(rows.len(), missing("no browser").len());
    }
}

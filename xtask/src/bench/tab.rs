//! Training in a browser's tab: against the same natively and against TF.js, its memory, and how soon it begins.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use super::row::{Row, Sample};
use crate::checks;
use crate::page::{self, PageProfile};
use crate::process::{self, clean};
use crate::workspace::Workspace;

/// TF.js's packages with the one file of each that a page loads; none of what they depend on is needed for that.
const TFJS: [(&str, &str); 2] = [("tfjs", "tf.min.js"), ("tfjs-backend-webgpu", "tf-backend-webgpu.min.js")];
const TFJS_VERSION: &str = "4.22.0";
const NPM_LIMIT: Duration = Duration::from_secs(5 * 60);
/// Begins the line that the browser's measurement prints.
const MARK: &str = "bench-training ";
const MB: f64 = 1e6;

/// TF.js's files in one folder, from npm; or in words why they are not there.
pub fn tfjs(workspace: &Workspace, wanted: bool) -> Result<Result<PathBuf, String>> {
    if !wanted {
        return Ok(Err("not asked for (--tfjs)".to_owned()));
    }
    let folder = workspace.target.join("bench-tfjs");
    let (files, installed) = (folder.join("files"), folder.join("installed"));
    if fs::read_to_string(&installed).is_ok_and(|version| version == TFJS_VERSION) {
        return Ok(Ok(files));
    }
    fs::create_dir_all(&files).with_context(|| format!("can't make {}", files.display()))?;
    let mut npm = clean("npm");
    npm.current_dir(&folder).args(["pack", "--silent"]);
    npm.args(TFJS.map(|(name, _)| format!("@tensorflow/{name}@{TFJS_VERSION}")));
    if process::run_within(&mut npm, NPM_LIMIT).is_err() {
        return Ok(Err(format!("npm could not fetch TF.js {TFJS_VERSION}")));
    }
    for (name, file) in TFJS {
        let mut tar = clean("tar");
        tar.current_dir(&folder).args(["-x", "-z", "-f", &format!("tensorflow-{name}-{TFJS_VERSION}.tgz")]);
        process::run(tar.args(["-C", "files", "--strip-components=2", &format!("package/dist/{file}")]))?;
    }
    fs::write(&installed, TFJS_VERSION).with_context(|| format!("can't write {}", installed.display()))?;
    Ok(Ok(files))
}

/// Builds the page and measures in a browser.
pub fn measure(workspace: &Workspace, tfjs: &Result<PathBuf, String>) -> Result<Vec<Row>> {
    let page = page::build(workspace, PageProfile::Release)?;
    let mut test = checks::browser_test(workspace, &page)?;
    if let Ok(folder) = tfjs {
        test.env("FEDNER_TFJS_DIR", folder);
    }
    rows(&browser_report(test, "bench::training::training", MARK)?, tfjs.as_ref().err())
}

/// Runs one of the browser's measurements, all of them in one optimised build; answers with what it prints behind a mark.
pub fn browser_report(mut test: Command, name: &str, mark: &str) -> Result<Value> {
    test.env("CARGO_PROFILE_DEV_OPT_LEVEL", "3");
    let printed = process::output(test.args(["--", "--ignored", "--exact", "--nocapture", name]))?;
    let line = printed.lines().find_map(|line| line.split_once(mark)).map(|(_, json)| json);
    Ok(serde_json::from_str(line.context("the browser's measurement printed no figures")?)?)
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

fn rows(report: &Value, no_tfjs: Option<&String>) -> Result<Vec<Row>> {
    let sample = |name: &str| sample(report, name);
    let (tab, webgpu) = (sample("tab")?, sample("webgpu")?);
    let on_webgpu = match report["launches"].as_u64().unwrap_or_default() {
        0 => format!("{ON_WEBGPU}, burn's operations"),
        launches => format!("{ON_WEBGPU}, {launches} launches a step"),
    };
    let tfjs = match no_tfjs {
        Some(why) => Err(why.clone()),
        None => fastest(&report["tfjs"]),
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
fn fastest(ways: &Value) -> Result<(String, Sample), String> {
    let ways = ways.as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |way: &Value, field: &str| way[field].as_str().unwrap_or("?").to_owned();
    let measured = ways.iter().filter_map(|way| {
        let name = format!("TF.js {TFJS_VERSION}, {}, {}", text(way, "backend"), text(way, "gradient"));
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
            fastest(&json!([way("cpu", &[9.0, 1.0, 2.0]), way("webgl", &[5.0]), way("webgpu", &[])])).unwrap();
        assert!(name.contains("webgl"), "{name}");
        assert_eq!(sample.median, 5.0);
        let why = fastest(&json!([way("cpu", &[])])).unwrap_err();
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
            rows(&report, Some(&"not asked for".to_owned())).unwrap().iter().map(Row::as_json).collect();
        let named = |start: &str| rows.iter().find(|row| row["name"].as_str().unwrap().starts_with(start)).unwrap();
        assert_eq!((named(MEMORY)["ratio"].as_f64(), named(MEMORY)["target"].as_str()), (Some(2.0), Some("≤ 1")));
        assert!(named(MEMORY)["name"].as_str().unwrap().ends_with(", from step 2500 on against from step 2000 on"));
        assert!(named(WEBGPU_MEMORY)["ratio"].is_null());
        assert!(named(DEVICE_MEMORY)["name"].as_str().unwrap().contains("step 1100"));
        assert_eq!(named(AGAINST_TFJS)["reason"], "not asked for");
        assert_eq!(rows.len(), missing("no browser").len());
    }
}

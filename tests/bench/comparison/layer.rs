//! burn's own bidirectional LSTM on WebGPU in a tab, against ours.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde_json::Value;

use super::native::{json_line, output};
use super::row::{Row, Sample};
use super::tab::sample;

const ROW: &str =
    "one BiLSTM (a gradient with it less one without) against burn::nn::BiLstm, WebGPU (software adapter), in a tab";
const TARGET: f64 = 100.0;

/// What there would be, had it been measured.
pub fn missing(why: &str) -> Row {
    Row::missing(ROW, "steps/s", TARGET, why)
}

/// Measures both in one tab.
pub fn measure(browser: &Path, module: &Path) -> Result<Row> {
    row(&json_line(&output(Command::new(browser).arg("layer").arg("--module").arg(module))?)?)
}

/// From the milliseconds of each side.
fn row(report: &Value) -> Result<Row> {
    let [fused, without, composed] = ["fused", "without", "composed"].map(|side| sample(report, side));
    let (fused, rest, composed) = (fused?, without?.median, composed?);
    let layer = Sample { median: fused.median - rest, least: fused.least - rest, most: fused.most - rest };
    if layer.least <= 0.0 {
        return Ok(missing("a gradient with the layer took no longer than one without"));
    }
    Ok(Row::compare(ROW, "steps/s", (a_second(layer), Ok(a_second(composed))), TARGET))
}

/// Of milliseconds.
fn a_second(Sample { median, least, most }: Sample) -> Sample {
    Sample { median: 1e3 / median, least: 1e3 / most, most: 1e3 / least }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_layers_time_is_what_a_gradient_takes_longer_with_it() {
        let report = |fused: [f64; 3]| json!({"fused": fused, "without": [90.0, 100.0, 110.0], "composed": [20000.0]});
        let found = row(&report([250.0, 300.0, 350.0])).unwrap().as_json();
        assert_eq!((found["ratio"].as_f64(), found["ours"]["median"].as_f64()), (Some(100.0), Some(5.0)));
        assert!(row(&report([95.0, 300.0, 350.0])).unwrap().as_json()["ratio"].is_null());
    }
}

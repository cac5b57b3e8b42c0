//! Rows of the benchmark: a figure of ours, one of another's, and how they compare.

use serde_json::{Value, json};

use super::Compared;

/// A median with the least and the most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// The one in the middle.
    pub median: f64,
    /// The smallest.
    pub least: f64,
    /// The largest.
    pub most: f64,
}

impl Sample {
    /// Of some values; nothing of none.
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (least, most) = (*sorted.first()?, *sorted.last()?);
        Some(Self { median: sorted[sorted.len() / 2], least, most })
    }

    fn as_text(&self) -> String {
        let digits = if self.median < 100.0 { 2 } else { 0 };
        format!("{:.digits$} ({:.digits$}–{:.digits$})", self.median, self.least, self.most)
    }

    fn as_json(&self) -> Value {
        json!({ "median": self.median, "least": self.least, "most": self.most })
    }
}

/// One comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    name: String,
    unit: &'static str,
    ours: Option<Sample>,
    other: Option<Sample>,
    ratio: Option<f64>,
    /// What the ratio, or the median where there is nothing to compare with, is to reach.
    target: Option<String>,
    reason: Option<String>,
}

impl Row {
    /// Ours and another's in the same unit; more is better.
    pub fn compare(name: &str, unit: &'static str, (ours, other): Compared, target: f64) -> Self {
        let ratio = other.as_ref().ok().map(|other| ours.median / other.median);
        let (other, reason) = match other {
            Ok(other) => (Some(other), None),
            Err(why) => (None, Some(why)),
        };
        Self { name: name.to_owned(), unit, ours: Some(ours), other, ratio, target: Some(at_least(target)), reason }
    }

    /// One that was not measured.
    pub fn missing(name: &str, unit: &'static str, target: f64, why: &str) -> Self {
        let (target, reason) = (Some(at_least(target)), Some(why.to_owned()));
        Self { name: name.to_owned(), unit, ours: None, other: None, ratio: None, target, reason }
    }

    /// Milliseconds a step as something grows; the ratio is the step's time over that of the smallest.
    pub fn scale(name: &str, values: [usize; 4], samples: &[Sample]) -> Vec<Self> {
        let smallest = samples.first().copied();
        let row = |(value, ours): (usize, &Sample)| Self {
            name: format!("a training step, {name} {value}"),
            unit: "ms",
            ours: Some(*ours),
            other: smallest,
            ratio: smallest.map(|smallest| ours.median / smallest.median),
            target: None,
            reason: Some(format!("compared with {name} {}", values[0])),
        };
        values.into_iter().zip(samples).map(row).collect()
    }

    /// As `compare`, of something of which less is better.
    pub fn no_more(name: &str, unit: &'static str, compared: Compared, target: f64) -> Self {
        Self { target: Some(at_most(target)), ..Self::compare(name, unit, compared, target) }
    }

    /// A figure of ours alone, which is to be at most so much.
    pub fn alone(name: &str, unit: &'static str, ours: Sample, most: f64) -> Self {
        let reason = "nothing to compare with".to_owned();
        Self { target: Some(at_most(most)), ..Self::compare(name, unit, (ours, Err(reason)), most) }
    }

    /// The same without a target.
    pub fn without_target(self) -> Self {
        Self { target: None, ..self }
    }

    /// As `missing`, of something of which less is better.
    pub fn missing_no_more(name: &str, unit: &'static str, target: f64, why: &str) -> Self {
        Self { target: Some(at_most(target)), ..Self::missing(name, unit, target, why) }
    }

    /// For the file.
    pub fn as_json(&self) -> Value {
        let sample = |sample: &Option<Sample>| sample.as_ref().map(Sample::as_json);
        json!({
            "name": self.name, "ours": sample(&self.ours), "other": sample(&self.other), "unit": self.unit,
            "ratio": self.ratio, "target": self.target, "reason": self.reason,
        })
    }

    /// A Markdown table.
    pub fn table(rows: &[Self]) -> String {
        let mut table = String::from("| what | unit | ours | other | ratio | target |\n|---|---|---|---|---|---|\n");
        for row in rows {
            let text = |sample: &Option<Sample>| sample.as_ref().map_or("–".to_owned(), Sample::as_text);
            let ratio = match (row.ratio, &row.reason) {
                (Some(ratio), _) => format!("{ratio:.2}"),
                (None, why) => why.clone().unwrap_or_default(),
            };
            let (ours, other, target) = (text(&row.ours), text(&row.other), row.target.as_deref().unwrap_or(""));
            table.push_str(&format!("| {} | {} | {ours} | {other} | {ratio} | {target} |\n", row.name, row.unit));
        }
        table
    }
}

fn at_least(target: f64) -> String {
    format!("≥ {target}")
}

fn at_most(target: f64) -> String {
    format!("≤ {target}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_of_medians_and_a_missing_side_says_why() {
        let ours = Sample::of(&[30.0, 10.0, 20.0]).unwrap();
        assert_eq!(ours, Sample { median: 20.0, least: 10.0, most: 30.0 });
        assert_eq!(Sample::of(&[]), None);
        let row = Row::compare("a", "words/s", (ours, Ok(Sample::of(&[8.0]).unwrap())), 1.5).as_json();
        assert_eq!((row["ratio"].as_f64(), row["target"].as_str()), (Some(2.5), Some("≥ 1.5")));
        let row = Row::compare("a", "words/s", (ours, Err("not asked for".to_owned())), 1.5);
        assert!(row.as_json()["ratio"].is_null());
        assert!(Row::table(&[row]).contains("not asked for"));
    }
}

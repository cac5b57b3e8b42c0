//! A cell: one method with one seed. Each is run once and kept in a small file of its own.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use fedner_core::observer::{Event, When};
use fedner_core::session::Which;
use fedner_protocol::Digest;
use fedner_tests::participant::Record;
use serde::{Deserialize, Serialize};

use crate::scoring::TestScore;
use crate::settings::{Method, Settings};

/// Hexadecimal digits of the settings' digest in a file name.
const DIGITS: usize = 12;

/// A score on held-out notes on the way.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Passes over its own sentences that the site has taken.
    pub passes: f64,
    /// Strict micro-F1 on its held-out notes, in percent.
    pub f1: f64,
}

/// What came of one site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SiteResult {
    pub site: String,
    pub test: TestScore,
    pub curve: Vec<Point>,
    /// Bytes of all its updates.
    pub uploaded: u64,
    /// Which of its two models the site has chosen on its held-out notes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_use: Option<Which>,
}

/// A site that came when the federation was finished.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Joiner {
    pub site: String,
    /// F1 on its test sentences when it is trained alone, in percent.
    pub alone: f64,
    /// The same when it starts from the federation's shared module.
    pub joined: f64,
}

/// One method with one seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    pub method: Method,
    pub seed: u64,
    pub settings: Settings,
    pub sites: Vec<SiteResult>,
    pub joiners: Vec<Joiner>,
    pub seconds: f64,
}

impl Cell {
    /// The cell of these settings that an earlier run has kept, if there is one.
    pub fn load(folder: &Path, method: Method, seed: u64, settings: &Settings) -> Result<Option<Self>> {
        let path = path(folder, method, seed, settings)?;
        if !path.is_file() {
            return Ok(None);
        }
        let text = fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
        let cell: Self = serde_json::from_str(&text)
            .with_context(|| format!("{} is not a finished cell; remove it", path.display()))?;
        Ok(Some(cell))
    }

    /// Keeps it; a file is there whole or not at all.
    pub fn keep(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
        write_whole(&path(folder, self.method, self.seed, &self.settings)?, serde_json::to_string(self)?)
    }

    /// Mean of its sites' F1, in percent.
    pub fn macro_f1(&self) -> f64 {
        self.sites.iter().map(|site| site.test.f1).sum::<f64>() / self.sites.len() as f64
    }
}

fn path(folder: &Path, method: Method, seed: u64, settings: &Settings) -> Result<PathBuf> {
    Ok(folder.join(format!("{}-{seed}-{}.json", method.name(), short_digest(settings)?)))
}

/// What a file name says of the settings that its content comes from.
pub fn short_digest(settings: &impl Serialize) -> Result<String> {
    let digest = Digest::of(&serde_json::to_vec(settings)?).to_string();
    Ok(digest.chars().filter(char::is_ascii_hexdigit).take(DIGITS).collect())
}

/// Writes a file that is there whole or not at all.
pub fn write_whole(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    let part = path.with_extension("part");
    fs::write(&part, content).with_context(|| format!("can't write {}", part.display()))?;
    fs::rename(&part, path).with_context(|| format!("can't write {}", path.display()))
}

/// The scores on held-out notes that a site was given, for one whose sentences take `pass` steps.
pub fn curve(record: &Record, pass: u64) -> Vec<Point> {
    let point = |event: &Event| match event {
        // What is reported at the end was reported before.
        Event::Scores { when, step, scores, .. } if *when != When::End => {
            Some(Point { passes: *step as f64 / pass as f64, f1: 100.0 * scores.strict.f1 })
        }
        _ => None,
    };
    record.events.iter().filter_map(point).collect()
}

//! The built page, and its state as it tells it.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

/// The folder with the built page: `FEDNER_PAGE_DIR`, or where `cargo xtask page` puts it.
///
/// # Panics
/// When the page is not built.
pub fn page_dir() -> PathBuf {
    let built = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/page"));
    let dir = std::env::var_os("FEDNER_PAGE_DIR").map_or_else(built, PathBuf::from);
    let module = dir.join("pkg/fedner_client.js");
    assert!(
        dir.join("index.html").is_file() && module.is_file(),
        "there is no built page in {}: run `cargo xtask page` first, or `cargo xtask test` for everything",
        dir.display()
    );
    dir
}

/// `window.fedner.state()`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "www/automation.js tells what each is")]
pub struct PageState {
    pub ready: bool,
    pub storage: String,
    pub writing: u32,
    pub device: Option<Value>,
    pub documents: Documents,
    pub labels: Vec<String>,
    pub run: Run,
    pub history: Vec<Scored>,
    pub total_steps: u64,
    pub scores_start_f1: Option<f64>,
    pub scores_latest_f1: Option<f64>,
    pub version: u32,
    pub has_model: bool,
    pub checkpoint_ms: Option<f64>,
    pub enrolled: Vec<String>,
    pub invited: Option<String>,
    pub participating: Option<String>,
    pub import_problems: Vec<ImportProblem>,
    pub ledger: Vec<LedgerEntry>,
    pub errors: Vec<PageError>,
    pub notices: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[allow(missing_docs, reason = "www/automation.js tells what each is")]
pub struct Documents {
    pub count: u32,
    pub training: u32,
    pub held_out: u32,
    pub unlabelled: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "www/automation.js tells what each is")]
pub struct Run {
    pub kind: String,
    pub phase: String,
    pub step: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "www/automation.js tells what each is")]
pub struct Scored {
    pub when: String,
    pub round: u32,
    pub f1: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "www/automation.js tells what each is")]
pub struct ImportProblem {
    pub file: String,
    pub line: Option<u32>,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[allow(missing_docs, reason = "www/automation.js tells what each is")]
pub struct LedgerEntry {
    pub key: String,
    pub method: String,
    pub path: String,
    pub status: u16,
    pub bytes_sent: usize,
    pub bytes_received: usize,
    pub tensors: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "www/automation.js tells what each is")]
pub struct PageError {
    pub code: String,
    pub message: String,
    pub hint: String,
}

impl PageState {
    /// Nothing under way, and a model there.
    pub fn is_idle(&self) -> bool {
        self.ready && self.run.kind == "idle"
    }

    /// `webgpu`, `cpu`, or nothing while the engine starts.
    pub fn device_kind(&self) -> &str {
        self.device.as_ref().and_then(|device| device["kind"].as_str()).unwrap_or_default()
    }

    /// Rounds in which the server has taken this site's update.
    pub fn rounds_sent(&self) -> Vec<u32> {
        let sent = self.ledger.iter().filter(|e| e.method == "PUT" && matches!(e.status, 200 | 201));
        sent.filter_map(|e| e.path.split("/rounds/").nth(1)?.split('/').next()?.parse().ok()).collect()
    }
}

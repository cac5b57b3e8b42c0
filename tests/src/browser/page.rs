//! The built page, and its state as the page itself gives it.

#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

/// The page's folder of what has its content's hash in its path.
const IMMUTABLE: &str = "immutable";

/// The folder with the built page: `FEDNER_PAGE_DIR`, or where `cargo xtask page` puts it.
///
/// # Panics
/// When the page is not built.
pub fn page_dir() -> PathBuf {
    let built = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/page"));
    let dir = std::env::var_os("FEDNER_PAGE_DIR").map_or_else(built, PathBuf::from);
    assert!(
        dir.join("index.html").is_file() && dir.join(IMMUTABLE).is_dir(),
        "there is no built page in {}: run `cargo xtask page` first, or `cargo xtask test` for everything",
        dir.display()
    );
    dir
}

/// A copy of the built page for a test to change; the wasm modules are not copied.
pub struct PageCopy(TempDir);

impl PageCopy {
    /// As it was built.
    pub fn of_the_built_page() -> Self {
        let (page, copy) = (page_dir().canonicalize().unwrap(), tempfile::tempdir().unwrap());
        std::fs::create_dir(copy.path().join(IMMUTABLE)).unwrap();
        for entry in std::fs::read_dir(page.join(IMMUTABLE)).unwrap() {
            let from = entry.unwrap().path();
            let to = copy.path().join(from.strip_prefix(&page).unwrap());
            if is_the_pages_own(&from) { copy_folder(&from, &to) } else { symlink(from, to).unwrap() }
        }
        for name in ["index.html", "service-worker.js"] {
            std::fs::copy(page.join(name), copy.path().join(name)).unwrap();
        }
        Self(copy)
    }

    /// Changes the text of one of its own scripts, which is there only as it is from then on.
    pub fn change(&self, script: &str, change: impl FnOnce(String) -> String) {
        let immutable = self.0.path().join(IMMUTABLE);
        let folders = std::fs::read_dir(&immutable).unwrap().map(|entry| entry.unwrap().path());
        let own = folders.into_iter().find(|folder| is_the_pages_own(folder)).expect("the page has scripts of its own");
        let file = own.join(script);
        let changed = change(std::fs::read_to_string(&file).unwrap());
        std::fs::write(&file, changed).unwrap();
        for ending in ["br", "gz"] {
            let _ = std::fs::remove_file(own.join(format!("{script}.{ending}")));
        }
    }

    /// Takes one of the wasm modules away.
    pub fn without_module(&self, module: &str) {
        let entries = std::fs::read_dir(self.0.path().join(IMMUTABLE)).unwrap().map(|entry| entry.unwrap());
        let folder = entries.into_iter().find(|e| e.file_name().to_string_lossy().starts_with(&format!("{module}-")));
        std::fs::remove_file(folder.expect("the page has this module").path()).unwrap();
    }

    /// Where it lies.
    pub fn dir(&self) -> &Path {
        self.0.path()
    }
}

fn is_the_pages_own(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("page-"))
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        if path.is_dir() {
            copy_folder(&path, &to.join(name))
        } else {
            std::fs::copy(path, to.join(name)).unwrap();
        }
    }
}

/// `window.fedner.state()`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "www/page/automation.js describes each")]
pub struct PageState {
    pub ready: bool,
    pub writable: bool,
    pub storage: String,
    pub workspace: String,
    pub writing: u32,
    pub device: Option<Value>,
    pub documents: Documents,
    pub labels: Vec<String>,
    pub run: Run,
    pub history: Vec<Scored>,
    pub total_steps: u64,
    pub scores_start_f1: Option<f64>,
    pub scores_latest_f1: Option<f64>,
    pub models: Models,
    pub version: u32,
    pub has_model: bool,
    pub encoder: Option<String>,
    pub encoders: Encoders,
    pub checkpoint_ms: Option<f64>,
    pub enrolled: Vec<String>,
    pub invited: Option<String>,
    pub participating: Option<String>,
    pub import_problems: Vec<ImportProblem>,
    pub ledger: Vec<LedgerEntry>,
    pub peers: BTreeMap<String, Vec<MetSite>>,
    pub leak_test: LeakTest,
    pub errors: Vec<PageError>,
    pub notices: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "www/page/automation.js describes each")]
pub struct Encoders {
    pub here: Vec<String>,
    pub parts: Vec<Value>,
    pub fetching: Option<String>,
    pub words_per_s: std::collections::BTreeMap<String, f64>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[allow(missing_docs, reason = "www/page/automation.js describes each")]
pub struct Models {
    pub in_use: Option<String>,
    pub f1: Option<f64>,
    pub own_f1: Option<f64>,
    pub federation_f1: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[allow(missing_docs, reason = "www/page/automation.js describes each")]
pub struct Documents {
    pub count: u32,
    pub training: u32,
    pub held_out: u32,
    pub unlabelled: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "www/page/automation.js describes each")]
pub struct Run {
    pub kind: String,
    pub phase: String,
    pub step: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "www/page/automation.js describes each")]
pub struct Scored {
    pub when: String,
    pub round: u32,
    pub f1: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "www/page/automation.js describes each")]
pub struct ImportProblem {
    pub file: String,
    pub line: Option<u32>,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[allow(missing_docs, reason = "www/page/automation.js describes each")]
pub struct LedgerEntry {
    pub key: String,
    pub method: String,
    pub path: String,
    pub status: u16,
    pub bytes_sent: usize,
    pub bytes_received: usize,
    pub tensors: Vec<String>,
    #[serde(default)]
    pub protection: Value,
}

#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "www/page/automation.js describes each")]
pub struct MetSite {
    pub site: String,
    pub fingerprint: String,
    pub own: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "www/page/automation.js describes each")]
pub struct LeakTest {
    pub done: bool,
    pub report: Option<LeakReport>,
}

#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "www/page/automation.js describes each")]
pub struct LeakReport {
    pub words: usize,
    pub others: usize,
    pub named_words: usize,
    pub named_others: usize,
    pub named: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "www/page/automation.js describes each")]
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

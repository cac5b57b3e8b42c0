//! A browser profile of its own: cookies, databases and a record of every request.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;
use tempfile::TempDir;
use thirtyfour::{
    ChromeCapabilities, ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel, error::WebDriverResult,
};

use super::driver;

/// What the browser may compute on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gpu {
    /// The processor only.
    None,
    /// WebGPU by the software adapter.
    Software,
}

/// Every run of every profile.
const ARGUMENTS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    // Its own requests would fail by the rule below anyway; so they are fewer.
    "--disable-features=AutofillServerCommunication,OptimizationHints,MediaRouter",
    // Nothing but the server under test can be reached, whatever is asked for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    // Tabs share two cores; none may be slowed down for not being looked at.
    "--disable-renderer-backgrounding",
    "--window-size=1280,1000",
];
const SOFTWARE_GPU: [&str; 3] =
    ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-unsafe-swiftshader"];

/// A profile's folder; removed when dropped.
pub struct Profile {
    /// Its name in messages.
    pub name: String,
    folder: TempDir,
    gpu: Gpu,
    runs: AtomicU32,
}

impl Profile {
    /// A fresh one.
    pub fn new(name: &str, gpu: Gpu) -> Self {
        let folder = tempfile::tempdir().expect("the temporary folder can be written");
        Self { name: name.to_owned(), folder, gpu, runs: AtomicU32::new(0) }
    }

    /// Files for the page's file inputs may lie here.
    pub fn files(&self) -> PathBuf {
        let files = self.folder.path().join("files");
        std::fs::create_dir_all(&files).expect("the temporary folder can be written");
        files
    }

    /// The files of the browser's own in which this word stands, in UTF-8 or as the browser's strings of two bytes a letter.
    pub fn files_with(&self, word: &str) -> Vec<PathBuf> {
        let two_bytes: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let forms = [word.as_bytes(), &two_bytes];
        let mut folders = vec![self.folder.path().join("profile")];
        let mut found = Vec::new();
        while let Some(folder) = folders.pop() {
            // The browser makes and removes files meanwhile.
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Ok(bytes) = std::fs::read(&path)
                    && forms.iter().any(|form| bytes.windows(form.len()).any(|part| part == *form))
                {
                    found.push(path);
                }
            }
        }
        found
    }

    /// The records of requests, one a run of the browser.
    pub fn netlogs(&self) -> Vec<PathBuf> {
        (0..self.runs.load(Ordering::Relaxed)).map(|run| self.netlog(run)).collect()
    }

    /// What to ask ChromeDriver for.
    pub fn capabilities(&self) -> WebDriverResult<ChromeCapabilities> {
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        let mut chrome = DesiredCapabilities::chrome();
        chrome.set_binary(&text(&driver::chromium()))?;
        for argument in ARGUMENTS {
            chrome.add_arg(argument)?;
        }
        if self.gpu == Gpu::Software {
            for argument in SOFTWARE_GPU {
                chrome.add_arg(argument)?;
            }
        }
        chrome.add_arg(&format!("--user-data-dir={}", text(&self.folder.path().join("profile"))))?;
        chrome.add_arg(&format!("--log-net-log={}", text(&self.netlog(run))))?;
        // Else the browser opens its search engine's page first.
        let nothing = json!({ "session.restore_on_startup": 4, "session.startup_urls": ["about:blank"] });
        chrome.add_experimental_option("prefs", nothing)?;
        chrome.set_browser_log_level(LoggingPrefsLogLevel::All)?;
        Ok(chrome)
    }

    fn netlog(&self, run: u32) -> PathBuf {
        self.folder.path().join(format!("requests-{run}.json"))
    }
}

fn text(path: &Path) -> String {
    path.to_str().expect("paths on this machine are UTF-8").to_owned()
}

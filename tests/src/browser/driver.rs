//! ChromeDriver, one process a test.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// It starts in well under a second.
const START_MAX: Duration = Duration::from_secs(60);
const STARTED: &str = "started successfully on port ";

/// A running ChromeDriver; ends when dropped.
pub struct Driver {
    _process: Child,
    port: u16,
}

impl Driver {
    /// Starts one on a free port.
    pub async fn start() -> Self {
        let program = program("FEDNER_CHROMEDRIVER", &["chromedriver"]);
        let mut process = Command::new(&program)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|e| panic!("{} does not start: {e}", program.display()));
        let mut lines = BufReader::new(process.stdout.take().expect("its output is piped")).lines();
        let port = async {
            while let Some(line) = lines.next_line().await.expect("ChromeDriver writes text") {
                if let Some((_, rest)) = line.split_once(STARTED) {
                    return rest.trim_end_matches('.').parse().expect("ChromeDriver names its port");
                }
            }
            panic!("{} ended before it was ready", program.display())
        };
        let port = tokio::time::timeout(START_MAX, port).await.expect("ChromeDriver starts in time");
        // Its later output is of no use, but a full pipe would stop it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { _process: process, port }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// The browser to drive.
pub fn chromium() -> PathBuf {
    program("FEDNER_CHROMIUM", &["chromium", "chromium-browser", "google-chrome"])
}

/// A program from the environment, or the first of these names on PATH.
fn program(variable: &str, names: &[&str]) -> PathBuf {
    if let Some(path) = std::env::var_os(variable) {
        return path.into();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let found = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    found.into_iter().find(|file| file.is_file()).unwrap_or_else(|| {
        panic!(
            "there is no {} on PATH: install Chromium and ChromeDriver (Debian: apt-get install chromium \
             chromium-driver), name it with {variable}, or run `cargo xtask test --no-browser`",
            names[0]
        )
    })
}

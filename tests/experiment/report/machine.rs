//! The machine that an experiment ran on.

use std::fs;
use std::thread::available_parallelism;
use std::time::SystemTime;

use serde::Serialize;

/// The machine, and when.
#[derive(Debug, Serialize)]
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    pub system: String,
    pub jobs: usize,
    /// Seconds since 1970.
    pub finished_at_unix_s: u64,
}

impl Machine {
    /// This one, now.
    pub fn here(jobs: usize) -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self {
            processor: processor().unwrap_or_else(|| "unknown".to_owned()),
            cores: available_parallelism().map_or(1, usize::from),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            jobs,
            finished_at_unix_s: now.map_or(0, |time| time.as_secs()),
        }
    }
}

/// As Linux reports it.
fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

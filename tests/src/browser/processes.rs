//! How much memory a browser's processes take, as Linux counts it.

use std::fs;

/// Memory of a browser's tab and of its graphics process, in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Memory {
    /// The page with its workers: what scripts, the engine and its linear memory take.
    pub tab: u64,
    /// What WebGPU's buffers lie in; on the software adapter that is this process's own memory.
    pub device: u64,
}

impl Memory {
    /// Of the browser with this main process. Of several renderers the largest is the page's.
    ///
    /// Pages that a process has for itself count (`RssAnon`), not files and not what it shares.
    pub fn of(browser: u64) -> Self {
        let processes: Vec<Process> = fs::read_dir("/proc")
            .expect("Linux has /proc")
            .filter_map(|entry| Process::read(entry.ok()?.file_name().to_str()?))
            .collect();
        let mut memory = Self::default();
        for process in processes.iter().filter(|process| process.is_below(browser, &processes)) {
            match process.kind.as_str() {
                "renderer" => memory.tab = memory.tab.max(process.bytes),
                "gpu-process" => memory.device = memory.device.max(process.bytes),
                _ => {}
            }
        }
        memory
    }
}

struct Process {
    id: u64,
    parent: u64,
    /// Chromium's `--type`; "" of others.
    kind: String,
    bytes: u64,
}

impl Process {
    /// None of one that ends just now, or is not ours to read.
    fn read(id: &str) -> Option<Self> {
        let id: u64 = id.parse().ok()?;
        let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        let number = |name: &str| -> Option<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse().ok()
        };
        let words = fs::read_to_string(format!("/proc/{id}/cmdline")).ok()?;
        let kind = words.split(['\0', ' ']).find_map(|word| word.strip_prefix("--type=")).unwrap_or_default();
        let bytes = number("RssAnon:").unwrap_or_default() * 1024;
        Some(Self { id, parent: number("PPid:")?, kind: kind.to_owned(), bytes })
    }

    fn is_below(&self, ancestor: u64, all: &[Self]) -> bool {
        let mut at = self;
        loop {
            if at.parent == ancestor {
                return true;
            }
            match all.iter().find(|process| process.id == at.parent) {
                Some(parent) => at = parent,
                None => return false,
            }
        }
    }
}

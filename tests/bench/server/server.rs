//! The server as a process of its own, and what it takes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fedner_server::Config;
use tempfile::TempDir;

/// Clock ticks a second in `/proc`, on every Linux.
const TICKS_A_SECOND: f64 = 100.0;

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
    /// Where it listens, without a slash at the end.
    pub origin: String,
}

/// A configuration and the data of a server.
pub struct Folder {
    folder: TempDir,
}

impl Folder {
    /// With this configuration.
    pub fn new(config: &Config) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("fedner.toml"), toml::to_string(config)?)?;
        Ok(Self { folder })
    }

    /// Starts the program and waits until it listens.
    pub fn start(&self, program: &Path) -> Result<Server> {
        let mut command = Command::new(program);
        command.arg("--config").arg(self.folder.path().join("fedner.toml"));
        command.arg("--data-dir").arg(self.folder.path().join("data")).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("can't start {}", program.display()))?;
        let output = child.stdout.take().context("its output is piped")?;
        let url = BufReader::new(output)
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening on ").map(|url| url.trim_end_matches('/').to_owned()));
        match url {
            Some(origin) => Ok(Server { child, origin }),
            None => bail!("the server ended with {}", child.wait()?),
        }
    }
}

impl Server {
    /// Processor time so far.
    pub fn cpu(&self) -> Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // After the name in brackets, which may hold anything: fields 14 and 15 are user and system time.
        let (_, fields) = stat.rsplit_once(')').context("/proc/PID/stat has a name in brackets")?;
        let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
        Ok(Duration::from_secs_f64(ticks as f64 / TICKS_A_SECOND))
    }

    /// Resident memory now, in bytes.
    pub fn memory(&self) -> Result<u64> {
        self.status("VmRSS:")
    }

    /// The most resident memory so far, in bytes.
    pub fn peak_memory(&self) -> Result<u64> {
        self.status("VmHWM:")
    }

    fn status(&self, field: &str) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let value = status.lines().find_map(|line| line.strip_prefix(field)).with_context(|| format!("no {field}"))?;
        let kib: u64 = value.trim().trim_end_matches(" kB").parse()?;
        Ok(kib << 10)
    }

    /// Ends it as a crash does.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

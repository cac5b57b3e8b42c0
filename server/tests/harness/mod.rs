//! The program as a process of its own, for tests that stop, kill or starve it.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use fedner_tests::TestDatabase;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_fedner-server");

/// A folder with a configuration and, later, the data.
pub struct Folder {
    folder: tempfile::TempDir,
    database: Option<TestDatabase>,
}

impl Folder {
    /// With this configuration.
    pub fn new(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("fedner.toml"), config).unwrap();
        Self { folder, database: None }
    }

    /// The data are in this PostgreSQL database instead.
    pub fn on(self, database: Option<TestDatabase>) -> Self {
        Self { database, ..self }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// The program with this configuration and data.
    pub fn command(&self) -> Command {
        let mut command = Command::new(PROGRAM);
        command.arg("--config").arg(self.path().join("fedner.toml")).arg("--data-dir").arg(self.data());
        command.envs(self.database.as_ref().map(|database| ("FEDNER_STORE_DATABASE_URL", database.url())));
        command
    }

    /// Runs a command of the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command().args(arguments))
    }

    /// Starts the server.
    pub fn start(&self) -> Program {
        Program::start(&mut self.command()).unwrap_or_else(|status| panic!("the program ended with {status}"))
    }
}

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    /// Whether it did what it should.
    pub success: bool,
    /// What it printed.
    pub stdout: String,
    /// What it logged.
    pub stderr: String,
}

impl Ran {
    /// Runs it to its end.
    pub fn of(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { success: status.success(), stdout: text(stdout), stderr: text(stderr) }
    }

    /// What it printed; it must have gone well.
    pub fn good(self) -> String {
        assert!(self.success, "{}{}", self.stdout, self.stderr);
        self.stdout
    }

    /// What it complained of; it must have refused, with one sentence for people.
    pub fn refused(self) -> String {
        assert!(!self.success, "{}{}", self.stdout, self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self.stderr
    }
}

/// A running server, killed when the test ends.
pub struct Program {
    child: Child,
    /// Where it listens, without a slash at the end.
    pub origin: String,
}

impl Program {
    /// Starts it and waits until it listens; how it ended when it does not come to that.
    pub fn start(command: &mut Command) -> Result<Self, ExitStatus> {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines.find_map(|line| line.unwrap().strip_prefix("listening on ").map(str::to_owned));
        match url {
            Some(url) => Ok(Self { origin: url.trim_end_matches('/').to_owned(), child }),
            None => Err(child.wait().unwrap()),
        }
    }

    /// Sends a signal, such as `-TERM`.
    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end.
    pub fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Ends it as `kill -9` does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it as an operator does, and expects it to end well.
    pub fn stop(self) {
        self.signal("-TERM");
        assert!(self.wait().success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

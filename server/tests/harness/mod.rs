//! The program as a process of its own, for tests that stop, kill or starve it.

#![allow(dead_code, unused_imports, reason = "each test program uses a part of it")]

mod config;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use fedner_protocol::{EnrolRequest, InvitationRecord, SiteRecord};
use fedner_server::Config;
use fedner_tests::{TestDatabase, identity};
use reqwest::RequestBuilder;
use sqlx::any::install_default_drivers;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};

pub use self::config::{adam, config, model};

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_fedner-server");

/// A folder with a configuration and, later, the data.
pub struct Folder {
    folder: tempfile::TempDir,
    database: Option<TestDatabase>,
}

impl Folder {
    /// With this configuration.
    pub fn new(config: &Config) -> Self {
        Self::with_text(&toml::to_string(config).unwrap())
    }

    /// With a configuration as it stands in its file.
    pub fn with_text(config: &str) -> Self {
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

    /// The sites as the command lists them.
    pub fn sites(&self) -> Vec<SiteRecord> {
        serde_json::from_str(&self.run(&["sites", "list", "--json"]).good()).unwrap()
    }

    /// The invitations as the command lists them.
    pub fn invitations(&self) -> Vec<InvitationRecord> {
        serde_json::from_str(&self.run(&["invitations", "list", "--json"]).good()).unwrap()
    }

    /// Whether its data are in PostgreSQL.
    pub fn is_on_postgres(&self) -> bool {
        self.database.is_some()
    }

    /// A connection to its database, beside the program.
    pub async fn connect(&self) -> AnyConnection {
        match &self.database {
            Some(database) => connect(&database.url()).await,
            None => connect_to_file(&self.data().join("fedner.sqlite")).await,
        }
    }

    /// Starts the server.
    pub fn start(&self) -> Program {
        Program::start(&mut self.command()).unwrap_or_else(|status| panic!("the program ended with {status}"))
    }
}

/// A connection to an SQLite file.
pub async fn connect_to_file(file: &Path) -> AnyConnection {
    connect(&format!("sqlite:{}?mode=rwc", file.display())).await
}

async fn connect(url: &str) -> AnyConnection {
    install_default_drivers();
    AnyConnection::connect(url).await.unwrap()
}

/// Does to a database what the program would not.
pub async fn meddle(mut database: AnyConnection, statements: &str) {
    database.execute(AssertSqlSafe(statements)).await.unwrap();
    database.close().await.unwrap();
}

/// The request by which a browser takes up an invitation to `test`, with an identity key of this number.
pub fn acceptance(origin: &str, link: &str, key: u8) -> RequestBuilder {
    let (_, secret) = link.trim_end().split_once("/#join=test&invitation=").unwrap();
    let request = EnrolRequest {
        federation: "test".parse().unwrap(),
        invitation: Some(secret.to_owned()),
        identity: Some(identity(key, "test", Some(secret))),
    };
    reqwest::Client::new().post(format!("{origin}/api/v1/enrol")).json(&request)
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

    /// Its resident memory, in bytes (Linux).
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        resident.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
    }

    /// The lines that it logs, where its standard error is piped.
    pub fn log(&mut self) -> impl Iterator<Item = std::io::Result<String>> + use<> {
        BufReader::new(self.child.stderr.take().unwrap()).lines()
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

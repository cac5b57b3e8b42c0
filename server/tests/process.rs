//! The program itself: it starts, is killed in the middle of a round, goes on, and ends cleanly.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use fedner_protocol::{Happened, Phase};
use fedner_tests::{Site, update_id};

const PROGRAM: &str = env!("CARGO_BIN_EXE_fedner-server");

const CONFIG: &str = r#"
[listen]
address = "127.0.0.1:0"

[[federations]]
id = "test"
name = "Test"
enrolment = "open"
[federations.rounds]
min_sites = 2
quorum = 2
[federations.model]
features = [{ feature = "form", rows = 64 }]
hashes = 1
hash_seed = 1
embedding_width = 4
encoder_width = 4
encoder_blocks = 0
private_blocks = 0
"#;

/// The program, killed when the test ends.
struct Server {
    child: Child,
    origin: String,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(PROGRAM);
        command.arg("--config").arg(folder.join("fedner.toml")).arg("--data-dir").arg(folder.join("data"));
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("listening on ").unwrap();
        Self { origin: url.strip_suffix('/').unwrap().to_owned(), child }
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("fedner.toml"), CONFIG).unwrap();
    folder
}

#[tokio::test]
async fn killed_in_the_middle_of_a_round_it_goes_on() {
    let folder = folder();
    let mut server = Server::start(folder.path());
    let (one, two) = (Site::enrol(&server.origin, "test").await, Site::enrol(&server.origin, "test").await);
    let (_first, _second) = (one.events().await, two.events().await);
    let start = one.model(0).await;
    one.send(1, update_id(1), 1, 1.0).await;
    server.child.kill().unwrap();
    server.child.wait().unwrap();

    let server = Server::start(folder.path());
    let (one, two) = (one.at_origin(&server.origin), two.at_origin(&server.origin));
    let mut events = one.events().await;
    let connected = events.next().await.unwrap();
    assert!(matches!(connected.state.phase, Phase::Open { round: 1, received: 1, .. }), "{connected:?}");
    two.send(1, update_id(2), 3, 5.0).await;
    events.wait_for(Happened::RoundMerged { round: 1, sites: 2 }).await;
    for (merged, start) in one.model(1).await.iter().zip(start) {
        assert!((merged - (start - 4.0)).abs() < 1e-5);
    }
}

#[tokio::test]
async fn both_signals_end_it_cleanly_with_streams_open() {
    for signal in ["-TERM", "-INT"] {
        let folder = folder();
        let mut server = Server::start(folder.path());
        let site = Site::enrol(&server.origin, "test").await;
        let mut events = site.events().await;
        events.next().await.unwrap();
        server.signal(signal);
        while events.next().await.is_some() {}
        assert!(server.child.wait().unwrap().success(), "{signal}");
    }
}

#[tokio::test]
async fn a_command_pauses_a_running_server_and_another_resumes_it() {
    let folder = folder();
    let server = Server::start(folder.path());
    let (one, two) = (Site::enrol(&server.origin, "test").await, Site::enrol(&server.origin, "test").await);
    let (mut events, _other) = (one.events().await, two.events().await);
    events.wait_for(Happened::RoundOpened { round: 1 }).await;
    let command = |name: &str, federation: &str| {
        let mut command = Command::new(PROGRAM);
        command.args([name, "--federation", federation]);
        command.arg("--config").arg(folder.path().join("fedner.toml"));
        command.arg("--data-dir").arg(folder.path().join("data")).output().unwrap()
    };
    assert!(command("pause", "test").status.success());
    let paused = events.wait_for(Happened::Paused).await;
    assert_eq!(paused.state.phase, Phase::Paused);
    one.send(1, update_id(1), 1, 1.0).await;
    two.send(1, update_id(2), 1, 1.0).await;
    assert_eq!((one.state().await.phase, one.state().await.version), (Phase::Paused, 0));
    assert!(command("resume", "test").status.success());
    events.wait_for(Happened::RoundMerged { round: 1, sites: 2 }).await;
    let again = command("resume", "test");
    assert!(String::from_utf8(again.stdout).unwrap().contains("not paused already"));
    let stranger = command("pause", "stranger");
    assert!(!stranger.status.success());
    assert!(String::from_utf8(stranger.stderr).unwrap().contains("there is no federation stranger"));
}

#[test]
fn mistakes_end_it_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new(PROGRAM).args(arguments).current_dir(folder.path()).output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    let (good, text) = run(&["--config", "nowhere.toml"]);
    assert!(!good && text.contains("nowhere.toml"), "{text}");
    let (good, text) = run(&[]);
    assert!(!good && text.contains("--demo"), "{text}");
    let (good, text) = run(&["--demo", "--page-dir", "nowhere"]);
    assert!(!good && text.contains("page.dir"), "{text}");
    std::fs::write(folder.path().join("a-file"), "").unwrap();
    let (good, text) = run(&["--demo", "--port", "0", "--data-dir", "a-file"]);
    assert!(!good && text.contains("a-file"), "{text}");
}

#[test]
fn the_printed_example_can_be_started_with() {
    let output = Command::new(PROGRAM).arg("config-example").output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let config = fedner_server::Config::from_toml(&text).unwrap();
    assert_eq!(config.federations.len(), 1);
}

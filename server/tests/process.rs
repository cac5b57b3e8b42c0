//! The program itself: it starts, is killed in the middle of a round, goes on, and ends cleanly.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod harness;

use std::io::{Read, Write};
use std::process::Command;

use fedner_protocol::{Happened, Phase};
use fedner_tests::tls::{certificate, connect, until_served};
use fedner_tests::{Site, update_id};

use self::harness::{Folder, PROGRAM, config};

fn folder() -> Folder {
    Folder::new(&config(2, |_| ()))
}

#[tokio::test]
async fn killed_in_the_middle_of_a_round_it_goes_on() {
    let folder = folder();
    let server = folder.start();
    let (one, two) = (Site::enrol(&server.origin, "test").await, Site::enrol(&server.origin, "test").await);
    let (_first, _second) = (one.events().await, two.events().await);
    let start = one.model(0).await;
    one.send(1, update_id(1), 1, 1.0).await;
    server.kill();

    let server = folder.start();
    let (one, two) = (one.at_origin(&server.origin), two.at_origin(&server.origin));
    let mut events = one.events().await;
    let connected = events.next().await.unwrap();
    assert!(matches!(connected.state.phase, Phase::Open { round: 1, received: 1, .. }), "{connected:?}");
    two.send(1, update_id(2), 3, 5.0).await;
    events.wait_for(Happened::RoundMerged { round: 1, sites: 2 }).await;
    for (merged, start) in one.model(1).await.iter().zip(start) {
        assert!((merged - (start - 3.0)).abs() < 1e-5);
    }
}

#[tokio::test]
async fn both_signals_end_it_cleanly_with_streams_open() {
    for signal in ["-TERM", "-INT"] {
        let folder = folder();
        let server = folder.start();
        let site = Site::enrol(&server.origin, "test").await;
        let mut events = site.events().await;
        events.next().await.unwrap();
        server.signal(signal);
        while events.next().await.is_some() {}
        assert!(server.wait().success(), "{signal}");
    }
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let mut config = config(2, |_| ());
    // It would wait for the request below longer than any test does.
    (config.listen.shutdown_timeout_s, config.limits.stall_s, config.log.level) = (3600, 3600, "info".to_owned());
    let folder = Folder::new(&config);
    let mut command = folder.command();
    command.stderr(std::process::Stdio::piped());
    let mut server = harness::Program::start(&mut command).unwrap();
    let mut half = std::net::TcpStream::connect(server.origin.replace("http://", "")).unwrap();
    let head = "POST /api/v1/enrol HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\
                Expect: 100-continue\r\n\r\n";
    half.write_all(head.as_bytes()).unwrap();
    half.read_exact(&mut [0; 12]).unwrap();
    let mut log = server.log();
    server.signal("-TERM");
    assert!(log.any(|line| line.unwrap().contains("stopping")));
    server.signal("-TERM");
    assert!(!server.wait().success(), "it was not a clean end");
}

#[tokio::test]
async fn a_command_pauses_a_running_server_and_another_resumes_it() {
    let folder = folder();
    let server = folder.start();
    let (one, two) = (Site::enrol(&server.origin, "test").await, Site::enrol(&server.origin, "test").await);
    let (mut events, _other) = (one.events().await, two.events().await);
    events.wait_for(Happened::RoundOpened { round: 1 }).await;
    let command = |name: &str, federation: &str| folder.run(&[name, "--federation", federation]);
    command("pause", "test").good();
    let paused = events.wait_for(Happened::Paused).await;
    assert_eq!(paused.state.phase, Phase::Paused);
    one.send(1, update_id(1), 1, 1.0).await;
    two.send(1, update_id(2), 1, 1.0).await;
    assert_eq!((one.state().await.phase, one.state().await.version), (Phase::Paused, 0));
    command("resume", "test").good();
    events.wait_for(Happened::RoundMerged { round: 1, sites: 2 }).await;
    assert!(command("resume", "test").good().contains("not paused already"));
    assert!(command("pause", "stranger").refused().contains("there is no federation stranger"));
}

#[tokio::test]
async fn a_new_certificate_is_taken_when_the_program_is_told() {
    let files = tempfile::tempdir().unwrap();
    let path = |name: &str| Some(files.path().join(name));
    let mut config = config(2, |_| ());
    (config.tls.certificate, config.tls.key) = (path("certificate.pem"), path("key.pem"));
    // By itself it would not look within this test.
    config.tls.reload_s = 3600;
    let first = certificate(files.path());
    // Named, so that it is there as long as the server is.
    let folder = Folder::new(&config);
    let server = folder.start();
    let second = certificate(files.path());
    assert!(connect(&server.origin, &first).await.is_ok(), "it has not been notified yet");
    server.signal("-HUP");
    until_served(&server.origin, &second).await;
    assert!(connect(&server.origin, &first).await.is_err());
    server.stop();
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

//! Who may take part, by the program's own commands, while the server runs.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod harness;

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use fedner_protocol::{InvitationState, ProblemCode};
use fedner_server::config::Enrolment;
use fedner_tests::{Answer, Site};

use self::harness::{Folder, acceptance, config};

fn folder() -> Folder {
    let mut config = config(2, |federation| federation.enrolment = Enrolment::Invitation);
    config.listen.public_url = Some("https://fedner.example.org".to_owned());
    config.log.level = "info".to_owned();
    Folder::new(&config)
}

#[tokio::test]
async fn commands_act_on_the_store_of_a_running_server() {
    let folder = folder();
    let server = folder.start();
    let link = folder.run(&["invite", "--federation", "test", "--name", "Ward 3", "--expires", "2h"]).good();
    assert!(link.starts_with("https://fedner.example.org/#join="), "{link}");
    let answer = Answer::of(acceptance(&server.origin, &link, 1)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let site = Site::enrolled(answer.json(), &server.origin, "test");
    let mut events = site.events().await;
    events.next().await.unwrap();

    let other = folder.run(&["invite", "--federation", "test", "--name", "Ward 4"]).good();
    let listed = folder.invitations();
    assert_eq!(listed.len(), 2);
    assert!(matches!(listed[0].state, InvitationState::Used { site: used, .. } if used == site.id));
    assert_eq!(listed[0].expires_at_ms - listed[0].made_at_ms, 2 * 3600 * 1000);
    folder.run(&["invitations", "revoke", &listed[1].id.to_string()]).good();
    let refused = Answer::of(acceptance(&server.origin, &other, 2)).await;
    assert_eq!(refused.problem().code, ProblemCode::InvitationRevoked);

    let sites = folder.run(&["sites", "list", "--federation", "test"]).good();
    let line = sites.lines().nth(1).unwrap();
    assert!(line.starts_with(&format!("{}\ttest\tWard 3\t", site.id)), "{sites}");
    folder.run(&["sites", "revoke", &site.id.to_string()]).good();
    assert_eq!(site.get("").await.problem().code, ProblemCode::SiteRevoked, "at the next request");
    while events.next().await.is_some() {}
    assert!(folder.sites()[0].revoked_at_ms.is_some());
    server.stop();
}

#[tokio::test]
async fn the_operators_first_credential_is_in_a_private_file_and_can_be_replaced() {
    let folder = folder();
    let mut child = folder.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let origin = lines.next().unwrap().strip_prefix("listening on ").unwrap().trim_end_matches('/').to_owned();
    let line = lines.next().unwrap();
    let (_, file) = line.split_once(": ").unwrap();
    let first = std::fs::read_to_string(file).unwrap().trim().to_owned();
    assert!(first.starts_with("operator.") && !line.contains("operator."), "{line}");
    let mode = |file: &std::path::Path| std::fs::metadata(file).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(file.as_ref()), 0o600);
    let sites = async |credential: &str| {
        let url = format!("{origin}/api/v1/admin/sites");
        Answer::of(reqwest::Client::new().get(url).bearer_auth(credential)).await.status
    };
    assert_eq!(sites(&first).await, 200);
    let second = folder.run(&["operator", "new"]).good();
    assert_eq!((sites(&first).await, sites(second.trim()).await), (401, 200));
    assert!(std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    assert_eq!(lines.next(), None, "the credential itself is not on standard output");
    let mut log = String::new();
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(log.contains("first operator credential was made") && !log.contains(first.trim_start_matches("operator.")));

    let mut again = folder.command().stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(again.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.next().unwrap().starts_with("listening on "));
    assert!(std::process::Command::new("kill").arg(again.id().to_string()).status().unwrap().success());
    assert_eq!(lines.next(), None, "it is printed at the first start only");
    assert!(again.wait().unwrap().success());
}

#[test]
fn mistakes_are_refused_with_a_sentence() {
    let folder = folder();
    let invite =
        |arguments: &[&str]| folder.run(&[&["invite", "--federation", "test", "--name", "a"], arguments].concat());
    assert!(invite(&[]).refused().contains("there is no federation test"), "it was never served");
    folder.start().stop();
    invite(&[]).good();
    assert!(invite(&["--expires", "soon"]).refused().contains("--expires"));
    assert!(invite(&["--expires", "1s"]).refused().contains("expiry"));
    assert!(invite(&["--public-url", "nowhere"]).refused().contains("listen.public_url"));
    assert!(invite(&["--port", "1"]).refused().contains("--port"));
    let unknown = "00000000-0000-4000-8000-000000000000";
    assert!(folder.run(&["sites", "revoke", unknown]).refused().contains(unknown));
    assert!(folder.run(&["invitations", "revoke", unknown]).refused().contains(unknown));
    assert!(folder.run(&["sites", "revoke", "x"]).refused().contains("UUID"));
}

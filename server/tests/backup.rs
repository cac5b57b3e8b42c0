//! Backups of a running server, and what becomes of them: the federation goes on elsewhere to the same bytes.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod harness;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fedner_protocol::{Happened, Phase, ProblemCode};
use fedner_tests::{Answer, Site, TestDatabase, update_id};
use sqlx::Row;

use self::harness::{Folder, Ran, acceptance, adam, config, connect_to_file, meddle, model};

const SITES: u8 = 4;

fn folder() -> Folder {
    Folder::new(&config(u32::from(SITES), |federation| {
        federation.optimiser = adam();
        federation.model = model(3000, 8);
    }))
}

async fn present(sites: &[Site]) -> Vec<fedner_tests::Events> {
    let mut streams = Vec::new();
    for site in sites {
        streams.push(site.events().await);
    }
    streams
}

/// Sends a site's update of a round, whether it is there already or not.
async fn send(site: &Site, number: u8, round: u32) {
    let body = site.update(round, 5 + u32::from(number), f32::from(number) - 0.3).await;
    let answer = site.put(round, update_id(round as u8 * 10 + number), body).await;
    assert!(answer.status < 300, "{}", answer.text());
}

/// A round from its opening to its merge. One that is merged by the time its sites are there is done: a restored
/// store may hold every update of it.
async fn round(sites: &[Site], round: u32) {
    let mut events = present(sites).await;
    loop {
        let state = events[0].next().await.unwrap().state;
        if state.version >= round {
            return;
        }
        if matches!(state.phase, Phase::Open { round: open, .. } if open == round) {
            break;
        }
    }
    for (number, site) in (0..).zip(sites) {
        send(site, number, round).await;
    }
    events[0].wait_for(Happened::RoundMerged { round, sites: u32::from(SITES) }).await;
}

fn back_up(folder: &Folder, file: &Path) -> Ran {
    folder.run(&["backup", "--to", file.to_str().unwrap()])
}

fn restore(folder: &Folder, file: &Path, more: &[&str]) -> Ran {
    folder.run(&[&["restore", "--from", file.to_str().unwrap()], more].concat())
}

/// Backed up in round 2 while updates arrive; answers with what `to` makes of it and with what `from` made of it.
async fn taken_elsewhere(from: &Folder, to: &Folder) {
    let program = from.start();
    let mut sites = Vec::new();
    for _ in 0..SITES {
        sites.push(Site::enrol(&program.origin, "test").await);
    }
    round(&sites, 1).await;
    let file = from.path().join("backup.sqlite");
    let (mut backup, mut command) = (from.command(), from.command());
    let backup = backup.args(["backup", "--to"]).arg(&file).spawn().unwrap();
    round(&sites, 2).await;
    assert!(backup.wait_with_output().unwrap().status.success());
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let expected = [sites[0].model_bytes(1).await, sites[0].model_bytes(2).await];
    program.stop();
    assert!(Ran::of(command.args(["audit", "verify"])).success);

    let output = restore(to, &file, &[]).good();
    assert!(output.contains("Restored"), "{output}");
    let program = to.start();
    let sites: Vec<_> = sites.iter().map(|site| site.at_origin(&program.origin)).collect();
    round(&sites, 2).await;
    assert!([sites[0].model_bytes(1).await, sites[0].model_bytes(2).await] == expected);
    round(&sites, 3).await;
    program.stop();
    let log = to.run(&["audit", "show"]).good();
    assert!(log.contains("store-restored") && log.contains("command line"), "{log}");
    assert!(to.run(&["audit", "verify"]).good().contains("is whole"));
}

#[tokio::test]
async fn a_backup_of_a_round_under_way_goes_on_elsewhere() {
    taken_elsewhere(&folder(), &folder()).await;
}

#[tokio::test]
async fn a_backup_moves_between_sqlite_and_postgres() {
    let (Some(one), Some(two)) = (TestDatabase::create().await, TestDatabase::create().await) else {
        return;
    };
    let (one, two) = (folder().on(Some(one)), folder().on(Some(two)));
    taken_elsewhere(&one, &two).await;
    let backup = two.path().join("second.sqlite");
    back_up(&two, &backup).good();
    let refused = restore(&one, &backup, &[]).refused();
    assert!(refused.contains("--force"), "{refused}");
    restore(&one, &backup, &["--force"]).good();
    assert!(one.run(&["audit", "verify"]).good().contains("is whole"));
    let sqlite = folder();
    restore(&sqlite, &backup, &[]).good();
    assert!(sqlite.run(&["audit", "verify"]).good().contains("is whole"));
}

/// A folder with a store that has some history, and a backup of it.
async fn backed_up() -> (Folder, PathBuf) {
    let folder = folder();
    let program = folder.start();
    Site::enrol(&program.origin, "test").await;
    let file = folder.path().join("backup.sqlite");
    back_up(&folder, &file).good();
    program.stop();
    (folder, file)
}

fn database(folder: &Folder) -> Vec<u8> {
    std::fs::read(folder.data().join("fedner.sqlite")).unwrap()
}

#[tokio::test]
async fn nothing_is_overwritten_unasked() {
    let (folder, file) = backed_up().await;
    let before = database(&folder);
    let output = back_up(&folder, &file).refused();
    assert!(output.contains("already"), "{output}");
    let output = restore(&folder, &file, &[]).refused();
    assert!(output.contains("--force"), "{output}");
    assert!(database(&folder) == before);
    let program = folder.start();
    let output = restore(&folder, &file, &["--force"]).refused();
    assert!(output.contains("another server is using"), "{output}");
    let site = Site::enrol(&program.origin, "test").await;
    program.stop();

    restore(&folder, &file, &["--force"]).good();
    let names =
        std::fs::read_dir(folder.data()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let kept: Vec<_> = names.filter(|name| name.contains("replaced")).collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let mut kept = connect_to_file(&folder.data().join(&kept[0])).await;
    let query = sqlx::query("SELECT count(*) AS found FROM sites WHERE id = $1").bind(site.id.to_string());
    assert_eq!(query.fetch_one(&mut kept).await.unwrap().get::<i64, _>("found"), 1, "the replaced store is whole");
    let program = folder.start();
    assert_eq!(site.at_origin(&program.origin).get("").await.status, 401, "enrolled after the backup");
}

#[tokio::test]
async fn a_backup_that_is_not_whole_is_refused_and_changes_nothing() {
    let (folder, file) = backed_up().await;
    let before = database(&folder);
    let bad = folder.path().join("bad.sqlite");
    let refused = async |what: &str, output: &str| {
        let refused = restore(&folder, &bad, &["--force"]).refused();
        assert!(refused.contains(output), "{what}: {refused}");
        assert!(database(&folder) == before, "{what}");
        assert!(!folder.data().join("restoring").exists(), "{what}");
    };
    std::fs::write(&bad, "no database").unwrap();
    refused("text", "is not a backup").await;
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&bad, &whole[..whole.len() / 2]).unwrap();
    refused("half", "damaged").await;
    std::fs::write(&bad, &whole).unwrap();
    meddle(connect_to_file(&bad).await, "UPDATE models SET body = zeroblob(1000)").await;
    refused("another model", "damaged").await;
    std::fs::write(&bad, &whole).unwrap();
    meddle(connect_to_file(&bad).await, "DROP TRIGGER audit_not_changed; UPDATE audit SET kind = 'x' WHERE number = 2")
        .await;
    refused("another audit log", "row 2 was changed").await;
    std::fs::write(&bad, &whole).unwrap();
    meddle(
        connect_to_file(&bad).await,
        "INSERT INTO _sqlx_migrations VALUES (9999, 'tomorrow', '2030-01-01', TRUE, x'00', 0)",
    )
    .await;
    refused("a newer one", "newer fedner-server").await;
    std::fs::remove_file(&bad).unwrap();
    refused("none", "No such file").await;
}

/// A lock of the data folder as another process holds it.
fn hold(folder: &Folder, alone: bool) -> std::fs::File {
    let file = std::fs::File::create(folder.data().join("fedner.users.lock")).unwrap();
    if alone {
        file.lock().unwrap()
    } else {
        file.lock_shared().unwrap()
    }
    file
}

#[tokio::test]
async fn a_backup_and_a_restore_never_meet() {
    let (folder, file) = backed_up().await;
    let before = database(&folder);
    let held = hold(&folder, false);
    let output = restore(&folder, &file, &["--force"]).refused();
    assert!(output.contains("a command, such as a backup, is using"), "{output}");
    assert!(database(&folder) == before);
    let other = folder.path().join("other.sqlite");
    back_up(&folder, &other).good();
    drop(held);
    let held = hold(&folder, true);
    for command in [&["backup", "--to", "never.sqlite"][..], &["sites", "list"], &[]] {
        let output = folder.run(command).refused();
        assert!(output.contains("a backup is being restored"), "{command:?}: {output}");
    }
    drop(held);
    restore(&folder, &file, &["--force"]).good();
}

#[tokio::test]
async fn postgres_is_not_restored_under_a_server() {
    let Some(database) = TestDatabase::create().await else { return };
    let folder = folder().on(Some(database));
    let program = folder.start();
    let mut sites = Vec::new();
    for _ in 0..SITES {
        sites.push(Site::enrol(&program.origin, "test").await);
    }
    let file = folder.path().join("backup.sqlite");
    back_up(&folder, &file).good();
    round(&sites, 1).await;
    let output = restore(&folder, &file, &["--force"]).refused();
    assert!(output.contains("is using this database"), "{output}");
    assert_eq!(sites[0].state().await.version, 1);
    // One that is gone without a word may come back.
    program.kill();
    let output = restore(&folder, &file, &["--force"]).refused();
    assert!(output.contains("was alive"), "{output}");
    let program = folder.start();
    assert_eq!(sites[0].at_origin(&program.origin).state().await.version, 1);
    program.stop();
    meddle(folder.connect().await, "UPDATE replicas SET stopped = 1").await;
    let output = restore(&folder, &file, &["--force"]).good();
    assert!(output.contains("rows of it are not in the backup") && output.contains("kept in"), "{output}");
    let program = folder.start();
    assert_eq!(sites[0].at_origin(&program.origin).state().await.version, 0);
    program.stop();
}

const INVITE: [&str; 7] =
    ["invite", "--federation", "test", "--public-url", "https://fedner.example.org", "--name", "Ward 3"];

/// What was revoked, used up or replaced after the backup does not come back with it.
async fn nothing_revoked_comes_back(folder: Folder) {
    let program = folder.start();
    let (ended, kept) = (Site::enrol(&program.origin, "test").await, Site::enrol(&program.origin, "test").await);
    let (used, open) = (folder.run(&INVITE).good(), folder.run(&INVITE).good());
    let old = folder.run(&["operator", "new"]).good();
    let file = folder.path().join("backup.sqlite");
    back_up(&folder, &file).good();
    let newer = folder.run(&["operator", "new"]).good();
    assert_eq!(Answer::of(acceptance(&program.origin, &used, 1)).await.status, 201);
    folder.run(&["sites", "revoke", &ended.id.to_string()]).good();
    let late = Site::enrol(&program.origin, "test").await;
    program.stop();
    let head = folder.run(&["audit", "verify"]).good();
    let head = head.lines().find_map(|line| line.strip_prefix("Head: ")).unwrap().to_owned();

    let output = restore(&folder, &file, &["--force"]).good();
    for part in [&ended.id.to_string(), &late.id.to_string(), &head, "rows of it are not in the backup", "kept in"] {
        assert!(output.contains(part), "{part}: {output}");
    }
    assert_eq!(output.matches("Invitation ").count(), 2, "{output}");
    let operator_file = output.lines().find_map(|line| line.split_once("for this user alone: ")).unwrap().1;
    assert_eq!(std::fs::metadata(operator_file).unwrap().permissions().mode() & 0o777, 0o600);
    let operator = std::fs::read_to_string(operator_file).unwrap();
    assert!(!output.contains(operator.trim()), "standard output may be logged");
    let program = folder.start();
    assert_eq!(ended.at_origin(&program.origin).get("").await.problem().code, ProblemCode::SiteRevoked);
    kept.at_origin(&program.origin).info().await;
    for link in [&used, &open] {
        let refused = Answer::of(acceptance(&program.origin, link, 2)).await;
        assert_eq!(refused.problem().code, ProblemCode::InvitationRevoked);
    }
    for (credential, status) in [(&old, 401), (&newer, 401), (&operator, 200)] {
        let url = format!("{}/api/v1/admin/sites", program.origin);
        let answer = Answer::of(reqwest::Client::new().get(url).bearer_auth(credential.trim())).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    program.stop();
    let log = folder.run(&["audit", "show"]).good();
    for part in ["store-restored", "site-revoked", "invitation-revoked", "operator-credential-made", &head] {
        assert!(log.contains(part), "{part}: {log}");
    }
    assert!(folder.run(&["audit", "verify"]).good().contains("is whole"));
}

#[tokio::test]
async fn nothing_revoked_comes_back_on_sqlite() {
    nothing_revoked_comes_back(folder()).await;
}

#[tokio::test]
async fn nothing_revoked_comes_back_on_postgres() {
    if let Some(database) = TestDatabase::create().await {
        nothing_revoked_comes_back(folder().on(Some(database))).await;
    }
}

//! Backups of a running server, and what becomes of them: the federation goes on elsewhere to the same bytes.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod harness;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fedner_protocol::{Happened, Phase};
use fedner_tests::{Site, TestDatabase, update_id};
use sqlx::Row;

use self::harness::{Folder, Ran, adam, config, connect_to_file, meddle, model};

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

    let told = restore(to, &file, &[]).good();
    assert!(told.contains("Restored"), "{told}");
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
    let told = back_up(&folder, &file).refused();
    assert!(told.contains("already"), "{told}");
    let told = restore(&folder, &file, &[]).refused();
    assert!(told.contains("--force"), "{told}");
    assert!(database(&folder) == before);
    let program = folder.start();
    let told = restore(&folder, &file, &["--force"]).refused();
    assert!(told.contains("another server is using"), "{told}");
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
    let refused = async |what: &str, told: &str| {
        let refused = restore(&folder, &bad, &["--force"]).refused();
        assert!(refused.contains(told), "{what}: {refused}");
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

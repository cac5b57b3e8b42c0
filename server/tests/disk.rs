//! Disks that are full, can't be written or hold damaged files, with the program as a process of its own: it refuses in
//! a sentence, writes nothing by halves, says so in `/healthz`, and goes on when the disk does.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod harness;

use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use fedner_protocol::{Happened, Phase, ProblemCode};
use fedner_tests::{Answer, Site, update_id};

use self::harness::{Folder, Ran, adam, config, meddle, model};

/// A model of about a megabyte, and an optimiser whose state takes four times as much: a merge needs much more room than
/// an update.
fn folder() -> Folder {
    Folder::new(&config(2, |federation| {
        federation.presence_timeout_s = 3600;
        federation.optimiser = adam();
        federation.model = model(30_000, 8);
    }))
}

const MEGABYTE: u64 = 1 << 20;

/// A test that waits longer than this for the health check to notice something has failed.
const WAIT_MAX: Duration = Duration::from_secs(120);
/// How often it is looked at, well below what one address may ask for.
const LOOK_EVERY: Duration = Duration::from_millis(20);

async fn health(origin: &str) -> Answer {
    Answer::of(reqwest::Client::new().get(format!("{origin}/healthz"))).await
}

/// Waits until the health check answers with this status. The driver reports how a step ended only after its events.
async fn until_health(origin: &str, status: u16) -> Answer {
    let answered = async {
        loop {
            let answer = health(origin).await;
            if answer.status == status {
                return answer;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::time::timeout(WAIT_MAX, answered).await.expect("the health check notices in time")
}

/// A small disk of its own in the data folder; needs root.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: PathBuf, bytes: u64) -> Option<Self> {
        std::fs::create_dir_all(&at).unwrap();
        let options = format!("size={bytes},mode=0700");
        let mut mount = Command::new("mount");
        let mounted = mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&at).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(at));
        }
        println!("skipped: a small disk can be mounted by root only");
        None
    }

    /// Fills it up to so many bytes.
    fn fill_up_to(&self, free: u64) {
        let output = Command::new("df").args(["--output=avail", "--block-size=1"]).arg(&self.0).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let available: u64 = text.lines().nth(1).unwrap().trim().parse().unwrap();
        std::fs::write(self.0.join("ballast"), vec![1; (available - free) as usize]).unwrap();
    }

    fn give_room(&self) {
        std::fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// Two sites in the first round; both count as present.
async fn two_sites(origin: &str) -> [Site; 2] {
    let sites = [Site::enrol(origin, "test").await, Site::enrol(origin, "test").await];
    for site in &sites {
        let mut events = site.events().await;
        events.next().await.unwrap();
    }
    let mut events = sites[0].events().await;
    while !matches!(events.next().await.unwrap().state.phase, Phase::Open { .. }) {}
    sites
}

/// What the round gives on a disk with room.
async fn undisturbed() -> Vec<u8> {
    let folder = folder();
    let program = folder.start();
    let sites = two_sites(&program.origin).await;
    let mut events = sites[0].events().await;
    sites[0].send(1, update_id(1), 10, 1.0).await;
    sites[1].send(1, update_id(2), 30, 2.0).await;
    events.wait_for(Happened::RoundMerged { round: 1, sites: 2 }).await;
    sites[0].model_bytes(1).await
}

#[tokio::test]
async fn a_full_disk_refuses_updates_and_merges_and_goes_on_when_there_is_room() {
    let folder = folder();
    let Some(disk) = SmallDisk::mount(folder.data(), 64 * MEGABYTE) else {
        return;
    };
    let program = folder.start();
    let sites = two_sites(&program.origin).await;
    let mut events = sites[0].events().await;
    sites[0].send(1, update_id(1), 10, 1.0).await;

    disk.fill_up_to(MEGABYTE / 2);
    let body = sites[1].update(1, 30, 2.0).await;
    let problem = sites[1].put(1, update_id(2), body.clone()).await.problem();
    assert_eq!(problem.code, ProblemCode::Unavailable);
    assert!(problem.detail.contains("storage is full"), "{}", problem.detail);
    let unhealthy = health(&program.origin).await;
    assert_eq!(unhealthy.status, 503);
    assert!(unhealthy.text().contains("storage is full"), "{}", unhealthy.text());
    assert!(matches!(sites[1].state().await.phase, Phase::Open { received: 1, .. }));
    assert!(folder.run(&["audit", "verify"]).good().contains("is whole"));

    // Room for the update, but not for the merge.
    disk.give_room();
    assert_eq!(health(&program.origin).await.status, 200);
    disk.fill_up_to(3 * MEGABYTE);
    assert_eq!(sites[1].put(1, update_id(2), body).await.status, 201);
    until_health(&program.origin, 503).await;
    assert_eq!(sites[0].state().await.version, 0);
    disk.give_room();
    events.wait_for(Happened::RoundMerged { round: 1, sites: 2 }).await;
    until_health(&program.origin, 200).await;
    assert!(sites[0].model_bytes(1).await == undisturbed().await);
    program.stop();
    assert!(folder.run(&["audit", "verify"]).good().contains("is whole"));
}

#[tokio::test]
async fn a_disk_that_fills_up_under_a_backup_leaves_none() {
    let folder = folder();
    let Some(disk) = SmallDisk::mount(folder.path().join("small"), MEGABYTE) else {
        return;
    };
    let program = folder.start();
    let backup = folder.path().join("small/backup.sqlite");
    let output = folder.run(&["backup", "--to", backup.to_str().unwrap()]).refused();
    assert!(output.contains("full"), "{output}");
    assert_eq!(std::fs::read_dir(&disk.0).unwrap().count(), 0);
    assert_eq!(health(&program.origin).await.status, 200);
}

/// The program with the rights of nobody in particular, for whom a read-only folder is one; root may write anyway.
fn unprivileged(folder: &Folder) -> Command {
    let mut command = folder.command();
    if Command::new("id").arg("-u").output().unwrap().stdout == b"0\n" {
        let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        let program = command.get_program().to_owned();
        command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]).arg(program).args(arguments);
    }
    command
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn a_read_only_folder_is_told_at_the_start() {
    let folder = folder();
    set_mode(folder.path(), 0o755);
    folder.start().stop();
    let database = folder.data().join("fedner.sqlite");
    let before = std::fs::read(&database).unwrap();
    set_mode(&folder.data(), 0o555);
    let output = Ran::of(&mut unprivileged(&folder)).refused();
    assert!(output.contains("can't write in the data folder") && output.contains("data"), "{output}");
    assert!(std::fs::read(&database).unwrap() == before);
    set_mode(&folder.data(), 0o755);
    folder.start().stop();
}

#[tokio::test]
async fn a_read_only_database_is_told_at_the_start() {
    let folder = folder();
    folder.start().stop();
    set_mode(folder.path(), 0o755);
    set_mode(&folder.data(), 0o777);
    for file in std::fs::read_dir(folder.data()).unwrap() {
        set_mode(&file.unwrap().path(), 0o666);
    }
    set_mode(&folder.data().join("fedner.sqlite"), 0o444);
    let output = Ran::of(&mut unprivileged(&folder)).refused();
    assert!(output.contains("read-only"), "{output}");
}

#[tokio::test]
async fn a_damaged_database_is_told_at_the_start() {
    for (what, damage) in DAMAGES {
        let folder = folder();
        folder.start().stop();
        let database = folder.data().join("fedner.sqlite");
        damage(&database);
        let damaged = std::fs::read(&database).unwrap();
        let output = Ran::of(&mut folder.command()).refused();
        assert!(output.contains("damaged") && output.contains("restore"), "{what}: {output}");
        assert!(std::fs::read(&database).unwrap() == damaged, "{what}: it was written to");
    }
}

/// What happens to a file, and what it is called.
type Damage = (&'static str, fn(&Path));

const DAMAGES: &[Damage] = &[
    ("overwritten header", |file| overwrite(file, 0, &[0x55; 100])),
    ("overwritten schema", |file| overwrite(file, 100, &[0x55; 3900])),
    ("truncated to a page", |file| open(file).set_len(4096).unwrap()),
    ("text", |file| std::fs::write(file, "these are not the bytes you are looking for".repeat(1000)).unwrap()),
];

fn open(file: &Path) -> std::fs::File {
    std::fs::File::options().write(true).open(file).unwrap()
}

fn overwrite(file: &Path, at: u64, bytes: &[u8]) {
    open(file).write_all_at(bytes, at).unwrap();
}

/// Where these bytes stand in the file.
fn position(file: &Path, bytes: &[u8]) -> u64 {
    let content = std::fs::read(file).unwrap();
    content.windows(bytes.len()).position(|window| window == bytes).unwrap() as u64
}

#[tokio::test]
async fn a_damaged_model_is_never_served_or_built_on() {
    let folder = folder();
    let program = folder.start();
    let [one, two] = two_sites(&program.origin).await;
    let model = one.model_bytes(0).await;
    program.stop();
    let database = folder.data().join("fedner.sqlite");
    // A page holds four kilobytes less its own head; the middle of one is in one piece.
    let at = position(&database, &model[600_000..600_064]);
    overwrite(&database, at, &[0x55; 8]);

    let program = folder.start();
    let [one, two] = [one.at_origin(&program.origin), two.at_origin(&program.origin)];
    let answer = one.get("/models/0").await;
    assert_eq!(answer.problem().code, ProblemCode::Unavailable);
    let _events = (one.events().await, two.events().await);
    one.send(1, update_id(1), 10, 1.0).await;
    two.send(1, update_id(2), 30, 2.0).await;
    let unhealthy = until_health(&program.origin, 503).await;
    assert!(unhealthy.text().contains("can't be used"), "{}", unhealthy.text());
    assert_eq!(one.state().await.version, 0);
    program.stop();
}

#[tokio::test]
async fn a_rotten_update_is_asked_for_again_and_the_round_goes_on() {
    let folder = folder();
    let program = folder.start();
    let [one, two] = two_sites(&program.origin).await;
    let mut events = one.events().await;
    let body = one.update(1, 10, 1.0).await;
    assert_eq!(one.put(1, update_id(1), body.clone()).await.status, 201);
    meddle(folder.connect().await, "UPDATE updates SET body = zeroblob(length(body))").await;
    let backup = folder.path().join("backup.sqlite");
    let output = folder.run(&["backup", "--to", backup.to_str().unwrap()]).good();
    assert!(
        output.contains(&format!("Damaged in the store, and so in the backup: update {}", update_id(1))),
        "{output}"
    );
    let elsewhere = self::folder();
    elsewhere.run(&["restore", "--from", backup.to_str().unwrap()]).good();

    // With the last update, the merge finds it.
    two.send(1, update_id(2), 30, 2.0).await;
    loop {
        let event = events.next().await.unwrap();
        if matches!(event.state.phase, Phase::Open { attempt: 2, received: 1, .. }) {
            break;
        }
    }
    let healthy = until_health(&program.origin, 200).await;
    assert!(healthy.text().contains(&format!("update {}", update_id(1))), "{}", healthy.text());
    assert_eq!(one.put(1, update_id(1), body).await.status, 201);
    events.wait_for(Happened::RoundMerged { round: 1, sites: 2 }).await;
    assert!(one.model_bytes(1).await == undisturbed().await);
    program.stop();
    let log = folder.run(&["audit", "show"]).good();
    assert_eq!(log.matches("row-damaged").count(), 1, "{log}");
    assert!(folder.run(&["audit", "verify"]).good().contains("is whole"));
}

#[tokio::test]
async fn a_merged_update_is_nowhere_in_the_files() {
    let folder = folder();
    let program = folder.start();
    let [one, two] = two_sites(&program.origin).await;
    let mut events = one.events().await;
    let body = one.update(1, 10, 0.123_456_78).await;
    // In the middle of its values, in one piece within a page.
    let mark = 0.123_456_78_f32.to_le_bytes().repeat(16);
    let is_there = || {
        let files = std::fs::read_dir(folder.data()).unwrap();
        files
            .map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .any(|bytes| bytes.windows(mark.len()).any(|window| window == mark))
    };
    assert_eq!(one.put(1, update_id(1), body).await.status, 201);
    assert!(is_there(), "it waits to be merged");
    two.send(1, update_id(2), 30, 2.0).await;
    events.wait_for(Happened::RoundMerged { round: 1, sites: 2 }).await;
    let erased = async {
        while is_there() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::time::timeout(WAIT_MAX, erased).await.expect("a merged update is erased in time");
    program.stop();
}

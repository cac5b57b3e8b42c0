//! Who can read what the program writes, and where it writes.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod harness;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Stdio;

use self::harness::{Folder, config};

fn mode(file: &Path) -> u32 {
    fs::metadata(file).unwrap().permissions().mode() & 0o777
}

fn set_mode(file: &Path, mode: u32) {
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn in_a_folder_that_all_can_read_the_database_is_its_owners() {
    let folder = Folder::new(&config(2, |_| ()));
    fs::create_dir(folder.data()).unwrap();
    set_mode(&folder.data(), 0o755);
    let server = folder.start();
    for name in ["fedner.sqlite", "fedner.sqlite-wal", "fedner.sqlite-shm", "operator-credential"] {
        assert_eq!(mode(&folder.data().join(name)), 0o600, "{name}");
    }
    server.stop();
    // As an earlier version left it.
    set_mode(&folder.data().join("fedner.sqlite"), 0o644);
    let server = folder.start();
    assert_eq!(mode(&folder.data().join("fedner.sqlite")), 0o600);
    server.stop();
}

#[test]
fn a_backup_follows_no_link_and_replaces_nothing() {
    let folder = Folder::new(&config(2, |_| ()));
    folder.start().stop();
    let (to, elsewhere) = (folder.path().join("backup"), folder.path().join("elsewhere"));
    symlink(&elsewhere, folder.path().join("backup.unfinished")).unwrap();
    let backup = || folder.run(&["backup", "--to", to.to_str().unwrap()]);
    backup().good();
    assert_eq!(mode(&to), 0o600);
    assert!(!elsewhere.exists());
    assert!(backup().refused().contains("there already"));
    fs::remove_file(&to).unwrap();
    symlink(&elsewhere, &to).unwrap();
    assert!(backup().refused().contains("there already"), "a link that leads nowhere is there too");
    assert!(!elsewhere.exists());
}

#[test]
fn of_backups_to_one_name_at_once_one_is_made_and_whole() {
    let folder = Folder::new(&config(2, |_| ()));
    folder.start().stop();
    let to = folder.path().join("backup");
    let mut running = Vec::new();
    for _ in 0..4 {
        let mut command = folder.command();
        command.args(["backup", "--to"]).arg(&to).stdout(Stdio::null()).stderr(Stdio::null());
        running.push(command.spawn().unwrap());
    }
    let made = running.into_iter().filter_map(|mut child| child.wait().unwrap().success().then_some(())).count();
    assert_eq!(made, 1);
    let left = fs::read_dir(folder.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("unfinished"));
    assert_eq!(left.count(), 0, "nothing is left of the others");
    folder.run(&["restore", "--force", "--from", to.to_str().unwrap()]).good();
}

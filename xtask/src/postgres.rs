//! A private PostgreSQL cluster for the tests: made in a temporary folder, reached through a socket in it, gone afterwards.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process::{self, clean, find_program};
use crate::setup;

/// Where the tests look for a database that they may fill with databases of their own.
pub const URL_VARIABLE: &str = "FEDNER_TEST_POSTGRES";

const PACKAGES: &[&str] = &["postgresql"];
/// Debian keeps the server's programs here, one folder a version, and none on the PATH.
const DEBIAN_FOLDER: &str = "/usr/lib/postgresql";
/// PostgreSQL refuses root; one of these accounts runs it then.
const ACCOUNTS: &[&str] = &["postgres", "nobody"];
/// A cluster's folder, before this tool's process id.
const FOLDER_PREFIX: &str = "fedner-postgres-";
/// The database's own superuser.
const USER: &str = "fedner";
/// Many tests at once, each with connections of its own. What is lost with a crash may be: the folder is temporary.
const SETTINGS: &[&str] = &["listen_addresses=", "max_connections=400", "fsync=off", "shared_buffers=32MB"];
/// A slow machine, but no hang.
const START_MAX: Duration = Duration::from_secs(60);
const STOP_MAX: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(50);

/// A cluster that runs until this is dropped.
pub struct Cluster {
    server: Child,
    folder: PathBuf,
}

/// The programs, installed where that can be done without asking anybody; `None` when there are none.
pub fn ensure() -> Option<PathBuf> {
    if let Some(folder) = programs() {
        return Some(folder);
    }
    if setup::can_apt_install()
        && let Err(error) = setup::apt_install(PACKAGES)
    {
        println!("{error:#}");
    }
    programs()
}

/// The folder with `initdb` and `postgres`; of several versions the newest.
fn programs() -> Option<PathBuf> {
    let on_path = find_program("postgres").and_then(|program| Some(program.parent()?.to_owned()));
    let versions = fs::read_dir(DEBIAN_FOLDER).into_iter().flatten().flatten();
    let mut versions = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin"))))
        .collect::<Vec<_>>();
    versions.sort();
    let newest_first = versions.into_iter().rev().map(|(_, folder)| folder);
    on_path
        .into_iter()
        .chain(newest_first)
        .find(|folder| ["initdb", "postgres"].iter().all(|p| folder.join(p).is_file()))
}

impl Cluster {
    /// Makes and starts one.
    pub fn start(programs: &Path) -> Result<Cluster> {
        let account = if setup::is_root() { Some(Account::find()?) } else { None };
        remove_abandoned();
        let folder = env::temp_dir().join(format!("{FOLDER_PREFIX}{}", std::process::id()));
        fs::create_dir(&folder).with_context(|| format!("can't make {}", folder.display()))?;
        let made = make(programs, &folder, account.as_ref());
        match made {
            Ok(server) => {
                let mut cluster = Cluster { server, folder };
                cluster.wait_until_ready()?;
                Ok(cluster)
            }
            Err(error) => {
                remove(&folder);
                Err(error)
            }
        }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("postgres://{USER}@localhost/postgres?host={}", self.folder.display())
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let end = Instant::now() + START_MAX;
        // Its status stands in the eighth line.
        let state = self.folder.join("data/postmaster.pid");
        while !fs::read_to_string(&state).is_ok_and(|text| text.lines().nth(7).map(str::trim) == Some("ready")) {
            let log = || fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            if let Some(status) = self.server.try_wait()? {
                bail!("PostgreSQL ended with {status}:\n{}", log());
            }
            if Instant::now() >= end {
                bail!("PostgreSQL was not ready within {} s:\n{}", START_MAX.as_secs(), log());
            }
            thread::sleep(POLL);
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // SIGINT asks it to end at once and cleanly; what does not heed it is killed.
        let asked = process::succeeds(Command::new("kill").args(["-INT", &self.server.id().to_string()]));
        let end = Instant::now() + STOP_MAX;
        while asked && Instant::now() < end && self.server.try_wait().is_ok_and(|status| status.is_none()) {
            thread::sleep(POLL);
        }
        let _ = self.server.kill();
        let _ = self.server.wait();
        remove(&self.folder);
    }
}

/// Removes what runs left that were killed; their servers ended with them.
fn remove_abandoned() {
    let entries = fs::read_dir(env::temp_dir()).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(FOLDER_PREFIX)?.parse::<u32>().ok());
        if process.is_some_and(|id| !process::succeeds(Command::new("kill").args(["-0", &id.to_string()]))) {
            remove(&entry.path());
        }
    }
}

fn remove(folder: &Path) {
    if let Err(error) = fs::remove_dir_all(folder) {
        println!("{} could not be removed: {error}", folder.display());
    }
}

/// Makes the cluster and starts its server.
fn make(programs: &Path, folder: &Path, account: Option<&Account>) -> Result<Child> {
    if let Some(account) = account {
        process::run(Command::new("chown").arg(&account.name).arg(folder))?;
    }
    let data = folder.join("data");
    let mut initdb = as_account(account, &programs.join("initdb"));
    initdb.current_dir(folder).args(["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--username", USER]);
    process::output(initdb.arg("--pgdata").arg(&data)).context("the cluster can't be made")?;
    let mut server = as_account(account, &programs.join("postgres"));
    server.current_dir(folder).arg("-D").arg(&data);
    for setting in SETTINGS {
        server.args(["-c", setting]);
    }
    server.arg("-c").arg(option("unix_socket_directories", folder));
    let log = fs::File::create(folder.join("log")).context("the log can't be written")?;
    server.stdout(Stdio::null()).stderr(log).spawn().context("PostgreSQL can't be started")
}

fn option(name: &str, value: &Path) -> OsString {
    let mut option = OsString::from(format!("{name}="));
    option.push(value);
    option
}

/// A command that ends when this tool does, however that happens, under the account where one is given.
fn as_account(account: Option<&Account>, program: &Path) -> Command {
    let Some(setpriv) = find_program("setpriv") else {
        return clean(program);
    };
    let mut command = clean(setpriv);
    command.arg("--pdeathsig=INT");
    if let Some(account) = account {
        command.args(["--reuid", &account.uid, "--regid", &account.gid, "--clear-groups"]);
        command.env("HOME", "/");
    }
    command.arg("--").arg(program);
    command
}

/// An account without rights.
struct Account {
    name: String,
    uid: String,
    gid: String,
}

impl Account {
    fn find() -> Result<Account> {
        if find_program("setpriv").is_none() {
            bail!("PostgreSQL refuses to run as root, and there is no setpriv (Debian's util-linux) to change that");
        }
        let id = |flag: &str, name: &str| {
            let output = Command::new("id").args([flag, name]).stderr(Stdio::null()).output().ok()?;
            output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        let account = ACCOUNTS
            .iter()
            .find_map(|name| Some(Account { name: (*name).to_owned(), uid: id("-u", name)?, gid: id("-g", name)? }));
        account.with_context(|| format!("PostgreSQL refuses to run as root, and there is none of {ACCOUNTS:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_runs_while_it_is_held_and_leaves_nothing() {
        let Some(programs) = programs() else {
            return println!("skipped: there is no PostgreSQL here");
        };
        let cluster = Cluster::start(&programs).expect("the cluster starts");
        let (folder, id) = (cluster.folder.clone(), cluster.server.id());
        assert!(folder.join(".s.PGSQL.5432").exists(), "it listens in its folder");
        drop(cluster);
        assert!(!folder.exists());
        assert!(!process::succeeds(Command::new("kill").args(["-0", &id.to_string()])));
    }
}

//! Who may use a store at the same time: one server an SQLite folder, any number of commands beside it, and a restore
//! only when nobody else does.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::{Purpose, StoreError};

/// Held by the server that uses the folder, or by a restore.
const SERVER_FILE: &str = "fedner.lock";
/// Shared by whoever uses the folder; a restore holds it alone.
const USERS_FILE: &str = "fedner.users.lock";
/// PostgreSQL's advisory lock, shared by every connection of a server or a command; a restore holds it alone.
const ADVISORY_LOCK: i64 = 0x6665_646e_6572;
/// Longest wait for it: the connection of a process that has just died is still there for a moment.
const ADVISORY_WAIT_S: u32 = 5;

/// The locks of a data folder, released when this is dropped.
#[derive(Debug)]
pub(super) struct FolderLock(Vec<File>);

impl FolderLock {
    /// Takes what the purpose needs.
    ///
    /// # Errors
    /// When somebody else holds it, or the folder can't be written.
    pub(super) fn take(folder: &Path, purpose: Purpose) -> Result<Self, StoreError> {
        let mut held = Vec::new();
        if purpose != Purpose::Command {
            let taken = lock(folder, SERVER_FILE, File::try_lock)?;
            held.push(taken.ok_or_else(|| in_use(folder, "another server is using", "stop it first"))?);
        }
        let taken = match purpose {
            Purpose::Serve | Purpose::Command => lock(folder, USERS_FILE, File::try_lock_shared)?
                .ok_or_else(|| in_use(folder, "a backup is being restored into", "wait until that is done"))?,
            Purpose::Restore => lock(folder, USERS_FILE, File::try_lock)?
                .ok_or_else(|| in_use(folder, "a command, such as a backup, is using", "wait until it has ended"))?,
        };
        held.push(taken);
        Ok(Self(held))
    }

    /// Releases them before the last handle goes, so that the next server can start.
    pub(super) fn release(&self) {
        for file in &self.0 {
            if let Err(error) = file.unlock() {
                tracing::warn!("a lock of the data folder could not be released: {error}");
            }
        }
    }
}

/// `None` when somebody else holds it.
fn lock(
    folder: &Path,
    name: &str,
    take: impl FnOnce(&File) -> Result<(), TryLockError>,
) -> Result<Option<File>, StoreError> {
    let failed = |what: &str, e: std::io::Error| StoreError::Database(format!("{what} {}: {e}", folder.display()));
    let file = File::create(folder.join(name)).map_err(|e| failed("can't write in the data folder", e))?;
    match take(&file) {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(e)) => Err(failed("can't lock the data folder", e)),
    }
}

fn in_use(folder: &Path, who: &str, what_to_do: &str) -> StoreError {
    StoreError::Database(format!("{who} the data folder {}; {what_to_do}", folder.display()))
}

/// Takes PostgreSQL's lock for as long as a connection lasts.
pub(super) fn advisory(purpose: Purpose) -> String {
    let (function, refusal) = match purpose {
        Purpose::Serve | Purpose::Command => {
            ("pg_advisory_lock_shared", "a backup is being restored into this database; wait until that is done")
        }
        Purpose::Restore => (
            "pg_advisory_lock",
            "a server or a command is using this database; stop the servers, wait for the commands",
        ),
    };
    format!(
        "DO $$ BEGIN
             PERFORM set_config('lock_timeout', '{ADVISORY_WAIT_S}s', false);
             PERFORM {function}({ADVISORY_LOCK});
             PERFORM set_config('lock_timeout', '0', false);
         EXCEPTION WHEN lock_not_available THEN RAISE EXCEPTION '{refusal}';
         END $$;"
    )
}

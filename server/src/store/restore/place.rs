//! How a backup takes the place of what is stored.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sqlx::{AnyConnection, Connection};

use super::{RestoreError, file_error};
use crate::failpoint::{self, Moment, WritePoint};
use crate::store::backup::sync_folder_of;
use crate::store::dialect::{DATABASE_FILE, Dialect, make_folder, sqlite_options};
use crate::store::{Store, copy, failure};
use crate::timestamp::Timestamp;

/// Folder in the data folder where a backup is made ready.
const STAGING: &str = "restoring";

/// A copy of the backup, removed in the end.
pub(super) struct Staging {
    folder: PathBuf,
    /// The copy.
    pub(super) file: PathBuf,
}

impl Staging {
    pub(super) fn new(data: &Path) -> Result<Self, RestoreError> {
        let folder = data.join(STAGING);
        let file = folder.join(DATABASE_FILE);
        let staging = Self { folder, file };
        staging.remove().map_err(|e| file_error(&staging.folder, e))?;
        make_folder(&staging.folder)?;
        Ok(staging)
    }

    fn remove(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if let Err(error) = self.remove() {
            tracing::warn!("{} can't be removed: {error}", self.folder.display());
        }
    }
}

/// Takes the place of an SQLite file at once: at no moment is there neither. Returns where the old one is kept.
pub(super) async fn put_in_place(new: &Path, database: &Path, now: Timestamp) -> Result<Option<PathBuf>, RestoreError> {
    let old_is_there = database.try_exists().map_err(|e| file_error(database, e))?;
    let kept = if old_is_there { Some(set_aside(database, now).await?) } else { None };
    fs::File::open(new).and_then(|file| file.sync_all()).map_err(|e| file_error(new, e))?;
    failpoint::reach(WritePoint::Restore, Moment::BeforeCommit);
    fs::rename(new, database).and_then(|()| sync_folder_of(database)).map_err(|e| file_error(database, e))?;
    failpoint::reach(WritePoint::Restore, Moment::AfterCommit);
    Ok(kept)
}

/// Keeps the file that is there, and what its write-ahead log holds, under another name too.
async fn set_aside(database: &Path, now: Timestamp) -> Result<PathBuf, RestoreError> {
    // A whole database takes its log in and removes it; from a damaged one the log is moved as it is.
    if let Ok(mut old) = AnyConnection::connect_with(&sqlite_options(database, "rw")?).await {
        let _ = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut old).await;
        let _ = old.close().await;
    }
    let with = |suffix: &str| PathBuf::from(format!("{}{suffix}", database.display()));
    let replaced = format!(".replaced-{}", now.ms());
    let kept = with(&replaced);
    if fs::hard_link(database, &kept).is_err() {
        fs::copy(database, &kept).map_err(|e| file_error(&kept, e))?;
    }
    for part in ["-wal", "-shm"] {
        let from = with(part);
        if from.try_exists().map_err(|e| file_error(&from, e))? {
            fs::rename(&from, with(&format!("{replaced}{part}"))).map_err(|e| file_error(&from, e))?;
        }
    }
    Ok(kept)
}

/// Copies the rows into PostgreSQL, in one transaction.
pub(super) async fn fill(store: &Store, staged: &Path) -> Result<(), RestoreError> {
    let mut from = AnyConnection::connect_with(&sqlite_options(staged, "rw")?).await.map_err(failure)?;
    let tables = copy::tables(&mut from).await?;
    let mut to = store.writer.acquire().await.map_err(failure)?;
    copy::replace(&mut from, &mut to, Dialect::Postgres, &tables, WritePoint::Restore).await?;
    from.close().await.map_err(failure)?;
    Ok(())
}

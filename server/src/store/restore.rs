//! Fills a store from a backup. The backup is checked as a whole before anything is changed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use fedner_protocol::Digest;
use futures_util::TryStreamExt;
use sqlx::any::install_default_drivers;
use sqlx::{AnyConnection, Connection, Row};

use super::backup::sync_folder_of;
use super::dialect::{DATABASE_FILE, Dialect, lock, make_folder, open_file, sqlite_options};
use super::{Purpose, Store, StoreError, copy, failure, rows};
use crate::audit::{Actor, AuditEntry, AuditEvent, ChainError, Verified};
use crate::config::StoreConfig;
use crate::failpoint::{self, Moment, WritePoint};
use crate::timestamp::Timestamp;

/// Folder in the data folder where a backup is made ready.
const STAGING: &str = "restoring";
/// SQLite's result code for a file of another kind.
const NOT_A_DATABASE: &str = "26";

/// Why a backup was not restored. The store is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The backup or the store can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file can't be read or written.
    #[error("{file}: {reason}")]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// The file is something else.
    #[error("{0} is not a backup of fedner-server")]
    NotABackup(PathBuf),
    /// The backup is not what was written.
    #[error("the backup is damaged: {0}")]
    Damaged(String),
    /// The backup's audit log is not what was written.
    #[error("the backup's audit log is not what was written: {0}")]
    Audit(#[from] ChainError),
    /// There is something that would be lost.
    #[error("{0} holds a store already; with --force the backup takes its place")]
    Occupied(String),
}

/// Puts a backup in the place of the configured store. With `force`, also where there is one already: an SQLite file
/// is kept beside the new one then.
///
/// # Errors
/// When the backup is not whole, a server is running on the SQLite file, or there is a store and no `force`.
pub async fn restore(
    config: &StoreConfig,
    backup: &Path,
    force: bool,
    now: Timestamp,
) -> Result<Verified, RestoreError> {
    let folder = &config.data_dir;
    make_folder(folder)?;
    let locked = lock(folder)?;
    let database = folder.join(DATABASE_FILE);
    if config.database_url.is_none() && !force && database.try_exists().map_err(|e| file_error(&database, e))? {
        return Err(RestoreError::Occupied(config.to_string()));
    }
    let staging = Staging::new(folder)?;
    let verified = make_ready(backup, &staging.file, now).await?;
    match &config.database_url {
        None => put_in_place(&staging.file, &database, now).await?,
        Some(_) => fill(config, &staging.file, force).await?,
    }
    drop((staging, locked));
    Ok(verified)
}

fn file_error(file: &Path, reason: io::Error) -> RestoreError {
    RestoreError::File { file: file.to_owned(), reason }
}

/// A copy of the backup, removed in the end.
struct Staging {
    folder: PathBuf,
    file: PathBuf,
}

impl Staging {
    fn new(data: &Path) -> Result<Self, RestoreError> {
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

/// Copies the backup, checks the copy, brings its tables up to date and notes the act in its audit log.
async fn make_ready(backup: &Path, copy: &Path, now: Timestamp) -> Result<Verified, RestoreError> {
    tokio::fs::copy(backup, copy).await.map_err(|e| file_error(backup, e))?;
    // What is wrong with the copy is wrong with the backup.
    check(copy, now).await.map_err(|error| match error {
        RestoreError::NotABackup(_) => RestoreError::NotABackup(backup.to_owned()),
        RestoreError::Store(StoreError::Damaged(what)) => RestoreError::Damaged(what),
        other => other,
    })
}

async fn check(copy: &Path, now: Timestamp) -> Result<Verified, RestoreError> {
    check_file(copy).await?;
    let store = open_file(copy).await?;
    let outcome = check_contents(&store, now).await;
    store.close().await;
    outcome
}

/// What SQLite itself can tell.
async fn check_file(file: &Path) -> Result<(), RestoreError> {
    install_default_drivers();
    let unreadable = |error: sqlx::Error| {
        let code = error.as_database_error().and_then(|error| error.code()).unwrap_or_default().into_owned();
        if code == NOT_A_DATABASE { RestoreError::NotABackup(file.to_owned()) } else { failure(error).into() }
    };
    let mut database = AnyConnection::connect_with(&sqlite_options(file, "ro")?).await.map_err(unreadable)?;
    let query = "SELECT count(*) AS found FROM sqlite_schema WHERE name IN ('_sqlx_migrations', 'federations')";
    let row = sqlx::query(query).fetch_one(&mut database).await.map_err(unreadable)?;
    if rows::number::<u32>(&row, "found")? != 2 {
        return Err(RestoreError::NotABackup(file.to_owned()));
    }
    for pragma in ["PRAGMA integrity_check", "PRAGMA foreign_key_check"] {
        let found = sqlx::query(pragma).fetch_all(&mut database).await.map_err(failure)?;
        // The first answers "ok", or with what is wrong; the second with the tables that refer to missing rows.
        let told = found.first().map(|row| row.try_get::<String, _>(0).map_err(failure)).transpose()?;
        if let Some(told) = told.filter(|told| told != "ok") {
            return Err(RestoreError::Damaged(format!("{pragma}: {told}")));
        }
    }
    database.close().await.map_err(failure)?;
    Ok(())
}

async fn check_contents(store: &Store, now: Timestamp) -> Result<Verified, RestoreError> {
    let verified = store.verify_audit(None).await??;
    store.check_tensors().await?;
    let event = AuditEvent::StoreRestored { rows: verified.rows, head: verified.head };
    let entry = AuditEntry { at: now, actor: Actor::CommandLine, federation: None, event };
    store.append_audit(WritePoint::Restore, &entry).await?;
    Ok(verified)
}

impl Store {
    /// Compares all tensors with their digests.
    async fn check_tensors(&self) -> Result<(), StoreError> {
        let tensors = [
            ("model", "SELECT federation, CAST(version AS TEXT) AS id, digest, body FROM models"),
            ("update", "SELECT federation, id, digest, body FROM updates WHERE body IS NOT NULL"),
        ];
        for (what, query) in tensors {
            let mut found = sqlx::query(query).fetch(&self.readers);
            while let Some(row) = found.try_next().await.map_err(failure)? {
                let body = rows::bytes(&row, "body")?;
                if Digest::of(&body) != rows::digest(&row, "digest")? {
                    let (federation, id): (String, String) =
                        (rows::parsed(&row, "federation")?, rows::parsed(&row, "id")?);
                    return Err(StoreError::Damaged(format!("{what} {id} of federation {federation}")));
                }
            }
        }
        Ok(())
    }
}

/// Takes the place of an SQLite file at once: at no moment is there neither.
async fn put_in_place(new: &Path, database: &Path, now: Timestamp) -> Result<(), RestoreError> {
    let old_is_there = database.try_exists().map_err(|e| file_error(database, e))?;
    if old_is_there {
        set_aside(database, now).await?;
    }
    fs::File::open(new).and_then(|file| file.sync_all()).map_err(|e| file_error(new, e))?;
    failpoint::reach(WritePoint::Restore, Moment::BeforeCommit);
    fs::rename(new, database).and_then(|()| sync_folder_of(database)).map_err(|e| file_error(database, e))?;
    failpoint::reach(WritePoint::Restore, Moment::AfterCommit);
    Ok(())
}

/// Keeps the file that is there, and what its write-ahead log holds, under another name too.
async fn set_aside(database: &Path, now: Timestamp) -> Result<(), RestoreError> {
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
    Ok(())
}

/// Copies the rows into PostgreSQL, in one transaction.
async fn fill(config: &StoreConfig, staged: &Path, force: bool) -> Result<(), RestoreError> {
    let store = Store::open(config, Purpose::Command).await?;
    let outcome = fill_store(&store, config, staged, force).await;
    store.close().await;
    outcome
}

async fn fill_store(store: &Store, config: &StoreConfig, staged: &Path, force: bool) -> Result<(), RestoreError> {
    let query = "SELECT count(*) AS found FROM federations";
    let row = sqlx::query(query).fetch_one(&store.readers).await.map_err(failure)?;
    if !force && (rows::number::<u64>(&row, "found")? > 0 || store.audit_head().await?.rows > 0) {
        return Err(RestoreError::Occupied(config.to_string()));
    }
    let mut from = AnyConnection::connect_with(&sqlite_options(staged, "rw")?).await.map_err(failure)?;
    let tables = copy::tables(&mut from).await?;
    let mut to = store.writer.acquire().await.map_err(failure)?;
    copy::replace(&mut from, &mut to, Dialect::Postgres, &tables, WritePoint::Restore).await?;
    from.close().await.map_err(failure)?;
    Ok(())
}

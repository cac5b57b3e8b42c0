//! Fills a store from a backup. The backup is checked as a whole before anything is changed.
//!
//! A backup is of an earlier time: what was revoked, replaced or used up since must not come back with it.

mod check;
mod place;
mod replaced;

use std::io;
use std::path::{Path, PathBuf};

use sqlx::{AnyConnection, Connection};

use self::place::Staging;
pub use self::replaced::{Reapplied, ReplacedStore};
use super::backup::BackupError;
use super::dialect::{DATABASE_FILE, make_folder, open_file, sqlite_options};
use super::locks::FolderLock;
use super::{Purpose, REPLICA_TIMEOUT_MS, Store, StoreError, failure, rows};
use crate::audit::{ChainError, Verified};
use crate::config::StoreConfig;
use crate::credential::CredentialHash;
use crate::timestamp::Timestamp;

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
    /// A server was alive a moment ago and may come back.
    #[error(
        "a server that uses this database was alive {seconds} s ago and has not ended properly: stop it, or wait until \
         it has been silent for 15 s"
    )]
    Alive {
        /// How long ago.
        seconds: u64,
    },
    /// There is something that would be lost.
    #[error("{0} holds a store already; with --force the backup takes its place")]
    Occupied(String),
}

/// What to restore, and how.
#[derive(Debug)]
pub struct Restoration<'a> {
    /// The file that `backup` wrote.
    pub backup: &'a Path,
    /// Whether it may take the place of a store.
    pub force: bool,
    /// The operator's credential from now on.
    pub operator: CredentialHash,
    /// Now.
    pub now: Timestamp,
}

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// The backup's audit log.
    pub verified: Verified,
    /// The store whose place the backup took.
    pub replaced: Replaced,
    /// What had to be done, since the backup is of an earlier time.
    pub reapplied: Reapplied,
}

/// The store whose place a backup took.
#[derive(Debug)]
pub enum Replaced {
    /// There was none.
    Nothing,
    /// It is kept in this file, if that could be done.
    Store(ReplacedStore, Option<PathBuf>),
    /// It could not be read, so nothing that it knew is in the restored store.
    Unreadable(String, Option<PathBuf>),
}

/// Puts a backup in the place of the configured store. With `force`, also where there is one already, which is kept
/// in a file.
///
/// # Errors
/// When the backup is not whole, the store is in use, or there is a store and no `force`.
pub async fn restore(config: &StoreConfig, restoration: &Restoration<'_>) -> Result<Restored, RestoreError> {
    let folder = &config.data_dir;
    make_folder(folder)?;
    let lock = FolderLock::take(folder, Purpose::Restore)?;
    let staging = Staging::new(folder)?;
    let restored = match &config.database_url {
        None => restore_file(config, &staging, restoration).await?,
        Some(_) => restore_postgres(config, &staging, restoration).await?,
    };
    drop((staging, lock));
    Ok(restored)
}

async fn restore_file(
    config: &StoreConfig,
    staging: &Staging,
    restoration: &Restoration<'_>,
) -> Result<Restored, RestoreError> {
    let database = config.data_dir.join(DATABASE_FILE);
    let is_there = database.try_exists().map_err(|e| file_error(&database, e))?;
    if is_there && !restoration.force {
        return Err(RestoreError::Occupied(config.to_string()));
    }
    let verified = make_ready(staging, restoration).await?;
    let known = if is_there { Some(read_file(&database, &verified).await) } else { None };
    let replaced = known.as_ref().and_then(|known| known.as_ref().ok());
    let reapplied = finish(staging, replaced, &verified, restoration).await?;
    let kept = place::put_in_place(&staging.file, &database, restoration.now).await?;
    Ok(Restored { verified, replaced: Replaced::of(known, kept), reapplied })
}

async fn read_file(database: &Path, backup: &Verified) -> Result<ReplacedStore, StoreError> {
    let mut old = AnyConnection::connect_with(&sqlite_options(database, "rw")?).await.map_err(failure)?;
    let known = replaced::read(&mut old, backup).await;
    old.close().await.map_err(failure)?;
    known
}

async fn restore_postgres(
    config: &StoreConfig,
    staging: &Staging,
    restoration: &Restoration<'_>,
) -> Result<Restored, RestoreError> {
    // Nobody else is connected from here on.
    let store = Store::open(config, Purpose::Restore).await?;
    let outcome = replace_rows(&store, config, staging, restoration).await;
    store.close().await;
    outcome
}

async fn replace_rows(
    store: &Store,
    config: &StoreConfig,
    staging: &Staging,
    restoration: &Restoration<'_>,
) -> Result<Restored, RestoreError> {
    let query = "SELECT count(*) AS found FROM federations";
    let row = sqlx::query(query).fetch_one(&store.readers).await.map_err(failure)?;
    let is_there = rows::number::<u64>(&row, "found")? > 0 || store.audit_head().await?.rows > 0;
    if is_there && !restoration.force {
        return Err(RestoreError::Occupied(config.to_string()));
    }
    if let Some(now) = store.now().await?
        && let Some(seen) = store.last_alive().await?
        && seen.plus_ms(REPLICA_TIMEOUT_MS) > now
    {
        return Err(RestoreError::Alive { seconds: now.ms_after(seen) / 1000 });
    }
    let verified = make_ready(staging, restoration).await?;
    let (mut known, mut kept) = (None, None);
    if is_there {
        let file = config.data_dir.join(format!("{DATABASE_FILE}.replaced-{}", restoration.now.ms()));
        match store.back_up(&file).await {
            Ok(_) => kept = Some(file),
            // What can't be read can't be kept.
            Err(BackupError::Store(error)) => tracing::error!("the replaced store can't be kept: {error}"),
            Err(BackupError::File { file, reason }) => return Err(RestoreError::File { file, reason }),
        }
        let mut old = store.readers.acquire().await.map_err(failure)?;
        known = Some(replaced::read(&mut old, &verified).await);
    }
    let replaced = known.as_ref().and_then(|known| known.as_ref().ok());
    let reapplied = finish(staging, replaced, &verified, restoration).await?;
    place::fill(store, &staging.file).await?;
    Ok(Restored { verified, replaced: Replaced::of(known, kept), reapplied })
}

impl Replaced {
    fn of(known: Option<Result<ReplacedStore, StoreError>>, kept: Option<PathBuf>) -> Self {
        match known {
            None => Self::Nothing,
            Some(Ok(store)) => Self::Store(store, kept),
            Some(Err(error)) => Self::Unreadable(error.to_string(), kept),
        }
    }
}

fn file_error(file: &Path, reason: io::Error) -> RestoreError {
    RestoreError::File { file: file.to_owned(), reason }
}

/// Copies the backup, checks the copy and brings its tables up to date.
async fn make_ready(staging: &Staging, restoration: &Restoration<'_>) -> Result<Verified, RestoreError> {
    let (backup, copy) = (restoration.backup, &staging.file);
    tokio::fs::copy(backup, copy).await.map_err(|e| file_error(backup, e))?;
    let checked = async {
        check::check_file(copy).await?;
        let store = open_file(copy).await?;
        let outcome = check::check_contents(&store, restoration.now).await;
        store.close().await;
        outcome
    };
    // What is wrong with the copy is wrong with the backup.
    checked.await.map_err(|error| match error {
        RestoreError::NotABackup(_) => RestoreError::NotABackup(backup.to_owned()),
        RestoreError::Store(StoreError::Damaged(what)) => RestoreError::Damaged(what),
        RestoreError::Store(StoreError::DamagedRow(row)) => RestoreError::Damaged(row.to_string()),
        other => other,
    })
}

/// Copies what the replaced store knew into the copy, and notes the act in its audit log.
async fn finish(
    staging: &Staging,
    known: Option<&ReplacedStore>,
    verified: &Verified,
    Restoration { operator, now, .. }: &Restoration<'_>,
) -> Result<Reapplied, RestoreError> {
    let store = open_file(&staging.file).await?;
    let outcome = replaced::reapply(&store, known, verified, operator, *now).await;
    store.close().await;
    Ok(outcome?)
}

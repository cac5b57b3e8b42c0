//! A backup is one SQLite file with all that is stored at one moment, whichever database it is of. So it can be
//! checked before it is used, read by any tool, and brought from SQLite to PostgreSQL or back.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use sqlx::{AnyConnection, Connection};
use tempfile::TempPath;

use super::dialect::{Dialect, open_file, sqlite_options};
use super::{DamagedRow, Store, StoreError, copy, failure};
use crate::audit::AuditHead;
use crate::failpoint::{self, Moment, WritePoint};

/// Why there is no backup. Nothing is left of it.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// It can't be made.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file can't be written.
    #[error("{file}: {reason}")]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: io::Error,
    },
}

/// What was backed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackedUp {
    /// The file's size in bytes.
    pub bytes: u64,
    /// Where the audit log ends in it.
    pub audit: AuditHead,
    /// Rows in it that are not what was written: they were damaged in the store already.
    pub damage: Vec<DamagedRow>,
}

impl Store {
    /// Writes all that is stored to a new file, as it is at one moment. Servers go on meanwhile.
    ///
    /// # Errors
    /// When the file is there already or can't be written, or the store can't be read.
    pub async fn back_up(&self, file: &Path) -> Result<BackedUp, BackupError> {
        let failed = |reason| BackupError::File { file: file.to_owned(), reason };
        // Also a link that leads nowhere.
        if file.symlink_metadata().is_ok() {
            return Err(failed(io::Error::new(io::ErrorKind::AlreadyExists, "it is there already; name a new file")));
        }
        let unfinished = Unfinished::new(file).map_err(failed)?;
        match self.dialect {
            Dialect::Sqlite => self.vacuum_into(&unfinished.file).await?,
            Dialect::Postgres => self.copy_into(&unfinished.file).await?,
        }
        let copied = open_file(&unfinished.file).await?;
        let (audit, damage) = (copied.audit_head().await, copied.find_damage().await);
        copied.close().await;
        let (audit, damage) = (audit?, damage?);
        failpoint::reach(WritePoint::BackUp, Moment::BeforeCommit);
        let bytes = unfinished.finish(file).map_err(failed)?;
        failpoint::reach(WritePoint::BackUp, Moment::AfterCommit);
        Ok(BackedUp { bytes, audit, damage })
    }

    async fn vacuum_into(&self, file: &Path) -> Result<(), StoreError> {
        let query = sqlx::query("VACUUM INTO $1").bind(file.to_string_lossy().into_owned());
        query.execute(&self.readers).await.map(|_| ()).map_err(failure)
    }

    async fn copy_into(&self, file: &Path) -> Result<(), StoreError> {
        open_file(file).await?.close().await;
        let mut to = AnyConnection::connect_with(&sqlite_options(file, "rw")?).await.map_err(failure)?;
        let tables = copy::tables(&mut to).await?;
        let mut from = self.readers.begin_with(self.dialect.begin_to_read()).await.map_err(failure)?;
        copy::replace(&mut from, &mut to, Dialect::Sqlite, &tables, WritePoint::BackUp).await?;
        from.rollback().await.map_err(failure)?;
        to.close().await.map_err(failure)
    }
}

/// A file under a name of its own until it is whole; removed when it does not come to that.
struct Unfinished {
    file: TempPath,
    /// Locked for as long as this process writes the file: one that nobody has locked was left behind by a crash.
    _lock: File,
}

/// Last part of the name of a backup that is not whole.
const UNFINISHED: &str = ".unfinished";

impl Unfinished {
    fn new(file: &Path) -> io::Result<Self> {
        let mut name = file.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
        name.push(".");
        remove_left_behind(folder_of(file), &name.to_string_lossy())?;
        // It holds hashes of credentials: made for its owner only, and never through a link.
        let made = tempfile::Builder::new().prefix(&name).suffix(UNFINISHED).tempfile_in(folder_of(file))?;
        let (lock, file) = made.into_parts();
        lock.lock()?;
        Ok(Self { file, _lock: lock })
    }

    /// Gives it its name once it is on the disk, unless another backup has got it meanwhile; answers with its size.
    fn finish(self, file: &Path) -> io::Result<u64> {
        let written = File::open(&self.file)?;
        written.sync_all()?;
        self.file.persist_noclobber(file)?;
        sync_folder_of(file)?;
        Ok(written.metadata()?.len())
    }
}

/// Removes what backups to the same name left when their process was killed.
fn remove_left_behind(folder: &Path, prefix: &str) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_unfinished = name.to_str().is_some_and(|name| name.starts_with(prefix) && name.ends_with(UNFINISHED));
        if is_unfinished && entry.file_type()?.is_file() && File::open(entry.path())?.try_lock().is_ok() {
            std::fs::remove_file(entry.path())?;
            // SQLite's own file beside one that was being written.
            let mut journal = entry.path().into_os_string();
            journal.push("-journal");
            match std::fs::remove_file(journal) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a change of names in a file's folder last.
pub(super) fn sync_folder_of(file: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder_of(file))?.sync_all() } else { Ok(()) }
}

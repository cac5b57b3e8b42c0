//! What must survive a crash: one set of statements for SQLite and PostgreSQL.
//!
//! [`Store`] has a file of methods for each concern. Whatever changes something goes through a
//! [`Change`](change::Change), which is one transaction; a change of a federation names the [`Revision`]
//! that its decision rests on and is refused when another server was quicker.

mod audit;
mod backup;
mod change;
#[cfg(test)]
pub(crate) mod contract;
mod copy;
mod damage;
mod dialect;
mod erase;
mod exchange;
mod failure;
#[cfg(test)]
pub(crate) mod faults;
mod federations;
mod invitations;
mod locks;
mod migrations;
mod models;
mod notices;
mod operator;
mod pause;
mod presence;
mod private;
mod restore;
mod revision;
mod rows;
mod sites;
mod updates;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sqlx::AnyPool;

pub use self::audit::AUDIT_PAGE_ROWS;
pub use self::backup::BackedUp;
use self::change::SMALL_CHANGE_BYTES;
pub use self::damage::{DamagedPart, DamagedRow};
use self::dialect::Dialect;
pub use self::dialect::make_folder;
pub use self::exchange::StoredExchange;
pub use self::failure::StoreError;
use self::failure::failure;
pub use self::federations::{NewFederation, StoredFederation, StoredRound};
pub use self::invitations::{InvitationRefusal, StoredInvitation};
use self::locks::FolderLock;
pub use self::models::{NewVersion, StoredModel, StoredVersion, VERSIONS_LISTED_MAX};
pub use self::notices::{Notice, Notices};
pub use self::pause::PauseOutcome;
pub use self::presence::{REPLICA_TIMEOUT_MS, ReplicaId, SeenSite, StoredPresence};
pub use self::restore::{Reapplied, Replaced, ReplacedStore, Restoration, restore};
pub use self::revision::Revision;
pub use self::sites::{Enrolled, NewSite, Revoked, StoredSite, Unmerged};
pub use self::updates::{Acknowledged, NewUpdate, StoredUpdate};
use crate::config::StoreConfig;
use crate::failpoint::WritePoint;
use crate::timestamp::Timestamp;

/// What the store is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Serving federations. One server an SQLite file; any number a PostgreSQL database.
    Serve,
    /// One command, also while a server is running.
    Command,
    /// Restoring a backup, alone.
    Restore,
}

/// A place where federations, sites, updates and models survive a crash. A method that changes
/// something returns once the change is on the disk.
#[derive(Debug)]
pub struct Store {
    dialect: Dialect,
    /// SQLite: one connection, so that changes come one after the other.
    writer: AnyPool,
    readers: AnyPool,
    /// Bytes of the largest change that failed and has not gone through since; 0 when all is well.
    refused_bytes: AtomicU64,
    /// SQLite: set while what was deleted may still be in the write-ahead log.
    is_erasing: AtomicBool,
    notices: Notices,
    /// SQLite: held while the folder is used, so that two servers never merge the same round.
    lock: Option<FolderLock>,
    #[cfg(test)]
    pub(crate) faults: faults::Faults,
}

impl Store {
    /// Opens the configured database and brings its tables up to date; an SQLite file is made if missing.
    ///
    /// # Errors
    /// When it can't be used, another server uses the same file, or it is not ours.
    pub async fn open(config: &StoreConfig, purpose: Purpose) -> Result<Arc<Self>, StoreError> {
        make_folder(&config.data_dir)?;
        let opened = match &config.database_url {
            Some(url) => dialect::open_postgres(url, purpose).await?,
            None => dialect::open_sqlite(&config.data_dir, config.bytes_max, purpose).await?,
        };
        Ok(Arc::new(opened))
    }

    /// One in an SQLite file in `folder`, for tests.
    #[cfg(test)]
    pub(crate) async fn in_folder(folder: &std::path::Path) -> Arc<Self> {
        let config = StoreConfig { data_dir: folder.to_owned(), ..StoreConfig::default() };
        Self::open(&config, Purpose::Serve).await.unwrap()
    }

    /// Whether several servers may be using it.
    pub fn is_shared(&self) -> bool {
        #[cfg(test)]
        if self.faults.time().is_some() {
            return true;
        }
        self.dialect == Dialect::Postgres
    }

    /// The database's time, which all servers on it share; `None` where there is one server only.
    ///
    /// # Errors
    /// When it can't be asked.
    pub async fn now(&self) -> Result<Option<Timestamp>, StoreError> {
        #[cfg(test)]
        if let Some(clock) = self.faults.time() {
            return Ok(Some(clock));
        }
        let Some(query) = self.dialect.now() else { return Ok(None) };
        let row = sqlx::query(query).fetch_one(&self.readers).await.map_err(failure)?;
        rows::time(&row, "now_ms")
    }

    /// Reports which federations another process changed.
    pub fn notices(&self) -> &Notices {
        &self.notices
    }

    /// Size of the database in bytes.
    ///
    /// # Errors
    /// When it can't be asked.
    pub async fn bytes(&self) -> Result<u64, StoreError> {
        let row = sqlx::query(self.dialect.bytes()).fetch_one(&self.readers).await.map_err(failure)?;
        rows::number(&row, "bytes")
    }

    /// Whether it can be read and, after a failed change, written again.
    ///
    /// # Errors
    /// When it can't.
    pub async fn check(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT count(*) FROM federations").fetch_one(&self.readers).await.map_err(failure)?;
        match self.refused_bytes.load(Ordering::Relaxed) {
            0 => Ok(()),
            bytes => self.probe(bytes).await,
        }
    }

    /// Notes for the health check that so many bytes could not be stored.
    pub fn note_refused(&self, bytes: u64) {
        self.refused_bytes.fetch_max(bytes, Ordering::Relaxed);
    }

    /// Writes and removes some bytes, to see whether a change of that size would go through.
    async fn probe(&self, bytes: u64) -> Result<(), StoreError> {
        // A change takes more than its tensors: rows, and pages of indexes.
        let bytes = bytes + SMALL_CHANGE_BYTES;
        let mut change = self.change(WritePoint::Probe, bytes).await?;
        let zeros = vec![0_u8; usize::try_from(bytes).unwrap_or(usize::MAX)];
        change.execute(sqlx::query("INSERT INTO probes (body) VALUES ($1)").bind(zeros)).await?;
        change.execute(sqlx::query("DELETE FROM probes")).await?;
        change.commit().await
    }

    /// Closes it; everything acknowledged is on the disk already.
    pub async fn close(&self) {
        self.notices.close();
        self.readers.close().await;
        self.writer.close().await;
        // Released here and not when the last request's handle goes, so that the next server can start.
        if let Some(lock) = &self.lock {
            lock.release();
        }
    }
}

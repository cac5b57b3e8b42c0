//! The store in one SQLite file: write-ahead log, `synchronous = FULL`, foreign keys on.

mod failure;
mod rows;

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use fedner_protocol::{Digest, FederationId, SiteId, UpdateId};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Row, SqlitePool};

use self::failure::failure;
use super::{
    NewFederation, NewUpdate, NewVersion, Store, StoreError, StoredFederation, StoredModel, StoredRound, StoredSite,
    StoredUpdate,
};
use crate::optimiser::OptimiserState;
use crate::timestamp::Timestamp;

/// The database's name in the data folder.
const DATABASE_FILE: &str = "fedner.sqlite";
/// Held while a server uses the folder, so that two never merge the same round.
const LOCK_FILE: &str = "fedner.lock";
/// Connections that only read.
const READERS: u32 = 4;
/// Bytes of a database page; the unit of `store.bytes_max`.
const PAGE_BYTES: u32 = 4096;
/// The write-ahead log is cut back to this after a checkpoint.
const LOG_BYTES_KEPT: &str = "67108864";
/// Longest wait for a lock or a free connection.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// A change of rows without tensors takes less than this.
const SMALL_CHANGE_BYTES: u64 = 64 << 10;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// A store in a folder.
#[derive(Debug)]
pub struct SqliteStore {
    /// One connection: changes come one after the other.
    writer: SqlitePool,
    readers: SqlitePool,
    /// Bytes of the largest change that failed and has not gone through since; 0 when all is well.
    refused_bytes: AtomicU64,
    lock: File,
}

impl SqliteStore {
    /// Opens the database in `folder`, made if missing, and brings its tables up to date.
    ///
    /// # Errors
    /// When the folder can't be written or another server uses it, or the file is not ours.
    pub async fn open(folder: &Path, bytes_max: Option<u64>) -> Result<Self, StoreError> {
        let lock = lock(folder)?;
        let options = SqliteConnectOptions::new()
            .filename(folder.join(DATABASE_FILE))
            .page_size(PAGE_BYTES)
            .foreign_keys(true)
            .busy_timeout(WAIT_MAX)
            .synchronous(SqliteSynchronous::Full);
        let mut write = options.clone().create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
        write = write.pragma("journal_size_limit", LOG_BYTES_KEPT);
        if let Some(bytes) = bytes_max {
            write = write.pragma("max_page_count", (bytes / u64::from(PAGE_BYTES)).max(1).to_string());
        }
        let pool = |connections| SqlitePoolOptions::new().max_connections(connections).acquire_timeout(WAIT_MAX);
        let writer = pool(1).connect_with(write).await.map_err(failure)?;
        MIGRATIONS.run(&writer).await.map_err(|e| match e {
            sqlx::migrate::MigrateError::Execute(e) => failure(e),
            e => StoreError::Damaged(e.to_string()),
        })?;
        let readers = pool(READERS).connect_with(options.read_only(true)).await.map_err(failure)?;
        Ok(Self { writer, readers, refused_bytes: AtomicU64::new(0), lock })
    }

    /// Notes for the health check whether a change of so many bytes went through.
    fn noted<T>(&self, bytes: u64, outcome: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        let refused = self.refused_bytes.load(Ordering::Relaxed);
        match outcome {
            Ok(_) if bytes >= refused => self.refused_bytes.store(0, Ordering::Relaxed),
            Ok(_) => {}
            Err(_) => self.refused_bytes.store(refused.max(bytes), Ordering::Relaxed),
        }
        outcome.map_err(failure)
    }
}

fn lock(folder: &Path) -> Result<File, StoreError> {
    let failed = |what: &str, e: std::io::Error| StoreError::Database(format!("{what} {}: {e}", folder.display()));
    make_private(folder).map_err(|e| failed("can't make the data folder", e))?;
    let lock = File::create(folder.join(LOCK_FILE)).map_err(|e| failed("can't write in the data folder", e))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            let folder = folder.display();
            Err(StoreError::Database(format!("another server is using the data folder {folder}; stop it first")))
        }
        Err(TryLockError::Error(e)) => Err(failed("can't lock the data folder", e)),
    }
}

/// A new data folder is for the server's own user only.
fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[async_trait]
impl Store for SqliteStore {
    async fn open_federation(&self, new: &NewFederation) -> Result<StoredFederation, StoreError> {
        let known = sqlx::query("SELECT 1 FROM federations WHERE id = ?").bind(new.id.as_str());
        if known.fetch_optional(&self.readers).await.map_err(failure)?.is_none() {
            self.noted(new.model.len() as u64, rows::insert_federation(&self.writer, new).await)?;
        }
        rows::federation(&self.readers, &new.id).await
    }

    async fn federation(&self, federation: &FederationId) -> Result<StoredFederation, StoreError> {
        rows::federation(&self.readers, federation).await
    }

    async fn set_round(&self, federation: &FederationId, round: &StoredRound) -> Result<(), StoreError> {
        let present = serde_json::to_string(&round.present).map_err(|e| StoreError::Database(e.to_string()))?;
        let query = sqlx::query("UPDATE federations SET attempt = ?, deadline_ms = ?, present = ? WHERE id = ?")
            .bind(round.attempt)
            .bind(round.deadline.map(ms))
            .bind(present)
            .bind(federation.as_str());
        self.noted(SMALL_CHANGE_BYTES, query.execute(&self.writer).await.map(|_| ()))
    }

    async fn insert_site(&self, site: &StoredSite, now: Timestamp, sites_max: u32) -> Result<bool, StoreError> {
        // One statement, so that two enrolments at once can't pass the limit together.
        let query = sqlx::query(
            "INSERT INTO sites (id, federation, credential_hash, enrolled_at_ms)
             SELECT ?1, ?2, ?3, ?4 WHERE (SELECT count(*) FROM sites WHERE federation = ?2) < ?5",
        )
        .bind(site.id.to_string())
        .bind(site.federation.as_str())
        .bind(site.credential.as_bytes().as_slice())
        .bind(ms(now))
        .bind(sites_max);
        self.noted(SMALL_CHANGE_BYTES, query.execute(&self.writer).await.map(|done| done.rows_affected() == 1))
    }

    async fn site(&self, site: SiteId) -> Result<Option<StoredSite>, StoreError> {
        let query =
            sqlx::query("SELECT id, federation, credential_hash FROM sites WHERE id = ?").bind(site.to_string());
        let row = query.fetch_optional(&self.readers).await.map_err(failure)?;
        row.map(|row| rows::site(&row)).transpose()
    }

    async fn insert_update(&self, new: NewUpdate) -> Result<(), StoreError> {
        let bytes = new.body.len() as u64;
        let query = sqlx::query(
            "INSERT INTO updates (federation, id, site, round, digest, received_at_ms, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(new.federation.as_str().to_owned())
        .bind(new.id.to_string())
        .bind(new.update.site.to_string())
        .bind(new.update.round)
        .bind(new.update.digest.as_str().to_owned())
        .bind(ms(new.now))
        .bind(new.body);
        self.noted(bytes, query.execute(&self.writer).await.map(|_| ()))
    }

    async fn update(&self, federation: &FederationId, id: UpdateId) -> Result<Option<StoredUpdate>, StoreError> {
        let query = sqlx::query("SELECT site, round, digest FROM updates WHERE federation = ? AND id = ?")
            .bind(federation.as_str())
            .bind(id.to_string());
        let row = query.fetch_optional(&self.readers).await.map_err(failure)?;
        row.map(|row| rows::update(&row)).transpose()
    }

    async fn update_body(&self, federation: &FederationId, id: UpdateId) -> Result<Vec<u8>, StoreError> {
        let query = sqlx::query("SELECT body FROM updates WHERE federation = ? AND id = ? AND body IS NOT NULL")
            .bind(federation.as_str())
            .bind(id.to_string());
        let row = query.fetch_optional(&self.readers).await.map_err(failure)?;
        let row = row.ok_or_else(|| StoreError::Damaged(format!("update {id} has no body")))?;
        row.try_get("body").map_err(failure)
    }

    async fn model(&self, federation: &FederationId, version: u32) -> Result<Option<StoredModel>, StoreError> {
        let query = sqlx::query("SELECT body, digest FROM models WHERE federation = ? AND version = ?")
            .bind(federation.as_str())
            .bind(version);
        let Some(row) = query.fetch_optional(&self.readers).await.map_err(failure)? else {
            return Ok(None);
        };
        Ok(Some(StoredModel { body: row.try_get("body").map_err(failure)?, digest: rows::digest(&row, "digest")? }))
    }

    async fn optimiser_state(&self, federation: &FederationId) -> Result<OptimiserState, StoreError> {
        let query = sqlx::query("SELECT optimiser_state FROM federations WHERE id = ?").bind(federation.as_str());
        let row = query.fetch_one(&self.readers).await.map_err(failure)?;
        let bytes: Vec<u8> = row.try_get("optimiser_state").map_err(failure)?;
        let damaged = || StoreError::Damaged(format!("the optimiser state of federation {federation}"));
        OptimiserState::from_bytes(&bytes).ok_or_else(damaged)
    }

    async fn insert_version(&self, version: NewVersion) -> Result<(), StoreError> {
        let bytes = version.model.len() as u64;
        self.noted(bytes, rows::insert_version(&self.writer, version).await)
    }

    async fn check(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT count(*) FROM federations").fetch_one(&self.readers).await.map_err(failure)?;
        match self.refused_bytes.load(Ordering::Relaxed) {
            0 => Ok(()),
            bytes => self.noted(bytes, rows::probe(&self.writer, bytes).await),
        }
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
        // Released here and not when the last request's handle goes, so that the next server can start.
        if let Err(error) = self.lock.unlock() {
            tracing::warn!("the data folder's lock could not be released: {error}");
        }
    }
}

/// SQLite's integers are signed; no date of ours needs the sixty-fourth bit.
fn ms(at: Timestamp) -> i64 {
    i64::try_from(at.ms()).unwrap_or(i64::MAX)
}

fn digest_of(bytes: &[u8]) -> String {
    Digest::of(bytes).into()
}

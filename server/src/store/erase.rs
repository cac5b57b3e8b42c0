//! Updates are gone once they are merged, also from the bytes of the SQLite file.
//!
//! SQLite overwrites what is deleted with zeros (`secure_delete`), in the write-ahead log first: until the log is
//! written back and cut, the file still holds the old pages. PostgreSQL keeps deleted rows until its own vacuum.

use std::sync::atomic::Ordering;

use sqlx::{AssertSqlSafe, Executor};

use super::dialect::{Dialect, WAIT_MAX};
use super::{Store, StoreError, failure, rows};

impl Store {
    /// Notes that something was deleted that must not stay readable.
    pub(super) fn must_erase(&self) {
        self.is_erasing.store(self.dialect == Dialect::Sqlite, Ordering::Relaxed);
    }

    /// Writes the log back and cuts it, if something was deleted since it was last done. Readers that are still on
    /// an older state keep it from that: then a later call does it.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn erase_deleted(&self) -> Result<(), StoreError> {
        if !self.is_erasing.load(Ordering::Relaxed) {
            return Ok(());
        }
        let mut writer = self.writer.acquire().await.map_err(failure)?;
        // It must not wait for readers: changes would wait with it.
        writer.execute("PRAGMA busy_timeout = 0").await.map_err(failure)?;
        let outcome = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *writer).await;
        let wait = format!("PRAGMA busy_timeout = {}", WAIT_MAX.as_millis());
        writer.execute(AssertSqlSafe(wait)).await.map_err(failure)?;
        let is_busy = rows::number::<i64>(&outcome.map_err(failure)?, "busy")? != 0;
        self.is_erasing.store(is_busy, Ordering::Relaxed);
        Ok(())
    }
}

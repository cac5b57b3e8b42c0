//! What a database error means for the one who runs the server.

use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;

use super::damage::DamagedRow;

/// Why something can't be stored or read. Nothing of the refused change was stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No room on the disk, or the store's own limit is reached.
    #[error("the server's storage is full ({0}); free some space or raise store.bytes_max")]
    Full(String),
    /// The database can't be written.
    #[error("the server's storage is read-only ({0}); check the data folder's permissions and its file system")]
    ReadOnly(String),
    /// Something else about the database.
    #[error("the server's database can't be used: {0}")]
    Database(String),
    /// What is stored is not what this program writes.
    #[error("the server's database is damaged ({0}); stop the server and restore a backup")]
    Damaged(String),
    /// One row is not what this program has written.
    #[error("the server's database is damaged: {0}")]
    DamagedRow(#[from] DamagedRow),
    /// A later program wrote it.
    #[error(
        "the database was written by a newer fedner-server: its tables have version {found}, this program knows \
         versions up to {known}. Run the newer program; nothing was changed"
    )]
    Newer {
        /// Version of its tables.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
}

/// Primary result codes of SQLite (sqlite.org/rescode.html).
mod sqlite {
    pub const READONLY: u32 = 8;
    pub const CORRUPT: u32 = 11;
    pub const FULL: u32 = 13;
    pub const NOT_A_DATABASE: u32 = 26;
    /// Extended codes keep the primary one in the low byte.
    pub const PRIMARY: u32 = 0xff;
}

/// States of PostgreSQL (its manual, appendix A).
mod postgres {
    pub const DISK_FULL: &str = "53100";
    pub const READ_ONLY_TRANSACTION: &str = "25006";
    pub const DATA_CORRUPTED: &str = "XX001";
    pub const INDEX_CORRUPTED: &str = "XX002";
}

/// Names the cause in plain words.
pub(super) fn failure(error: sqlx::Error) -> StoreError {
    let text = error.to_string();
    let known = error.as_database_error().and_then(|error| {
        if error.try_downcast_ref::<SqliteError>().is_some() {
            of_sqlite(error)
        } else if error.try_downcast_ref::<PgDatabaseError>().is_some() {
            of_postgres(error)
        } else {
            None
        }
    });
    known.unwrap_or(StoreError::Database)(text)
}

type Kind = fn(String) -> StoreError;

fn of_sqlite(error: &dyn DatabaseError) -> Option<Kind> {
    match error.code()?.parse::<u32>().ok()? & sqlite::PRIMARY {
        sqlite::FULL => Some(StoreError::Full),
        sqlite::READONLY => Some(StoreError::ReadOnly),
        sqlite::CORRUPT | sqlite::NOT_A_DATABASE => Some(StoreError::Damaged),
        _ => None,
    }
}

fn of_postgres(error: &dyn DatabaseError) -> Option<Kind> {
    match error.code()?.as_ref() {
        postgres::DISK_FULL => Some(StoreError::Full),
        postgres::READ_ONLY_TRANSACTION => Some(StoreError::ReadOnly),
        postgres::DATA_CORRUPTED | postgres::INDEX_CORRUPTED => Some(StoreError::Damaged),
        _ => None,
    }
}

//! What a database error means for the one who runs the server.

use crate::store::StoreError;

/// Primary result codes of SQLite (sqlite.org/rescode.html).
const READONLY: u32 = 8;
const CORRUPT: u32 = 11;
const FULL: u32 = 13;
const NOT_A_DATABASE: u32 = 26;

/// Extended codes keep the primary one in the low byte.
const PRIMARY: u32 = 0xff;

/// Names the cause in plain words.
pub(super) fn failure(error: sqlx::Error) -> StoreError {
    let text = error.to_string();
    let code = error.as_database_error().and_then(|e| e.code()?.parse::<u32>().ok());
    match code.map(|code| code & PRIMARY) {
        Some(FULL) => StoreError::Full(text),
        Some(READONLY) => StoreError::ReadOnly(text),
        Some(CORRUPT | NOT_A_DATABASE) => StoreError::Damaged(text),
        _ => StoreError::Database(text),
    }
}

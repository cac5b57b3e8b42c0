//! Columns to types and back.

use std::str::FromStr;

use fedner_protocol::Digest;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{StoreError, failure};
use crate::credential::CredentialHash;
use crate::timestamp::Timestamp;
use crate::work;

/// Both databases have signed integers; no date of ours needs the sixty-fourth bit.
pub(super) fn ms(at: Timestamp) -> i64 {
    i64::try_from(at.ms()).unwrap_or(i64::MAX)
}

pub(super) fn number<T: TryFrom<i64>>(row: &AnyRow, column: &str) -> Result<T, StoreError> {
    let number: i64 = row.try_get(column).map_err(failure)?;
    T::try_from(number).map_err(|_| StoreError::Damaged(format!("column {column}: {number}")))
}

pub(super) fn time(row: &AnyRow, column: &str) -> Result<Option<Timestamp>, StoreError> {
    let ms: Option<i64> = row.try_get(column).map_err(failure)?;
    Ok(ms.map(|ms| Timestamp::from_ms(u64::try_from(ms).unwrap_or(0))))
}

pub(super) fn optional_text(row: &AnyRow, column: &str) -> Result<Option<String>, StoreError> {
    row.try_get(column).map_err(failure)
}

/// The column `credential_hash`.
pub(super) fn credential(row: &AnyRow) -> Result<CredentialHash, StoreError> {
    let hash = <[u8; 32]>::try_from(bytes(row, "credential_hash")?);
    let hash = hash.map_err(|_| StoreError::Damaged("column credential_hash".to_owned()))?;
    Ok(CredentialHash::from_bytes(hash))
}

pub(super) fn bytes(row: &AnyRow, column: &str) -> Result<Vec<u8>, StoreError> {
    row.try_get(column).map_err(failure)
}

pub(super) fn text(row: &AnyRow, column: &str) -> Result<String, StoreError> {
    row.try_get(column).map_err(failure)
}

pub(super) fn digest(row: &AnyRow, column: &str) -> Result<Digest, StoreError> {
    let text = text(row, column)?;
    Digest::try_from(text).map_err(|e| StoreError::Damaged(format!("column {column}: {e}")))
}

/// A column whose text is some type's.
pub(super) fn parsed<T: FromStr>(row: &AnyRow, column: &str) -> Result<T, StoreError>
where
    T::Err: std::fmt::Display,
{
    let text = text(row, column)?;
    text.parse().map_err(|e| StoreError::Damaged(format!("column {column}: {e}")))
}

/// A column whose text is JSON.
pub(super) fn json<T: serde::de::DeserializeOwned>(row: &AnyRow, column: &str) -> Result<T, StoreError> {
    let text = text(row, column)?;
    serde_json::from_str(&text).map_err(|e| StoreError::Damaged(format!("column {column}: {e}")))
}

/// Bytes that must have a digest; `None` when they have another. No database notices a flipped bit in a value by
/// itself.
pub(super) async fn checked(bytes: Vec<u8>, digest: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
    // A large module takes some tens of milliseconds, beside the tasks that answer requests.
    let hashed = work::run(bytes.len(), move || (Digest::of(&bytes), bytes)).await;
    let (found, bytes) = hashed.map_err(|e| StoreError::Database(format!("checking a digest: {e}")))?;
    Ok((found == *digest).then_some(bytes))
}

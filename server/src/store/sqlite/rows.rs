//! Rows to types and back, and the changes that take more than one statement.

use std::str::FromStr;

use fedner_protocol::{Digest, FederationId};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqlitePool};

use super::{digest_of, failure, ms};
use crate::credential::CredentialHash;
use crate::optimiser::OptimiserState;
use crate::store::{NewFederation, NewVersion, StoreError, StoredFederation, StoredRound, StoredSite, StoredUpdate};
use crate::timestamp::Timestamp;

pub(super) async fn insert_federation(writer: &SqlitePool, new: &NewFederation) -> Result<(), sqlx::Error> {
    let mut transaction = writer.begin().await?;
    sqlx::query("INSERT INTO federations (id, manifest, seed, optimiser_state) VALUES (?, ?, ?, ?)")
        .bind(new.id.as_str())
        .bind(new.manifest.as_str())
        .bind(new.seed.to_string())
        .bind(OptimiserState::Empty.to_bytes())
        .execute(&mut *transaction)
        .await?;
    sqlx::query(
        "INSERT INTO models (federation, version, digest, made_at_ms, updates, body) VALUES (?, 0, ?, ?, 0, ?)",
    )
    .bind(new.id.as_str())
    .bind(digest_of(&new.model))
    .bind(ms(new.now))
    .bind(new.model.as_slice())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

pub(super) async fn insert_version(writer: &SqlitePool, new: NewVersion) -> Result<(), sqlx::Error> {
    let mut transaction = writer.begin().await?;
    let federation = new.federation.as_str();
    // What is not needed any more goes first: the new model then fits where it was.
    for id in &new.updates {
        sqlx::query("UPDATE updates SET merged_into = ?, body = NULL WHERE federation = ? AND id = ?")
            .bind(new.version)
            .bind(federation)
            .bind(id.to_string())
            .execute(&mut *transaction)
            .await?;
    }
    sqlx::query("DELETE FROM models WHERE federation = ? AND version <= ?")
        .bind(federation)
        .bind(i64::from(new.version) - i64::from(new.models_kept))
        .execute(&mut *transaction)
        .await?;
    sqlx::query(
        "INSERT INTO models (federation, version, digest, made_at_ms, updates, body) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(federation)
    .bind(new.version)
    .bind(digest_of(&new.model))
    .bind(ms(new.now))
    .bind(u32::try_from(new.updates.len()).unwrap_or(u32::MAX))
    .bind(new.model.as_slice())
    .execute(&mut *transaction)
    .await?;
    sqlx::query(
        "UPDATE federations SET version = ?, attempt = 1, deadline_ms = NULL, present = '[]', optimiser_state = ?
         WHERE id = ?",
    )
    .bind(new.version)
    .bind(new.optimiser.to_bytes())
    .bind(federation)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}

/// Writes and removes some bytes, to see whether a change of that size would go through.
pub(super) async fn probe(writer: &SqlitePool, bytes: u64) -> Result<(), sqlx::Error> {
    let mut transaction = writer.begin().await?;
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    sqlx::query("INSERT INTO probes VALUES (zeroblob(?))").bind(bytes).execute(&mut *transaction).await?;
    sqlx::query("DELETE FROM probes").execute(&mut *transaction).await?;
    transaction.commit().await
}

pub(super) async fn federation(readers: &SqlitePool, id: &FederationId) -> Result<StoredFederation, StoreError> {
    let query = sqlx::query("SELECT * FROM federations WHERE id = ?").bind(id.as_str());
    let row = query.fetch_one(readers).await.map_err(failure)?;
    let version: u32 = row.try_get("version").map_err(failure)?;
    let deadline: Option<i64> = row.try_get("deadline_ms").map_err(failure)?;
    let present: String = row.try_get("present").map_err(failure)?;
    let round = StoredRound {
        attempt: row.try_get("attempt").map_err(failure)?,
        deadline: deadline.map(|ms| Timestamp::from_ms(u64::try_from(ms).unwrap_or(0))),
        present: serde_json::from_str(&present).map_err(|e| StoreError::Damaged(format!("column present: {e}")))?,
    };
    let updates = sqlx::query("SELECT id, site FROM updates WHERE federation = ? AND round = ?")
        .bind(id.as_str())
        .bind(i64::from(version) + 1);
    let updates = updates.fetch_all(readers).await.map_err(failure)?;
    let received = updates.iter().map(|row| Ok((parsed(row, "id")?, parsed(row, "site")?)));
    Ok(StoredFederation {
        manifest: digest(&row, "manifest")?,
        seed: parsed(&row, "seed")?,
        version,
        round,
        received: received.collect::<Result<_, StoreError>>()?,
    })
}

pub(super) fn site(row: &SqliteRow) -> Result<StoredSite, StoreError> {
    let hash: Vec<u8> = row.try_get("credential_hash").map_err(failure)?;
    let hash = <[u8; 32]>::try_from(hash).map_err(|_| StoreError::Damaged("column credential_hash".to_owned()))?;
    Ok(StoredSite {
        id: parsed(row, "id")?,
        federation: parsed(row, "federation")?,
        credential: CredentialHash::from_bytes(hash),
    })
}

pub(super) fn update(row: &SqliteRow) -> Result<StoredUpdate, StoreError> {
    Ok(StoredUpdate {
        site: parsed(row, "site")?,
        round: row.try_get("round").map_err(failure)?,
        digest: digest(row, "digest")?,
    })
}

pub(super) fn digest(row: &SqliteRow, column: &str) -> Result<Digest, StoreError> {
    let text: String = row.try_get(column).map_err(failure)?;
    Digest::try_from(text).map_err(|e| StoreError::Damaged(format!("column {column}: {e}")))
}

/// A column whose text is some type's.
pub(super) fn parsed<T: FromStr>(row: &SqliteRow, column: &str) -> Result<T, StoreError>
where
    T::Err: std::fmt::Display,
{
    let text: String = row.try_get(column).map_err(failure)?;
    text.parse().map_err(|e| StoreError::Damaged(format!("column {column}: {e}")))
}

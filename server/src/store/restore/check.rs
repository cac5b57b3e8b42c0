//! Whether a backup can be used, and what in it can't.

use std::path::Path;

use sqlx::any::install_default_drivers;
use sqlx::{AnyConnection, Connection, Row};

use super::RestoreError;
use crate::audit::Verified;
use crate::store::dialect::sqlite_options;
use crate::store::{DamagedPart, Store, failure, rows};
use crate::timestamp::Timestamp;

/// SQLite's result code for a file of another kind.
const NOT_A_DATABASE: &str = "26";

/// What SQLite itself can check.
pub(super) async fn check_file(file: &Path) -> Result<(), RestoreError> {
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
        let answer = found.first().map(|row| row.try_get::<String, _>(0).map_err(failure)).transpose()?;
        if let Some(answer) = answer.filter(|answer| answer != "ok") {
            return Err(RestoreError::Damaged(format!("{pragma}: {answer}")));
        }
    }
    database.close().await.map_err(failure)?;
    Ok(())
}

/// What the contents show: the audit log must be whole, and of the tensors what nothing can go on without.
pub(super) async fn check_contents(store: &Store, now: Timestamp) -> Result<Verified, RestoreError> {
    let verified = store.verify_audit(None).await??;
    set_damage_aside(store, now).await?;
    Ok(verified)
}

/// Sets aside what is damaged; what nothing can go on without is an error.
async fn set_damage_aside(store: &Store, now: Timestamp) -> Result<(), RestoreError> {
    for row in store.find_damage().await? {
        match row.part {
            DamagedPart::Update(_) => {
                let revision = store.revision(&row.federation).await?;
                store.set_update_aside(revision, &row, now).await?;
            }
            DamagedPart::OptimiserState => store.set_optimiser_state_aside(&row, now).await?,
            DamagedPart::Model(version) => {
                if !store.set_model_aside(&row, version, now).await? {
                    return Err(RestoreError::Damaged(row.to_string()));
                }
            }
            // They are found where they are listed.
            DamagedPart::Site(_) | DamagedPart::Invitation(_) => {}
        }
    }
    Ok(())
}

//! The audit log's rows.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::change::{Change, SMALL_CHANGE_BYTES};
use super::{Store, StoreError, failure, rows};
use crate::audit::{AuditEntry, AuditHead, AuditRow, ChainError, ChainHash, Verified, Verifier};
use crate::failpoint::WritePoint;
use crate::timestamp::Timestamp;

/// Rows read at once.
pub const AUDIT_PAGE_ROWS: u32 = 500;

const COLUMNS: &str = "SELECT number, at_ms, actor, federation, kind, detail, hash FROM audit";

impl Change<'_> {
    /// Adds to the audit log, in the same transaction as the act. Call it last: changes of other federations wait
    /// from here to the commit.
    pub(super) async fn record(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        // The first statement takes the head for this transaction, so that no two rows follow the same one.
        let query = "UPDATE audit_head SET row_count = row_count + 1 RETURNING row_count - 1 AS row_count, hash";
        let head = self.row(sqlx::query(query)).await?;
        let head = head.ok_or_else(|| StoreError::Damaged("the audit log has no head".to_owned()))?;
        let row = entry.row_after(&head_of(&head)?);
        let query = "INSERT INTO audit (number, at_ms, actor, federation, kind, detail, hash)
                     VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let query = sqlx::query(query)
            .bind(i64::try_from(row.number).unwrap_or(i64::MAX))
            .bind(rows::ms(row.at))
            .bind(row.actor)
            .bind(row.federation)
            .bind(row.kind)
            .bind(row.detail)
            .bind(row.hash.to_string());
        self.execute(query).await?;
        self.execute(sqlx::query("UPDATE audit_head SET hash = $1").bind(row.hash.to_string())).await.map(|_| ())
    }
}

impl Store {
    /// Adds to the audit log something that changes nothing else in the store.
    ///
    /// # Errors
    /// When it can't be stored.
    pub async fn append_audit(&self, point: WritePoint, entry: &AuditEntry) -> Result<(), StoreError> {
        let mut change = self.change(point, SMALL_CHANGE_BYTES).await?;
        change.record(entry).await?;
        change.commit().await
    }

    /// Where the audit log ends.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn audit_head(&self) -> Result<AuditHead, StoreError> {
        let row = sqlx::query("SELECT row_count, hash FROM audit_head").fetch_one(&self.readers).await;
        head_of(&row.map_err(failure)?)
    }

    /// The rows after number `after`, at most `count` of them.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn audit_rows(&self, after: u64, count: u32) -> Result<Vec<AuditRow>, StoreError> {
        let mut reader = self.readers.acquire().await.map_err(failure)?;
        page(&mut reader, after, count).await
    }

    /// Reads the whole audit log and checks its chain; with `noted`, that hash must be in it.
    ///
    /// # Errors
    /// When it can't be read. What is wrong with the chain is in the answer.
    pub async fn verify_audit(&self, noted: Option<ChainHash>) -> Result<Result<Verified, ChainError>, StoreError> {
        // One transaction, so that rows and head are of the same moment while a server goes on adding.
        let mut snapshot = self.readers.begin_with(self.dialect.begin_to_read()).await.map_err(failure)?;
        let row = sqlx::query("SELECT row_count, hash FROM audit_head").fetch_one(&mut *snapshot).await;
        let head = head_of(&row.map_err(failure)?)?;
        let (mut verifier, mut last) = (Verifier::new(noted), 0);
        loop {
            let rows = page(&mut snapshot, last, AUDIT_PAGE_ROWS).await?;
            let Some(newest) = rows.last() else {
                break;
            };
            last = newest.number;
            if let Err(error) = rows.iter().try_for_each(|row| verifier.push(row)) {
                return Ok(Err(error));
            }
        }
        snapshot.rollback().await.map_err(failure)?;
        Ok(verifier.finish(&head))
    }
}

async fn page(reader: &mut sqlx::AnyConnection, after: u64, count: u32) -> Result<Vec<AuditRow>, StoreError> {
    let query = format!("{COLUMNS} WHERE number > $1 ORDER BY number LIMIT $2");
    let query =
        sqlx::query(sqlx::AssertSqlSafe(query)).bind(i64::try_from(after).unwrap_or(i64::MAX)).bind(i64::from(count));
    let rows = query.fetch_all(reader).await.map_err(failure)?;
    rows.iter().map(row_of).collect()
}

fn row_of(row: &AnyRow) -> Result<AuditRow, StoreError> {
    let text = |column| row.try_get::<String, _>(column).map_err(failure);
    Ok(AuditRow {
        number: rows::number(row, "number")?,
        at: Timestamp::from_ms(rows::number(row, "at_ms")?),
        actor: text("actor")?,
        federation: row.try_get("federation").map_err(failure)?,
        kind: text("kind")?,
        detail: text("detail")?,
        hash: rows::parsed(row, "hash")?,
    })
}

fn head_of(row: &AnyRow) -> Result<AuditHead, StoreError> {
    Ok(AuditHead { rows: rows::number(row, "row_count")?, hash: rows::parsed(row, "hash")? })
}

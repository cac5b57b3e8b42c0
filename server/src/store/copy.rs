//! Copies every row from one database to another of the same tables, in either direction between SQLite and
//! PostgreSQL. One row is in memory at a time.

use futures_util::TryStreamExt;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Connection, Row};

use super::dialect::Dialect;
use super::{StoreError, failure};
use crate::failpoint::{self, Moment, WritePoint};

/// Tables that say which servers are running and who is present now; they mean nothing in another place or time.
const PASSING: &[&str] = &["probes", "presence", "replicas"];

/// A table as SQLite describes it; PostgreSQL's has the same columns.
pub(super) struct Table {
    name: String,
    passing: bool,
    columns: Vec<(String, Kind)>,
}

/// What a column holds. PostgreSQL takes no value of another kind, not even NULL.
#[derive(Clone, Copy)]
enum Kind {
    Number,
    Text,
    Bytes,
}

/// All tables, in the order in which they refer to each other.
pub(super) async fn tables(sqlite: &mut AnyConnection) -> Result<Vec<Table>, StoreError> {
    // Tables stand in the order in which the migrations made them, so none refers to a later one.
    let query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'
                 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid";
    let names = sqlx::query(query).fetch_all(&mut *sqlite).await.map_err(failure)?;
    let mut tables = Vec::with_capacity(names.len());
    for row in names {
        let name: String = row.try_get("name").map_err(failure)?;
        let query = sqlx::query("SELECT name, type FROM pragma_table_info($1) ORDER BY cid").bind(name.clone());
        let columns = query.fetch_all(&mut *sqlite).await.map_err(failure)?;
        let columns = columns.iter().map(|row| {
            let declared: String = row.try_get("type").map_err(failure)?;
            let kind = match declared.as_str() {
                "INTEGER" => Kind::Number,
                "TEXT" => Kind::Text,
                "BLOB" => Kind::Bytes,
                other => return Err(StoreError::Damaged(format!("table {name} has a column of type {other}"))),
            };
            Ok((row.try_get("name").map_err(failure)?, kind))
        });
        let columns = columns.collect::<Result<_, StoreError>>()?;
        tables.push(Table { passing: PASSING.contains(&name.as_str()), name, columns });
    }
    Ok(tables)
}

/// Makes the tables of `to` hold what those of `from` hold, in one transaction.
pub(super) async fn replace(
    from: &mut AnyConnection,
    to: &mut AnyConnection,
    dialect: Dialect,
    tables: &[Table],
    point: WritePoint,
) -> Result<(), StoreError> {
    let mut change = to.begin_with(dialect.begin_to_write()).await.map_err(failure)?;
    let guards = lift_guards(&mut change, dialect, tables).await?;
    for table in tables.iter().rev() {
        run(&mut change, format!("DELETE FROM {}", table.name)).await?;
    }
    for table in tables.iter().filter(|table| !table.passing) {
        copy(from, &mut change, table).await?;
    }
    for guard in guards {
        run(&mut change, guard).await?;
    }
    failpoint::reach(point, Moment::BeforeCommit);
    change.commit().await.map_err(failure)?;
    failpoint::reach(point, Moment::AfterCommit);
    Ok(())
}

async fn copy(from: &mut AnyConnection, to: &mut AnyConnection, table: &Table) -> Result<(), StoreError> {
    let names: Vec<_> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
    let places: Vec<_> = (1..=names.len()).map(|i| format!("${i}")).collect();
    let (name, names, places) = (&table.name, names.join(", "), places.join(", "));
    let insert = format!("INSERT INTO {name} ({names}) VALUES ({places})");
    let select = format!("SELECT {names} FROM {name}");
    let mut rows = sqlx::query(AssertSqlSafe(select)).fetch(from);
    while let Some(row) = rows.try_next().await.map_err(failure)? {
        let mut query = sqlx::query(AssertSqlSafe(insert.clone()));
        for (i, (_, kind)) in table.columns.iter().enumerate() {
            query = bind(query, &row, i, *kind).map_err(failure)?;
        }
        query.execute(&mut *to).await.map_err(failure)?;
    }
    Ok(())
}

fn bind<'q>(
    query: Query<'q, Any, AnyArguments>,
    row: &AnyRow,
    i: usize,
    kind: Kind,
) -> Result<Query<'q, Any, AnyArguments>, sqlx::Error> {
    Ok(match kind {
        Kind::Number => query.bind(row.try_get::<Option<i64>, _>(i)?),
        Kind::Text => query.bind(row.try_get::<Option<String>, _>(i)?),
        Kind::Bytes => query.bind(row.try_get::<Option<Vec<u8>>, _>(i)?),
    })
}

/// Lets this transaction alone change what triggers keep as it is; answers with the statements that bring them back.
async fn lift_guards(
    change: &mut AnyConnection,
    dialect: Dialect,
    tables: &[Table],
) -> Result<Vec<String>, StoreError> {
    let mut guards = Vec::new();
    match dialect {
        Dialect::Sqlite => {
            let query = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'";
            for row in sqlx::query(query).fetch_all(&mut *change).await.map_err(failure)? {
                let name: String = row.try_get("name").map_err(failure)?;
                run(change, format!("DROP TRIGGER {name}")).await?;
                guards.push(row.try_get("sql").map_err(failure)?);
            }
        }
        Dialect::Postgres => {
            for Table { name, .. } in tables {
                run(change, format!("ALTER TABLE {name} DISABLE TRIGGER USER")).await?;
                guards.push(format!("ALTER TABLE {name} ENABLE TRIGGER USER"));
            }
        }
    }
    Ok(guards)
}

async fn run(change: &mut AnyConnection, statement: String) -> Result<(), StoreError> {
    sqlx::query(AssertSqlSafe(statement)).execute(change).await.map(|_| ()).map_err(failure)
}

//! The migrations of both databases, by their files in `server/migrations`.
//!
//! They are listed here instead of found by `sqlx::migrate!`: that macro alone would have half of sqlx built a second time,
//! for the compiler.

use std::sync::LazyLock;

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Both databases have the same migrations: a list of them for each, with their texts.
macro_rules! migrations {
    ($($file:literal)+) => {
        const SQLITE_FILES: &[(&str, &str)] =
            &[$(($file, include_str!(concat!("../../migrations/sqlite/", $file, ".sql")))),+];
        const POSTGRES_FILES: &[(&str, &str)] =
            &[$(($file, include_str!(concat!("../../migrations/postgres/", $file, ".sql")))),+];
    };
}

migrations!("0001_start" "0002_replicas" "0003_access" "0004_audit" "0005_pause" "0006_damage" "0007_sent" "0008_secure_rounds");

/// Those of SQLite.
pub(super) static SQLITE: LazyLock<Migrator> = LazyLock::new(|| migrator(SQLITE_FILES));
/// Those of PostgreSQL.
pub(super) static POSTGRES: LazyLock<Migrator> = LazyLock::new(|| migrator(POSTGRES_FILES));

fn migrator(files: &[(&'static str, &'static str)]) -> Migrator {
    let migration = |(at, (file, sql)): (usize, &(&'static str, &'static str))| {
        // A test sees that the files are numbered so.
        let description = file.split_once('_').map_or(*file, |(_, name)| name).replace('_', " ");
        Migration::new(at as i64 + 1, description.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(files.iter().enumerate().map(migration).collect())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[tokio::test]
    async fn every_file_is_listed_as_sqlx_itself_would_find_it() {
        for (folder, ours) in [("sqlite", &SQLITE), ("postgres", &POSTGRES)] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
            let found = Migrator::new(folder).await.expect("the folder can be read");
            let all = |migrator: &Migrator| {
                let one = |m: &Migration| (m.version, m.description.to_string(), m.checksum.to_vec());
                migrator.iter().map(one).collect::<Vec<_>>()
            };
            assert_eq!(all(ours), all(&found));
        }
    }
}

//! What differs between SQLite and PostgreSQL: how they are opened, how a transaction begins, and who is notified.

use std::io::ErrorKind;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Connection, Executor};

use super::locks::{self, FolderLock};
use super::migrations;
use super::notices::{NOTIFY, Notices};
use super::{Purpose, Store, StoreError, failure, private};
use crate::config::DatabaseUrl;
use crate::failpoint::{self, Moment, WritePoint};

/// The database's name in the data folder.
pub(super) const DATABASE_FILE: &str = "fedner.sqlite";
/// Connections that only read an SQLite file.
const READERS: u32 = 4;
/// Connections to a PostgreSQL database of one server, besides the one that listens.
const CONNECTIONS: u32 = 8;
/// Bytes of an SQLite page; the unit of `store.bytes_max`.
const PAGE_BYTES: u32 = 4096;
/// SQLite's write-ahead log is cut back to this after a checkpoint.
const LOG_BYTES_KEPT: u64 = 64 << 20;
/// Longest wait for a lock or a free connection.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(10);

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// SQLite takes its one write lock at the start, so that what a change reads stays true.
    pub(super) fn begin_to_write(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        }
    }

    /// Everything read is of one moment.
    pub(super) fn begin_to_read(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN",
            Self::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        }
    }

    /// Keeps other changes of a federation waiting; SQLite has but one change at a time.
    pub(super) fn lock(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("SELECT id FROM federations WHERE id = $1 FOR NO KEY UPDATE"),
        }
    }

    /// Asks for the database's time, where several servers share it.
    pub(super) fn now(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => {
                Some("SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT) AS now_ms")
            }
        }
    }

    /// Asks for the size of the database.
    pub(super) fn bytes(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()",
            Self::Postgres => "SELECT pg_database_size(current_database()) AS bytes",
        }
    }

    /// Notifies the servers that use the same database.
    pub(super) fn notify(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some(NOTIFY),
        }
    }
}

/// Opens the file in `folder`.
pub(super) async fn open_sqlite(folder: &Path, bytes_max: Option<u64>, purpose: Purpose) -> Result<Store, StoreError> {
    install_default_drivers();
    let lock = FolderLock::take(folder, purpose)?;
    let common =
        format!("PRAGMA busy_timeout = {}; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;", WAIT_MAX.as_millis());
    let mut write = format!(
        "{common} PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = {LOG_BYTES_KEPT}; PRAGMA secure_delete = ON;"
    );
    if let Some(bytes) = bytes_max {
        write += &format!(" PRAGMA max_page_count = {};", (bytes / u64::from(PAGE_BYTES)).max(1));
    }
    let file = folder.join(DATABASE_FILE);
    keep_private(&file)?;
    let writer = connect(Dialect::Sqlite, 1, write, sqlite_options(&file, "rwc")?).await?;
    migrate(&migrations::SQLITE, &writer).await?;
    let readers = connect(Dialect::Sqlite, READERS, common, sqlite_options(&file, "ro")?).await?;
    let notices = Notices::none();
    Ok(store(Dialect::Sqlite, (writer, readers), notices, Some(lock)))
}

/// The database, and what SQLite keeps beside it with the same rights, are for the server's own user alone.
fn keep_private(file: &Path) -> Result<(), StoreError> {
    let beside = ["-wal", "-shm"].map(|end| {
        let mut name = file.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    });
    let kept = private::make(file).and_then(|()| beside.iter().try_for_each(|file| private::keep(file)));
    kept.map_err(|error| {
        let what = format!("{}: {error}", file.display());
        match error.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly(what),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full(what),
            _ => StoreError::Database(what),
        }
    })
}

/// Opens a file that no server uses and brings its tables up to date. It stays one file, without a log beside it.
pub(super) async fn open_file(file: &Path) -> Result<Store, StoreError> {
    install_default_drivers();
    let begin = "PRAGMA foreign_keys = ON; PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL;";
    let pool = connect(Dialect::Sqlite, 1, begin.to_owned(), sqlite_options(file, "rwc")?).await?;
    migrate(&migrations::SQLITE, &pool).await?;
    Ok(store(Dialect::Sqlite, (pool.clone(), pool), Notices::none(), None))
}

/// Opens the database at `url`.
pub(super) async fn open_postgres(url: &DatabaseUrl, purpose: Purpose) -> Result<Store, StoreError> {
    install_default_drivers();
    let options: AnyConnectOptions = url.reveal().parse().map_err(failure)?;
    // Acknowledged means on the disk, whatever the database's own default is; what is stricter stays.
    let durable = "SELECT set_config('synchronous_commit', 'on', false)
                   WHERE current_setting('synchronous_commit') = 'off'";
    let begin = format!("{} {durable}", locks::advisory(purpose));
    // Nobody else may be connected while a backup is restored, this process's own connections included.
    let connections = if purpose == Purpose::Restore { 1 } else { CONNECTIONS };
    let pool = connect(Dialect::Postgres, connections, begin, options).await?;
    migrate(&migrations::POSTGRES, &pool).await?;
    if purpose == Purpose::Serve && !is_private(&url.reveal().parse().map_err(failure)?) {
        tracing::warn!(
            "the database {url} is on another machine and its certificate is not checked: credentials can be read on \
             the way. Add ?sslmode=verify-full to its URL, and &sslrootcert=FILE where its authority is your own"
        );
    }
    let notices = match purpose {
        Purpose::Serve => Notices::of_postgres(url).await?,
        Purpose::Command | Purpose::Restore => Notices::none(),
    };
    Ok(store(Dialect::Postgres, (pool.clone(), pool), notices, None))
}

/// Whether nobody on the way to the database can read what is sent to it, or answer in its place.
fn is_private(database: &PgConnectOptions) -> bool {
    let host = database.get_host();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    let is_here = database.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || address.is_ok_and(|address| address.is_loopback());
    is_here || matches!(database.get_ssl_mode(), PgSslMode::VerifyCa | PgSslMode::VerifyFull)
}

fn store(dialect: Dialect, (writer, readers): (AnyPool, AnyPool), notices: Notices, lock: Option<FolderLock>) -> Store {
    Store {
        dialect,
        writer,
        readers,
        refused_bytes: AtomicU64::new(0),
        is_erasing: AtomicBool::new(false),
        notices,
        lock,
        #[cfg(test)]
        faults: super::faults::Faults::default(),
    }
}

/// A pool whose connections begin with some statements.
async fn connect(
    dialect: Dialect,
    connections: u32,
    begin: String,
    options: AnyConnectOptions,
) -> Result<AnyPool, StoreError> {
    // Once without the pool, which would try for as long as it waits and then not say why.
    let mut first = AnyConnection::connect_with(&options).await.map_err(failure)?;
    first.execute(AssertSqlSafe(begin.clone())).await.map_err(failure)?;
    first.close().await.map_err(failure)?;
    let pool = AnyPoolOptions::new().max_connections(connections).acquire_timeout(WAIT_MAX);
    // A connection to a file in this process can't have been lost meanwhile.
    let pool = pool.test_before_acquire(dialect == Dialect::Postgres);
    let pool = pool.after_connect(move |connection, _| {
        let begin = begin.clone();
        Box::pin(async move { connection.execute(AssertSqlSafe(begin)).await.map(|_| ()) })
    });
    // SQLite ends a transaction by itself when the disk is full. The driver does not notice and could begin no
    // other on that connection, so it is replaced.
    let pool = pool.before_acquire(|connection, _| Box::pin(std::future::ready(Ok(!connection.is_in_transaction()))));
    pool.connect_with(options).await.map_err(failure)
}

/// A file as the driver wants it: a URL whose path is percent-encoded.
pub(super) fn sqlite_options(file: &Path, mode: &str) -> Result<AnyConnectOptions, StoreError> {
    let unusable = |why: String| StoreError::Database(format!("{}: {why}", file.display()));
    let file = std::path::absolute(file).map_err(|e| unusable(e.to_string()))?;
    let path = file.to_str().ok_or_else(|| unusable("its path must be Unicode".to_owned()))?;
    let path = path.replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    format!("sqlite:{path}?mode={mode}").parse().map_err(|e: sqlx::Error| unusable(e.to_string()))
}

/// Brings the tables up to date. Several servers that start at once wait for each other.
async fn migrate(migrations: &Migrator, pool: &AnyPool) -> Result<(), StoreError> {
    failpoint::reach(WritePoint::Migrate, Moment::BeforeCommit);
    migrations.run(pool).await.map_err(|e| match e {
        MigrateError::Execute(e) | MigrateError::ExecuteMigration(e, _) => failure(e),
        MigrateError::VersionMissing(found) => {
            let known = migrations.iter().map(|migration| migration.version).max().unwrap_or_default();
            StoreError::Newer { found, known }
        }
        e => StoreError::Damaged(e.to_string()),
    })?;
    failpoint::reach(WritePoint::Migrate, Moment::AfterCommit);
    Ok(())
}

/// Makes the data folder if it is missing; a new one is for the server's own user only.
///
/// # Errors
/// When that can't be done.
pub fn make_folder(folder: &Path) -> Result<(), StoreError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|e| folder_failed("can't make the data folder", folder, &e))
}

fn folder_failed(what: &str, folder: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Database(format!("{what} {}: {error}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_elsewhere_must_show_its_certificate() {
        let is_private = |url: &str| is_private(&url.parse().unwrap());
        for here in ["localhost", "127.0.0.1", "[::1]", "%2Frun%2Fpostgresql"] {
            assert!(is_private(&format!("postgres://fedner@{here}/fedner")), "{here}");
        }
        assert!(is_private("postgres://fedner@localhost/fedner?host=/run/postgresql"));
        assert!(is_private("postgres://fedner@db.example.org/fedner?sslmode=verify-full"));
        for open in ["", "?sslmode=disable", "?sslmode=prefer", "?sslmode=require"] {
            assert!(!is_private(&format!("postgres://fedner@db.example.org/fedner{open}")), "{open}");
        }
    }
}

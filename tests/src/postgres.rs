//! A PostgreSQL database of a test's own.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// Names a PostgreSQL server in which tests may make databases; `cargo xtask test` starts one and sets it.
const URL_VARIABLE: &str = "FEDNER_TEST_POSTGRES";

/// An empty database, dropped with this.
#[derive(Debug)]
pub struct TestDatabase {
    server: String,
    name: String,
}

impl TestDatabase {
    /// A new one; `None`, and a line that says so, where no server is named.
    pub async fn create() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let Ok(server) = std::env::var(URL_VARIABLE) else {
            eprintln!("skipped: {URL_VARIABLE} names no PostgreSQL server");
            return None;
        };
        let name = format!("fedner_test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        execute(&server, format!("CREATE DATABASE {name}")).await;
        Some(Self { server, name })
    }

    /// Where it is.
    pub fn url(&self) -> String {
        with_database(&self.server, &self.name)
    }

    /// Ends every connection to it, as a restart of PostgreSQL does.
    pub async fn disconnect_all(&self) {
        let others = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}' AND pid <> pg_backend_pid()",
            self.name
        );
        execute(&self.server, others).await;
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, drop) = (self.server.clone(), format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime needs nothing a test machine lacks").block_on(execute(&server, drop));
        });
        // A database that stays is no reason for a test to fail: the cluster goes with the test run.
        let _ = thread.join();
    }
}

async fn execute(url: &str, statement: String) {
    let mut connection = PgConnection::connect(url).await.expect("FEDNER_TEST_POSTGRES can be connected to");
    connection.execute(AssertSqlSafe(statement)).await.expect("the account may make databases");
    connection.close().await.expect("the connection ends");
}

/// The same server, another database: the path's last part.
fn with_database(url: &str, name: &str) -> String {
    let (base, parameters) =
        url.split_once('?').map_or((url, String::new()), |(base, rest)| (base, format!("?{rest}")));
    let base = base.rsplit_once('/').map_or(base, |(base, _)| base);
    format!("{base}/{name}{parameters}")
}

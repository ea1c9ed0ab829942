//! Temporary databases on a PostgreSQL server for tests.

use domain::id::random_alphanumeric;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Result};

/// A temporary database on the server of `TEST_POSTGRES_URL`.
#[derive(Debug)]
pub struct TestServer {
    server: PgConnection,
    name: String,
    /// URL of the database.
    pub url: String,
}

impl TestServer {
    /// Creates a database. Without `TEST_POSTGRES_URL`, records a skipped test and returns `None`.
    ///
    /// # Panics
    /// If `TEST_POSTGRES_URL` is missing and `TEST_SKIPS` is `forbid`.
    pub async fn create() -> Result<Option<Self>> {
        #[expect(clippy::disallowed_methods, reason = "the server of all tests on PostgreSQL")]
        let Ok(url) = std::env::var("TEST_POSTGRES_URL") else {
            skips::skip(skips::POSTGRES);
            return Ok(None);
        };
        let mut server = PgConnection::connect(&url).await?;
        let name = format!("bookplate_test_{}", random_alphanumeric().to_lowercase());
        server.execute(AssertSqlSafe(format!("create database {name}"))).await?;
        let base = url.rsplit_once('/').map_or(&*url, |(base, _)| base);
        Ok(Some(Self { server, url: format!("{base}/{name}"), name }))
    }

    /// Drops the database; open connections to it are closed.
    pub async fn remove(mut self) -> Result<()> {
        let drop = format!("drop database {} with (force)", self.name);
        self.server.execute(AssertSqlSafe(drop)).await.map(|_| ())
    }

    /// Name of the database.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs a statement on another database of the server.
    pub async fn execute(&mut self, sql: String) -> Result<()> {
        self.server.execute(AssertSqlSafe(sql)).await.map(|_| ())
    }

    /// Terminates Bookplate's connections to the database.
    pub async fn terminate(&mut self) -> Result<()> {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
            WHERE datname = $1 AND application_name = 'bookplate'";
        sqlx::query(end).bind(&self.name).execute(&mut self.server).await.map(|_| ())
    }
}

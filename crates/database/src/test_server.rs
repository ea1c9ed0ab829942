//! Databases that tests make on a PostgreSQL server of theirs.

use std::io::Write;

use domain::id::random_alphanumeric;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Result};

/// A database made on the server of `TEST_POSTGRES_URL`.
#[derive(Debug)]
pub struct TestServer {
    server: PgConnection,
    name: String,
    /// The database's URL.
    pub url: String,
}

impl TestServer {
    /// Makes a database. Without `TEST_POSTGRES_URL`, returns `None` and writes a line to the
    /// standard error.
    ///
    /// # Panics
    /// If `TEST_POSTGRES_URL` is missing and `TEST_SKIPS` is `forbid`.
    pub async fn create(what: &str) -> Result<Option<Self>> {
        #[expect(clippy::disallowed_methods, reason = "of the tests, as elsewhere")]
        let (url, skips) = (std::env::var("TEST_POSTGRES_URL"), std::env::var("TEST_SKIPS"));
        let Ok(url) = url else {
            let what = format!("{what} needs TEST_POSTGRES_URL, a server to make databases on");
            assert_ne!(skips.as_deref(), Ok("forbid"), "{what}");
            _ = writeln!(std::io::stderr(), "SKIPPED: {what}");
            return Ok(None);
        };
        let mut server = PgConnection::connect(&url).await?;
        let name = format!("bookplate_test_{}", random_alphanumeric().to_lowercase());
        server.execute(AssertSqlSafe(format!("create database {name}"))).await?;
        let base = url.rsplit_once('/').map_or(&*url, |(base, _)| base);
        Ok(Some(Self { server, url: format!("{base}/{name}"), name }))
    }

    /// Removes the database, whoever is connected to it.
    pub async fn remove(mut self) -> Result<()> {
        let drop = format!("drop database {} with (force)", self.name);
        self.server.execute(AssertSqlSafe(drop)).await.map(|_| ())
    }

    /// The database's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs a statement on another database of the server.
    pub async fn execute(&mut self, sql: String) -> Result<()> {
        self.server.execute(AssertSqlSafe(sql)).await.map(|_| ())
    }

    /// Ends Bookplate's connections to the database.
    pub async fn terminate(&mut self) -> Result<()> {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
            WHERE datname = $1 AND application_name = 'bookplate'";
        sqlx::query(end).bind(&self.name).execute(&mut self.server).await.map(|_| ())
    }
}

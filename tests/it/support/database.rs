//! A new database for each test, removed when dropped.

use std::path::PathBuf;

use domain::id::random_alphanumeric;
use sqlx::{Connection, Executor, PgConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use url::Url;

use super::skip;

/// The database system on which this test binary runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

impl Backend {
    /// Returns the backend after which this binary is named.
    pub(crate) fn current() -> Self {
        if env!("CARGO_CRATE_NAME") == "postgres" { Self::Postgres } else { Self::Sqlite }
    }
}

/// A new, empty database, removed when dropped.
pub(crate) struct TestDatabase {
    url: String,
    folder: TempDir,
    /// The PostgreSQL server's URL and the name of the database on it.
    postgres: Option<(Url, String)>,
}

impl TestDatabase {
    /// Creates a database on the current backend. Ends the process if PostgreSQL is missing, as no
    /// test of the binary can run then: see [`skip`].
    pub(crate) async fn create() -> Self {
        Self::create_with_options("").await
    }

    /// Creates a database with options for PostgreSQL's `CREATE DATABASE`.
    pub(crate) async fn create_with_options(options: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        match Backend::current() {
            Backend::Sqlite => {
                let url = format!("sqlite://{}", folder.path().join("bookplate.db").display());
                Self { url, folder, postgres: None }
            }
            Backend::Postgres => {
                let Some(server) = server() else {
                    skip(skips::POSTGRES);
                    std::process::exit(0);
                };
                let name = format!("bookplate_test_{}", random_alphanumeric().to_lowercase());
                execute(&server, &format!("create database {name} {options}")).await;
                let mut url = server.clone();
                url.set_path(&name);
                Self { url: url.into(), folder, postgres: Some((server, name)) }
            }
        }
    }

    /// Returns the value of `DATABASE_URL`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns [`TestDatabase::url`] after `change` modified it.
    pub(crate) fn url_with(&self, change: impl FnOnce(&mut Url)) -> String {
        let mut url = Url::parse(&self.url).unwrap();
        change(&mut url);
        url.into()
    }

    /// Returns a temporary folder of the test.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Runs SQL on a connection of the test, outside the server under test.
    pub(crate) async fn execute(&self, sql: &str) {
        if self.postgres.is_some() {
            return execute(&Url::parse(&self.url).unwrap(), sql).await;
        }
        let file = self.url.parse::<SqliteConnectOptions>().unwrap().create_if_missing(true);
        let mut file = sqlx::SqliteConnection::connect_with(&file).await.unwrap();
        file.execute(sqlx::AssertSqlSafe(sql.to_owned())).await.unwrap();
        file.close().await.unwrap();
    }

    /// Drops the PostgreSQL database under a running server. Does nothing on SQLite, where an open
    /// file exists until it is closed.
    pub(crate) async fn drop_in_use(&self) {
        if let Some((server, name)) = &self.postgres {
            execute(server, &format!("drop database {name} with (force)")).await;
        }
    }

    /// Runs a query, and returns the first column as text.
    pub(crate) async fn first_column(&self, sql: &str) -> Vec<String> {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        if self.postgres.is_some() {
            let mut server = PgConnection::connect(&self.url).await.unwrap();
            return sqlx::query_scalar(sql).fetch_all(&mut server).await.unwrap();
        }
        let mut file = sqlx::SqliteConnection::connect(&self.url).await.unwrap();
        sqlx::query_scalar(sql).fetch_all(&mut file).await.unwrap()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Some((server, name)) = self.postgres.take() else { return };
        execute_blocking(server, format!("drop database if exists {name} with (force)"));
    }
}

/// A login role of the PostgreSQL server, dropped after the databases in which it has rights.
pub(crate) struct TestRole(pub(crate) String);

impl TestRole {
    /// Creates a role with the password `secret`.
    pub(crate) async fn create() -> Self {
        let name = format!("bookplate_test_{}", random_alphanumeric().to_lowercase());
        execute(&server().unwrap(), &format!("create role {name} login password 'secret'")).await;
        Self(name)
    }
}

impl Drop for TestRole {
    fn drop(&mut self) {
        let drop = format!("drop role if exists {}", self.0);
        execute_blocking(server().unwrap(), drop);
    }
}

/// Runs SQL from `drop`.
fn execute_blocking(server: Url, sql: String) {
    // A runtime cannot block on another runtime, so a thread of its own runs the statement.
    let finished = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(execute(&server, &sql));
    });
    _ = finished.join();
}

/// The URL of the PostgreSQL server on which tests create databases.
fn server() -> Option<Url> {
    let url = std::env::var_os("TEST_POSTGRES_URL")?;
    Some(Url::parse(url.to_str().unwrap()).unwrap())
}

/// Runs SQL on a new connection.
async fn execute(server: &Url, sql: &str) {
    let mut connection = PgConnection::connect(server.as_str()).await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(sql.to_owned())).await.unwrap();
    connection.close().await.unwrap();
}

//! A database for each test, which removes itself.

use std::path::PathBuf;

use domain::id::random_alphanumeric;
use sqlx::{Connection, Executor, PgConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use url::Url;

use super::skip;

/// Which database the tests of this binary run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

impl Backend {
    /// The binary's name says it.
    pub(crate) fn current() -> Self {
        if env!("CARGO_CRATE_NAME") == "postgres" { Self::Postgres } else { Self::Sqlite }
    }
}

/// An empty database.
pub(crate) struct TestDatabase {
    url: String,
    folder: TempDir,
    postgres: Option<(Url, String)>,
}

impl TestDatabase {
    /// On the backend of this binary. Without PostgreSQL the whole binary ends
    /// here, as none of its tests can run: see [`skip`].
    pub(crate) async fn create() -> Self {
        Self::create_with("").await
    }

    /// One of PostgreSQL that is made with these options.
    pub(crate) async fn create_with(options: &str) -> Self {
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

    /// For `DATABASE_URL`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// As [`TestDatabase::url`], changed by `change`.
    pub(crate) fn url_with(&self, change: impl FnOnce(&mut Url)) -> String {
        let mut url = Url::parse(&self.url).unwrap();
        change(&mut url);
        url.into()
    }

    /// A folder of the test's own.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Runs SQL behind the server's back.
    pub(crate) async fn execute(&self, sql: &str) {
        if self.postgres.is_some() {
            return execute(&Url::parse(&self.url).unwrap(), sql).await;
        }
        let file = self.url.parse::<SqliteConnectOptions>().unwrap().create_if_missing(true);
        let mut file = sqlx::SqliteConnection::connect_with(&file).await.unwrap();
        file.execute(sqlx::AssertSqlSafe(sql.to_owned())).await.unwrap();
        file.close().await.unwrap();
    }

    /// Takes the database away from a running server. Not on SQLite, where an open
    /// file stays until it is closed.
    pub(crate) async fn take_away(&self) {
        if let Some((server, name)) = &self.postgres {
            execute(server, &format!("drop database {name} with (force)")).await;
        }
    }

    /// The first column of the rows of a query, as text.
    pub(crate) async fn column(&self, sql: &str) -> Vec<String> {
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
        remove(server, format!("drop database if exists {name} with (force)"));
    }
}

/// A role of the server's, which is removed after the databases in which it has rights.
pub(crate) struct TestRole(pub(crate) String);

impl TestRole {
    pub(crate) async fn create() -> Self {
        let name = format!("bookplate_test_{}", random_alphanumeric().to_lowercase());
        execute(&server().unwrap(), &format!("create role {name} login password 'secret'")).await;
        Self(name)
    }
}

impl Drop for TestRole {
    fn drop(&mut self) {
        let drop = format!("drop role if exists {}", self.0);
        remove(server().unwrap(), drop);
    }
}

/// Runs SQL while something is dropped.
fn remove(server: Url, sql: String) {
    // Within a runtime nothing may block on another one, but a thread may.
    let removed = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(execute(&server, &sql));
    });
    _ = removed.join();
}

fn server() -> Option<Url> {
    let url = std::env::var_os("TEST_POSTGRES_URL")?;
    Some(Url::parse(url.to_str().unwrap()).unwrap())
}

async fn execute(server: &Url, sql: &str) {
    let mut connection = PgConnection::connect(server.as_str()).await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(sql.to_owned())).await.unwrap();
    connection.close().await.unwrap();
}

//! A database lock held by another connection.

use sqlx::{Connection, Executor, PgConnection, SqliteConnection};

use super::{Backend, TestDatabase};

/// A transaction of another connection; every write to `book` waits for its end.
pub(crate) enum WriteLock {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl WriteLock {
    /// Opens the transaction and takes the lock.
    pub(crate) async fn acquire(database: &TestDatabase) -> Self {
        match Backend::current() {
            Backend::Sqlite => {
                let mut file = SqliteConnection::connect(database.url()).await.unwrap();
                file.execute("begin immediate").await.unwrap();
                Self::Sqlite(file)
            }
            Backend::Postgres => {
                let mut server = PgConnection::connect(database.url()).await.unwrap();
                server.execute("begin").await.unwrap();
                server.execute(r#"lock table "book" in share row exclusive mode"#).await.unwrap();
                Self::Postgres(server)
            }
        }
    }

    /// Rolls the transaction back.
    pub(crate) async fn release(self) {
        match self {
            Self::Sqlite(mut file) => {
                file.execute("rollback").await.unwrap();
            }
            Self::Postgres(mut server) => {
                server.execute("rollback").await.unwrap();
            }
        }
    }
}

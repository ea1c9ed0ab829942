//! What others hold.

use sqlx::{Connection, Executor, PgConnection, SqliteConnection};

use super::{Backend, TestDatabase};

/// Somebody else's transaction, for which every write of a book waits.
pub(crate) enum Lock {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Lock {
    pub(crate) async fn take(database: &TestDatabase) -> Self {
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

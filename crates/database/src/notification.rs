//! Messages between the connections to one PostgreSQL server (`LISTEN`, `NOTIFY`).

use std::time::Duration;

use domain::{Error, Result};
use sea_orm::{ConnectionTrait, Statement};
use sqlx::{AssertSqlSafe, Executor, postgres::PgListener, query_scalar};
use tokio::time::timeout;

use crate::{Database, Transaction, internal, is_postgres, postgres, write_connection::WritePools};

/// SQL for the name of channel `$1` in the current schema. Installations in other schemas of the
/// database have separate channels. A name has at most 63 bytes.
const CHANNEL_IN_SCHEMA: &str = "$1 || ':' || CASE
    WHEN octet_length($1) + octet_length(current_schema()::text) < 63 THEN current_schema()::text
    ELSE md5(current_schema()::text) END";

impl Database {
    /// Whether other processes may have the database open and can exchange messages through it.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        is_postgres(self.reader().get_database_backend())
    }

    /// Listens to messages on `channel` in this schema, over a dedicated connection. `None` on
    /// SQLite.
    pub async fn listen(&self, channel: &str) -> Result<Option<Listener>> {
        let WritePools::Postgres(pool) = self.writer().pools() else { return Ok(None) };
        let listener = postgres::listener(pool.options()).await;
        let mut listener = listener.map_err(Error::internal)?;
        listener.eager_reconnect(false);
        let name = AssertSqlSafe(format!("SELECT {CHANNEL_IN_SCHEMA}"));
        let name: String = query_scalar(name)
            .bind(channel)
            .fetch_one(&mut listener)
            .await
            .map_err(Error::internal)?;
        listener.listen(&name).await.map_err(Error::internal)?;
        Ok(Some(Listener(listener)))
    }
}

/// The connection is tested after this time without a message...
const TEST_AFTER: Duration = Duration::from_secs(10);
/// ...and closed if it does not answer within this time. A connection that a router dropped stays
/// silent forever.
const TEST_TIMEOUT: Duration = Duration::from_secs(3);

/// A connection that listens on a channel.
#[derive(Debug)]
pub struct Listener(PgListener);

impl Listener {
    /// Returns the next message, or `None` once the connection is lost. Messages sent before the
    /// next [`Database::listen`] are lost, too.
    pub async fn next(&mut self) -> Result<Option<String>> {
        loop {
            if let Ok(received) = timeout(TEST_AFTER, self.0.try_recv()).await {
                let received = received.map_err(Error::internal)?;
                return Ok(received.map(|notification| notification.payload().to_owned()));
            }
            let Ok(answer) = timeout(TEST_TIMEOUT, self.0.execute("SELECT 1")).await else {
                return Ok(None);
            };
            answer.map_err(Error::internal)?;
        }
    }
}

impl Transaction {
    /// Whether other processes may have the database open.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        is_postgres(self.connection().get_database_backend())
    }

    /// Sends `texts` on `channel` in this schema when the transaction commits. They arrive in
    /// this order, with no other message in between.
    ///
    /// Each text must be shorter than 8,000 bytes, PostgreSQL's limit, and different from the
    /// others: PostgreSQL drops duplicates.
    pub async fn notify(&self, channel: &str, texts: Vec<String>) -> Result<()> {
        let connection = self.connection();
        let statement = Statement::from_sql_and_values(
            connection.get_database_backend(),
            format!(
                "SELECT count(pg_notify({CHANNEL_IN_SCHEMA}, text))
                 FROM unnest($2::text[]) AS texts(text)"
            ),
            [channel.into(), texts.into()],
        );
        connection.query_one_raw(statement).await.map_err(internal)?;
        Ok(())
    }
}

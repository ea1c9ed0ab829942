//! What the connections of one PostgreSQL server tell each other (LISTEN, NOTIFY).

use std::time::Duration;

use domain::{Error, Result};
use sea_orm::{ConnectionTrait, Statement};
use sqlx::{AssertSqlSafe, Executor, postgres::PgListener, query_scalar};
use tokio::time::timeout;

use crate::{Database, Transaction, internal, is_postgres, postgres, write_connection::WritePools};

/// The name of the channel `$1` in the current schema: installations in other schemas of
/// the database have channels of their own. A name has 63 bytes at most.
const CHANNEL_IN_SCHEMA: &str = "$1 || ':' || CASE
    WHEN octet_length($1) + octet_length(current_schema()::text) < 63 THEN current_schema()::text
    ELSE md5(current_schema()::text) END";

impl Database {
    /// Whether other machines may have the database open, too, so that they can be
    /// told of changes through it.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        is_postgres(self.reader().get_database_backend())
    }

    /// Listens to what is said on `channel` in this schema from now on, over a connection
    /// of its own. Nobody says anything on SQLite.
    pub async fn listen(&self, channel: &str) -> Result<Option<Listener>> {
        let WritePools::Postgres(pool) = self.writer().writers() else { return Ok(None) };
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

/// After how long a silence the connection is tried...
const SILENCE: Duration = Duration::from_secs(10);
/// ...and how long it may take to answer. One that a router forgot says nothing for ever.
const ANSWER: Duration = Duration::from_secs(3);

/// A connection that listens.
#[derive(Debug)]
pub struct Listener(PgListener);

impl Listener {
    /// What is said next; `None` once the connection is lost, and with it whatever is
    /// said until somebody listens again.
    pub async fn next(&mut self) -> Result<Option<String>> {
        loop {
            if let Ok(heard) = timeout(SILENCE, self.0.try_recv()).await {
                let heard = heard.map_err(Error::internal)?;
                return Ok(heard.map(|notification| notification.payload().to_owned()));
            }
            let Ok(answer) = timeout(ANSWER, self.0.execute("SELECT 1")).await else {
                return Ok(None);
            };
            answer.map_err(Error::internal)?;
        }
    }
}

impl Transaction {
    /// Whether other machines may have the database open, too.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        is_postgres(self.connection().get_database_backend())
    }

    /// Says these texts on `channel` in this schema, in this order and with nobody's in
    /// between, if and when the transaction is committed. Each is shorter than 8,000 bytes, which is
    /// PostgreSQL's limit, and unlike the others, of which it would drop repetitions.
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

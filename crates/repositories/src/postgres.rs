//! PostgreSQL's connections, which end when their server does not answer.
//!
//! sqlx gives no access to its sockets, so that keep-alive and `TCP_USER_TIMEOUT` cannot be
//! set on them: every statement has a limit instead, at whose end its connection is closed,
//! and one that was idle is tested before it is used.

use std::{future::Future, sync::Arc, time::Duration};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, PgPool, Row,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::time::timeout;

use crate::{
    failure::timed_out,
    pool::{Pool, Pooled, WAIT},
};

const CONNECTIONS: u32 = 16;
/// How much longer than the server's limit of a statement its answer may take.
const GRACE: Duration = Duration::from_secs(2);
/// How long a statement may take that has no limit.
const LONGEST: Duration = Duration::from_mins(30);
/// How long a transaction may wait for its next statement: requests have them at hand,
/// commands make them first.
const IDLE: Duration = Duration::from_secs(30);
const IDLE_OF_COMMAND: Duration = Duration::from_mins(10);

/// What a connection is opened with.
pub(crate) struct Options {
    server: PgConnectOptions,
    /// How long a statement may take.
    longest: Option<Duration>,
}

/// A connection, and how long its answers may take.
pub(crate) struct Postgres {
    pub(crate) connection: PgConnection,
    limit: Duration,
}

impl Pooled for Postgres {
    type Options = Options;

    /// Less than it takes a server to restart, or a router to forget a connection.
    const TESTED_AFTER: Option<Duration> = Some(Duration::from_secs(1));

    async fn open(Options { server, longest }: &Options) -> sqlx::Result<Self> {
        let mut connection = server.connect().await?;
        prepare(&mut connection, *longest).await?;
        Ok(Self { connection, limit: longest.map_or(LONGEST, |longest| longest + GRACE) })
    }

    async fn test(&mut self) -> sqlx::Result<()> {
        self.connection.ping().await
    }

    async fn reset(&mut self) -> bool {
        // The server warns when there is no transaction, and answers all the same.
        self.connection.execute("ROLLBACK").await.is_ok()
    }

    async fn close(self) -> sqlx::Result<()> {
        self.connection.close().await
    }
}

/// Sets what the session of a new connection needs. Not among the options of the
/// connection's start, which poolers refuse.
async fn prepare(connection: &mut PgConnection, longest: Option<Duration>) -> sqlx::Result<()> {
    let idle = longest.map_or(IDLE_OF_COMMAND, |_| IDLE).as_millis();
    let mut settings = vec![
        // To compile a statement takes longer than any of ours runs.
        "SET jit = off".to_owned(),
        // That there is no transaction to roll back is no news.
        "SET client_min_messages = error".to_owned(),
        format!("SET idle_in_transaction_session_timeout = {idle}"),
    ];
    if let Some(longest) = longest {
        settings.push(format!("SET statement_timeout = {}", longest.as_millis()));
    }
    connection.execute(AssertSqlSafe(settings.join("; "))).await?;
    connection.execute(NETWORK).await?;
    Ok(())
}

/// How the server notices that we are gone, and ends what it does for us; not every version
/// and system has all of it.
const NETWORK: &str = "SELECT set_config(name, value, false) \
    FROM (VALUES ('client_connection_check_interval', '2s'), ('tcp_keepalives_idle', '30'), \
                 ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3'), \
                 ('tcp_user_timeout', '60s')) AS wanted (name, value) \
    JOIN pg_settings USING (name)";

impl Postgres {
    /// Waits for an answer. A connection whose server did not give one in time cannot be
    /// used any more.
    pub(crate) async fn limited<'c, T, F>(
        &'c mut self,
        work: impl FnOnce(&'c mut PgConnection) -> F,
    ) -> sqlx::Result<T>
    where
        F: Future<Output = sqlx::Result<T>>,
    {
        let limit = self.limit;
        timeout(limit, work(&mut self.connection)).await.unwrap_or_else(|_| Err(timed_out(limit)))
    }

    /// Begins a transaction. Fails if there is one.
    pub(crate) async fn begin(&mut self) -> sqlx::Result<()> {
        // PostgreSQL only warns when there is a transaction, which then is older than this.
        let sql = "BEGIN; SELECT now() = statement_timestamp()";
        let begun = self.limited(|connection| connection.fetch_one(sql)).await?;
        if begun.try_get(0)? {
            return Ok(());
        }
        Err(sqlx::Error::Protocol("a connection was in a transaction already".to_owned()))
    }

    /// Fails unless all of the transaction is in the database.
    pub(crate) async fn commit(&mut self) -> sqlx::Result<()> {
        // PostgreSQL answers the COMMIT of a transaction that has failed with ROLLBACK, of
        // none with a warning, and sqlx shows neither. A savepoint fails in both.
        let commit = "SAVEPOINT proof; COMMIT";
        self.limited(|connection| connection.execute(commit)).await.map(drop)
    }
}

/// Opens the connections to a server.
pub(crate) async fn open(
    url: &str,
    longest: Option<Duration>,
) -> sqlx::Result<Arc<Pool<Postgres>>> {
    let server = url.parse::<PgConnectOptions>()?.application_name("bookplate");
    Pool::open(Options { server: server.disable_statement_logging(), longest }, CONNECTIONS).await
}

/// A pool of one connection, for who cannot do with ours.
pub(crate) async fn dedicated(options: &Options) -> sqlx::Result<PgPool> {
    let one = PgPoolOptions::new().max_connections(1).acquire_timeout(WAIT);
    let one = one.after_connect(|connection, _| Box::pin(prepare(connection, None)));
    one.connect_with(options.server.clone()).await
}

/// A connection that listens, and is opened anew by [`PgListener`] when it is lost.
pub(crate) async fn listener(options: &Options) -> sqlx::Result<PgListener> {
    let one = PgPoolOptions::new().max_connections(1).acquire_timeout(WAIT);
    PgListener::connect_with(&one.connect_lazy_with(options.server.clone())).await
}

//! Connections to PostgreSQL; a connection is closed when its server does not answer.
//!
//! sqlx gives no access to its sockets, so keep-alive and `TCP_USER_TIMEOUT` cannot be set.
//! Instead every statement has a timeout, after which its connection is closed, and an idle
//! connection is tested before it is used.

use std::{future::Future, sync::Arc, time::Duration};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, PgPool, Row,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::time::timeout;

use crate::{
    failure::timed_out,
    pool::{ACQUIRE_TIMEOUT, Pool, Pooled},
    session_settings,
};

const CONNECTIONS: u32 = 16;
/// Time that the answer may take beyond the server's statement timeout.
const GRACE: Duration = Duration::from_secs(2);
/// Timeout of a statement without a configured limit.
const DEFAULT_STATEMENT_TIMEOUT: Duration = Duration::from_mins(30);
/// Maximum idle time of a transaction. Requests run their statements without pauses; commands may
/// prepare data between two statements.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
const COMMAND_IDLE_TIMEOUT: Duration = Duration::from_mins(10);

/// Options for opening a connection.
pub(crate) struct Options {
    server: PgConnectOptions,
    /// Configured timeout of a statement.
    statement_timeout: Option<Duration>,
    pooler: Option<Pooler>,
}

/// A connection and the timeout of its answers.
pub(crate) struct Postgres {
    pub(crate) connection: PgConnection,
    limit: Duration,
    /// The statement that begins a transaction.
    begin: Arc<str>,
    /// Whether a pooler may assign another server session to each transaction.
    is_pooled: bool,
}

impl Pooled for Postgres {
    type Options = Options;

    /// Shorter than a restart of a server, or than a router's idle timeout.
    const TESTED_AFTER: Option<Duration> = Some(Duration::from_secs(1));

    async fn open(Options { server, statement_timeout, pooler }: &Options) -> sqlx::Result<Self> {
        let limit = statement_timeout
            .map_or(DEFAULT_STATEMENT_TIMEOUT, |statement_timeout| statement_timeout + GRACE);
        if let Some(Pooler { server, begin }) = pooler {
            let (connection, begin) = (server.connect().await?, Arc::clone(begin));
            return Ok(Self { connection, limit, begin, is_pooled: true });
        }
        let mut connection = server.connect().await?;
        prepare(&mut connection, *statement_timeout).await?;
        Ok(Self {
            connection,
            limit,
            begin: Arc::from(session_settings::begin("")),
            is_pooled: false,
        })
    }

    async fn test(&mut self) -> sqlx::Result<()> {
        self.connection.ping().await
    }

    async fn reset(&mut self) -> bool {
        // The server answers with a warning if there is no transaction.
        self.connection.execute("ROLLBACK").await.is_ok()
    }

    async fn close(self) -> sqlx::Result<()> {
        self.connection.close().await
    }
}

/// Sets the session of a new connection. Statements are used instead of startup options, because
/// poolers refuse those.
async fn prepare(
    connection: &mut PgConnection,
    statement_timeout: Option<Duration>,
) -> sqlx::Result<()> {
    let idle = statement_timeout.map_or(COMMAND_IDLE_TIMEOUT, |_| IDLE_TIMEOUT);
    let mut set = session_settings::settings("SET", statement_timeout, idle);
    set += session_settings::ISOLATION;
    connection.execute(AssertSqlSafe(set)).await?;
    connection.execute(NETWORK).await?;
    Ok(())
}

/// Settings by which the server notices a lost client and cancels its statement. Not every
/// version and system has all of them.
const NETWORK: &str = "SELECT set_config(name, value, false) \
    FROM (VALUES ('client_connection_check_interval', '2s'), ('tcp_keepalives_idle', '30'), \
                 ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3'), \
                 ('tcp_user_timeout', '60s')) AS wanted (name, value) \
    JOIN pg_settings USING (name)";

impl Postgres {
    /// Waits for an answer within the timeout. After a timeout the connection cannot be used any
    /// more.
    pub(crate) async fn with_timeout<'c, T, F>(
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
        let sql = AssertSqlSafe(Arc::clone(&self.begin));
        let begun = self.with_timeout(|connection| connection.fetch_one(sql)).await?;
        if begun.try_get(0)? {
            return Ok(());
        }
        Err(sqlx::Error::Protocol("a connection was in a transaction already".to_owned()))
    }

    /// Prepares the session for a single statement.
    pub(crate) async fn before_single(&mut self) -> sqlx::Result<()> {
        if self.is_pooled { self.begin().await } else { Ok(()) }
    }

    /// Ends what [`Postgres::before_single`] began, after an answer.
    pub(crate) async fn after_single(&mut self) -> sqlx::Result<()> {
        if self.is_pooled { self.commit().await } else { Ok(()) }
    }

    /// Whether prepared statements survive until the next use.
    pub(crate) fn keeps_statements(&self) -> bool {
        !self.is_pooled
    }

    /// Fails unless all of the transaction is in the database.
    pub(crate) async fn commit(&mut self) -> sqlx::Result<()> {
        // PostgreSQL answers COMMIT with ROLLBACK after a failed statement, and with a warning
        // outside a transaction. sqlx shows neither. A savepoint fails in both cases.
        let commit = "SAVEPOINT proof; COMMIT";
        self.with_timeout(|connection| connection.execute(commit)).await.map(drop)
    }
}

/// Opens the connections to a server, or to its pooler.
pub(crate) async fn open(
    url: &str,
    pooler: Option<&str>,
    statement_timeout: Option<Duration>,
) -> sqlx::Result<Arc<Pool<Postgres>>> {
    let server = options(url)?;
    let pooler = match pooler {
        Some(pooler) => Some(Pooler::connect(&server, options(pooler)?, statement_timeout).await?),
        None => None,
    };
    Pool::open(Options { server, statement_timeout, pooler }, CONNECTIONS).await
}

/// Connection options for the server at this URL.
pub(crate) fn options(url: &str) -> sqlx::Result<PgConnectOptions> {
    let server = url.parse::<PgConnectOptions>()?.application_name("bookplate");
    // Poolers refuse this startup option. It is not needed, because values are sent in binary.
    Ok(server.extra_float_digits(None).disable_statement_logging())
}

/// A pooler in transaction mode. Each transaction may run in another server session, so every
/// statement is inside a transaction, which begins with our settings.
struct Pooler {
    server: PgConnectOptions,
    /// The statement that begins a transaction.
    begin: Arc<str>,
}

impl Pooler {
    /// Connects to the pooler of a server. Its transactions use the server's schemas.
    async fn connect(
        server: &PgConnectOptions,
        pooler: PgConnectOptions,
        statement_timeout: Option<Duration>,
    ) -> sqlx::Result<Self> {
        let mut direct = server.connect().await?;
        let schemas = "SELECT string_agg(quote_ident(name), ', ')
                       FROM unnest(current_schemas(false)) AS name";
        let schemas: String = direct.fetch_one(schemas).await?.try_get(0)?;
        direct.close().await?;
        let settings = session_settings::settings("SET LOCAL", statement_timeout, IDLE_TIMEOUT);
        let settings = format!("{settings}SET LOCAL search_path = {schemas}; ");
        Ok(Self { server: pooler, begin: Arc::from(session_settings::begin(&settings)) })
    }
}

/// Opens sqlx's own pool with one connection, for migrations.
pub(crate) async fn dedicated(options: &Options) -> sqlx::Result<PgPool> {
    let one = PgPoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE_TIMEOUT);
    let one = one.after_connect(|connection, _| Box::pin(prepare(connection, None)));
    one.connect_with(options.server.clone()).await
}

/// Opens a connection that listens. [`PgListener`] reconnects when it is lost.
pub(crate) async fn listener(options: &Options) -> sqlx::Result<PgListener> {
    let one = PgPoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE_TIMEOUT);
    PgListener::connect_with(&one.connect_lazy_with(options.server.clone())).await
}

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
    pool::{ACQUIRE_TIMEOUT, Pool, Pooled},
    session_settings,
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
    pooler: Option<Pooler>,
}

/// A connection, and how long its answers may take.
pub(crate) struct Postgres {
    pub(crate) connection: PgConnection,
    limit: Duration,
    /// How a transaction begins.
    begin: Arc<str>,
    /// Whether each transaction has another session of the server.
    is_pooled: bool,
}

impl Pooled for Postgres {
    type Options = Options;

    /// Less than it takes a server to restart, or a router to forget a connection.
    const TESTED_AFTER: Option<Duration> = Some(Duration::from_secs(1));

    async fn open(Options { server, longest, pooler }: &Options) -> sqlx::Result<Self> {
        let limit = longest.map_or(LONGEST, |longest| longest + GRACE);
        if let Some(Pooler { server, begin }) = pooler {
            let (connection, begin) = (server.connect().await?, Arc::clone(begin));
            return Ok(Self { connection, limit, begin, is_pooled: true });
        }
        let mut connection = server.connect().await?;
        prepare(&mut connection, *longest).await?;
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
    let idle = longest.map_or(IDLE_OF_COMMAND, |_| IDLE);
    let mut set = session_settings::settings("SET", longest, idle);
    set += session_settings::ISOLATION;
    connection.execute(AssertSqlSafe(set)).await?;
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
        let sql = AssertSqlSafe(Arc::clone(&self.begin));
        let begun = self.limited(|connection| connection.fetch_one(sql)).await?;
        if begun.try_get(0)? {
            return Ok(());
        }
        Err(sqlx::Error::Protocol("a connection was in a transaction already".to_owned()))
    }

    /// Makes the session ready for a single statement.
    pub(crate) async fn enter(&mut self) -> sqlx::Result<()> {
        if self.is_pooled { self.begin().await } else { Ok(()) }
    }

    /// Ends what [`Postgres::enter`] began, after an answer.
    pub(crate) async fn leave(&mut self) -> sqlx::Result<()> {
        if self.is_pooled { self.commit().await } else { Ok(()) }
    }

    /// Whether the session knows a prepared statement the next time.
    pub(crate) fn keeps_statements(&self) -> bool {
        !self.is_pooled
    }

    /// Fails unless all of the transaction is in the database.
    pub(crate) async fn commit(&mut self) -> sqlx::Result<()> {
        // PostgreSQL answers the COMMIT of a transaction that has failed with ROLLBACK, of
        // none with a warning, and sqlx shows neither. A savepoint fails in both.
        let commit = "SAVEPOINT proof; COMMIT";
        self.limited(|connection| connection.execute(commit)).await.map(drop)
    }
}

/// Opens the connections to a server; through its pooler, if there is one.
pub(crate) async fn open(
    url: &str,
    pooler: Option<&str>,
    longest: Option<Duration>,
) -> sqlx::Result<Arc<Pool<Postgres>>> {
    let server = options(url)?;
    let pooler = match pooler {
        Some(pooler) => Some(Pooler::of(&server, options(pooler)?, longest).await?),
        None => None,
    };
    Pool::open(Options { server, longest, pooler }, CONNECTIONS).await
}

/// How the server at this URL is connected to.
pub(crate) fn options(url: &str) -> sqlx::Result<PgConnectOptions> {
    let server = url.parse::<PgConnectOptions>()?.application_name("bookplate");
    // Poolers refuse a connection with this one, and values come in binary.
    Ok(server.extra_float_digits(None).disable_statement_logging())
}

/// A pooler in transaction mode: each transaction may have another session of the server, so
/// that every statement is in one, which begins with our settings.
struct Pooler {
    server: PgConnectOptions,
    /// How a transaction begins.
    begin: Arc<str>,
}

impl Pooler {
    /// The pooler of a server, whose schemas it is to find, too.
    async fn of(
        server: &PgConnectOptions,
        pooler: PgConnectOptions,
        longest: Option<Duration>,
    ) -> sqlx::Result<Self> {
        let mut direct = server.connect().await?;
        let schemas = "SELECT string_agg(quote_ident(name), ', ')
                       FROM unnest(current_schemas(false)) AS name";
        let schemas: String = direct.fetch_one(schemas).await?.try_get(0)?;
        direct.close().await?;
        let settings = session_settings::settings("SET LOCAL", longest, IDLE);
        let settings = format!("{settings}SET LOCAL search_path = {schemas}; ");
        Ok(Self { server: pooler, begin: Arc::from(session_settings::begin(&settings)) })
    }
}

/// sqlx's own pool, of one connection: migrations need it.
pub(crate) async fn dedicated(options: &Options) -> sqlx::Result<PgPool> {
    let one = PgPoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE_TIMEOUT);
    let one = one.after_connect(|connection, _| Box::pin(prepare(connection, None)));
    one.connect_with(options.server.clone()).await
}

/// A connection that listens, and is opened anew by [`PgListener`] when it is lost.
pub(crate) async fn listener(options: &Options) -> sqlx::Result<PgListener> {
    let one = PgPoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE_TIMEOUT);
    PgListener::connect_with(&one.connect_lazy_with(options.server.clone())).await
}

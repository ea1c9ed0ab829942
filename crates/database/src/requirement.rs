//! Requirements on a PostgreSQL database. Startup and `doctor` check this list; each unmet item
//! comes with advice.

use std::{future::Future, time::Duration};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Error, Executor, PgConnection, Row,
    postgres::{PgConnectOptions, PgRow},
    raw_sql,
};
use tokio::time::{Instant, sleep, timeout};

use crate::{
    DatabaseUrl, postgres,
    reason::{database_reason, driver_reason},
};

/// An unmet requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnmetRequirement {
    /// The URL that the problem is about.
    pub target: Target,
    /// The problem, as the predicate of a sentence.
    pub what: String,
    /// The remedy.
    pub advice: String,
}

/// Target of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The database itself.
    Database,
    /// Its pooler in transaction mode.
    Pooler,
}

/// A requirement. In its texts `{found}`, `{user}`, `{database}` and `{schema}` are replaced by
/// the value found and by the quoted names.
struct Requirement {
    /// Selects the offending value, or null if the requirement is met.
    sql: &'static str,
    what: &'static str,
    advice: &'static str,
}

const REQUIREMENTS: [Requirement; 8] = [
    Requirement {
        sql: "select case when current_setting('server_version_num')::int < 140000
              then current_setting('server_version') end",
        what: "runs PostgreSQL {found}, which is too old",
        advice: "move it to PostgreSQL 14 or later",
    },
    Requirement {
        sql: "select nullif(current_setting('server_encoding'), 'UTF8')",
        what: "has the encoding {found}, which cannot store every text",
        advice: "move it to a database of UTF8: CREATE DATABASE … ENCODING 'UTF8' LOCALE 'C' \
                 TEMPLATE template0",
    },
    Requirement {
        sql: "select case when pg_is_in_recovery() then '' end",
        what: "is a standby server's, which accepts no changes",
        advice: "name the primary server",
    },
    Requirement {
        sql: "select nullif(current_setting('default_transaction_read_only'), 'off')",
        what: "is read-only (default_transaction_read_only is {found})",
        advice: "ALTER DATABASE {database} RESET default_transaction_read_only, or the same of \
                 ROLE {user} or of the server's configuration, once it is no longer needed",
    },
    Requirement {
        sql: "select nullif(current_setting('session_replication_role'), 'origin')",
        what: "runs no triggers (session_replication_role is {found})",
        advice: "ALTER DATABASE {database} RESET session_replication_role, or the same of ROLE \
                 {user}",
    },
    Requirement {
        sql: "select case when current_schema() is null
              then current_setting('search_path') end",
        what: "has no schema that {user} may use (search_path is {found})",
        advice: "CREATE SCHEMA of that name, or GRANT USAGE, CREATE ON SCHEMA … TO {user}",
    },
    // Later migrations report missing permissions themselves.
    Requirement {
        sql: "select case when not has_schema_privilege(current_schema(), 'CREATE')
              and to_regclass(quote_ident(current_schema()) || '.\"bookplateMigration\"') is null
              then '' end",
        what: "denies {user} to make tables in the schema {schema}",
        advice: "GRANT CREATE ON SCHEMA {schema} TO {user}, or ALTER DATABASE {database} OWNER \
                 TO {user}",
    },
    Requirement {
        sql: "select string_agg(quote_ident(relname), ', ' order by relname) from pg_class
              where relnamespace = to_regnamespace(quote_ident(current_schema()))
              and relkind in ('r', 'p') and relname in ('user', 'session', 'account',
                'verification', 'book', 'author', 'bookAuthor', 'bookSearch', 'authorSearch',
                'mail', 'auditEvent', 'rateLimit', 'revokedSession', 'healthProbe',
                'bookplateMigration')
              and not (has_table_privilege(oid, 'SELECT') and has_table_privilege(oid, 'INSERT')
                and has_table_privilege(oid, 'UPDATE') and has_table_privilege(oid, 'DELETE'))",
        what: "denies {user} the tables {found}",
        advice: "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {user}",
    },
];

/// Timeout of all checks.
const WAIT: Duration = Duration::from_secs(10);
/// Time during which a server that is starting is tried again.
const STARTUP_TIMEOUT: Duration = Duration::from_secs(3);
/// Pause between two attempts.
const PAUSE: Duration = Duration::from_millis(100);

/// Returns the unmet requirements of this database and its pooler, in the order in which to solve
/// them. Empty on SQLite.
pub async fn unmet(url: &DatabaseUrl, pooler: Option<&DatabaseUrl>) -> Vec<UnmetRequirement> {
    let Some(url) = url.server() else { return Vec::new() };
    let unmet = within(Target::Database, async { examine(&postgres::options(url)?).await }).await;
    match pooler.and_then(DatabaseUrl::server) {
        Some(pooler) if unmet.is_empty() => {
            let look = async { examine_pooler(&postgres::options(url)?, pooler).await };
            within(Target::Pooler, look).await
        }
        _ => unmet,
    }
}

/// Runs a check within the timeout.
async fn within(
    target: Target,
    look: impl Future<Output = sqlx::Result<Vec<UnmetRequirement>>>,
) -> Vec<UnmetRequirement> {
    match timeout(WAIT, look).await {
        Ok(Ok(unmet)) => unmet,
        Ok(Err(error)) => vec![refusal(target, &error)],
        Err(_) => vec![UnmetRequirement {
            target,
            what: format!("does not answer within {} seconds", WAIT.as_secs()),
            advice: UNREACHABLE.to_owned(),
        }],
    }
}

async fn examine(options: &PgConnectOptions) -> sqlx::Result<Vec<UnmetRequirement>> {
    let target = Target::Database;
    let mut connection = connect(options).await?;
    let names = "select quote_ident(current_user), quote_ident(current_database()),
                 quote_ident(current_schema())";
    let names = one(&mut connection, names).await?;
    let name = |index| -> sqlx::Result<String> {
        Ok(names.try_get::<Option<String>, _>(index)?.unwrap_or_default())
    };
    let names = [("{user}", name(0)?), ("{database}", name(1)?), ("{schema}", name(2)?)];
    let mut unmet = Vec::new();
    for Requirement { sql, what, advice } in &REQUIREMENTS {
        let found: Option<String> = one(&mut connection, sql).await?.try_get(0)?;
        if let Some(found) = found {
            let fill = |text: &str| {
                let text = text.replace("{found}", &found);
                names.iter().fold(text, |text, (word, name)| text.replace(word, name))
            };
            unmet.push(UnmetRequirement { target, what: fill(what), advice: fill(advice) });
        }
    }
    if uses_transaction_pooling(options, &mut connection).await? {
        unmet.push(UnmetRequirement {
            target,
            what: "is behind a pooler in transaction mode".to_owned(),
            advice: "name the server itself, and the pooler in DATABASE_POOLER_URL".to_owned(),
        });
    }
    // The connection may have ended meanwhile, which does not matter.
    _ = connection.close().await;
    Ok(unmet)
}

/// Checks that the pooler leads to the same database.
async fn examine_pooler(
    options: &PgConnectOptions,
    pooler: &str,
) -> sqlx::Result<Vec<UnmetRequirement>> {
    const IDENTITY: &str =
        "select current_database()::text || ' ' || pg_postmaster_start_time()::text";
    let (mut direct, mut through) =
        (connect(options).await?, connect(&postgres::options(pooler)?).await?);
    let expected: String = one(&mut direct, IDENTITY).await?.try_get(0)?;
    let found: String = one(&mut through, IDENTITY).await?.try_get(0)?;
    _ = (direct.close().await, through.close().await);
    let elsewhere = UnmetRequirement {
        target: Target::Pooler,
        what: "leads to another database or server".to_owned(),
        advice: "name a pooler of DATABASE_URL's database".to_owned(),
    };
    Ok(if found == expected { Vec::new() } else { vec![elsewhere] })
}

/// Connects. Retries while the server is starting.
async fn connect(options: &PgConnectOptions) -> sqlx::Result<PgConnection> {
    let start = Instant::now();
    loop {
        match options.connect().await {
            Err(error) if is_starting(&error) && start.elapsed() < STARTUP_TIMEOUT => {
                sleep(PAUSE).await;
            }
            connected => return connected,
        }
    }
}

/// Whether the server is starting: `cannot_connect_now`, or a refused connection.
fn is_starting(error: &Error) -> bool {
    match error {
        Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        Error::Database(error) => error.code().as_deref() == Some("57P03"),
        _ => false,
    }
}

/// Reads one row without a prepared statement, which a pooler may not support.
async fn one(connection: &mut PgConnection, sql: &str) -> sqlx::Result<PgRow> {
    raw_sql(AssertSqlSafe(sql.to_owned())).fetch_one(connection).await
}

/// Whether the URL leads to a pooler in transaction mode: transactions of one connection run on
/// several server connections, or two connections share one.
async fn uses_transaction_pooling(
    options: &PgConnectOptions,
    first: &mut PgConnection,
) -> sqlx::Result<bool> {
    // Other clients may use the pooler's free connections at this moment.
    const ROUNDS: usize = 3;
    let mut second = connect(options).await?;
    let mut splits = false;
    for _ in 0..ROUNDS {
        let own = backend(first).await?;
        second.execute("BEGIN").await?;
        let others = backend(&mut second).await?;
        splits = own == others || backend(first).await? != own;
        second.execute("ROLLBACK").await?;
        if splits {
            break;
        }
    }
    _ = second.close().await;
    Ok(splits)
}

async fn backend(connection: &mut PgConnection) -> sqlx::Result<String> {
    one(connection, "select pg_backend_pid()::text").await?.try_get(0)
}

const UNREACHABLE: &str = "start the server, or correct host and port";

/// Describes a failed connection and its remedy.
fn refusal(target: Target, error: &Error) -> UnmetRequirement {
    let (what, advice) = match error {
        Error::Tls(error) => (
            format!("is not reached by TLS: {error}"),
            "set sslmode (disable, prefer, require, verify-full) and sslrootcert behind the \
             URL's ? as the server needs it",
        ),
        Error::Database(error) => {
            let advice = advice(&error.code().unwrap_or_default());
            (format!("refuses: {}", database_reason(&**error)), advice)
        }
        error => (format!("does not answer: {}", driver_reason(error)), UNREACHABLE),
    };
    UnmetRequirement { target, what, advice: advice.to_owned() }
}

/// Returns the remedy for an error code (`SQLSTATE`).
fn advice(code: &str) -> &'static str {
    match code {
        "28P01" => "correct the user or password in the URL",
        "28000" => {
            "make the user (CREATE ROLE … LOGIN), or let it in by pg_hba.conf; where that asks \
             for encryption, put ?sslmode=require behind the URL"
        }
        "3D000" => "create it (CREATE DATABASE …), or correct its name in the URL",
        "42501" => "GRANT CONNECT ON DATABASE … TO the user of the URL",
        "53300" => "raise max_connections or the role's CONNECTION LIMIT, or end other connections",
        "57P03" => "wait until the server has started",
        "08P01" => {
            "the pooler reported this error, and its log has the reason; it must know the user and database, \
             and takes no options behind the URL's ?"
        }
        _ => "see the server's log",
    }
}

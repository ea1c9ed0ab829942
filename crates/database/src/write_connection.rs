//! Connections that write, for both databases.

use std::sync::Arc;

use futures_util::TryStreamExt;
use sea_orm::{DbBackend, DbErr, ExecResult, QueryResult, Statement, sea_query::Values};
use sea_query_sqlx::SqlxValues;
use sqlx::{
    AssertSqlSafe, Database, Executor, IntoArguments, database::HasStatementCache, query_with,
};

use crate::{
    failure::{is_constraint_of_sqlite, is_lost, is_retryable},
    file::DatabaseFile,
    pool::{Lease, Pool},
    postgres::Postgres,
    sqlite::{Sqlite, is_within_transaction},
};

/// Pools of connections that write.
#[derive(Clone, Debug)]
pub(crate) enum WritePools {
    Sqlite(Arc<Pool<Sqlite>>, Arc<DatabaseFile>),
    Postgres(Arc<Pool<Postgres>>),
}

impl WritePools {
    pub(crate) fn backend(&self) -> DbBackend {
        match self {
            Self::Sqlite(..) => DbBackend::Sqlite,
            Self::Postgres(_) => DbBackend::Postgres,
        }
    }

    /// Returns a connection in no transaction.
    pub(crate) async fn acquire(&self) -> sqlx::Result<WriteConnection> {
        match self {
            Self::Sqlite(pool, file) => {
                // A write to a file that was removed is lost with the process.
                file.assert_in_place().await?;
                pool.acquire().await.map(WriteConnection::Sqlite)
            }
            Self::Postgres(pool) => pool.acquire().await.map(WriteConnection::Postgres),
        }
    }

    /// Returns a connection in a new transaction. If the first connection is dead, or already in
    /// a transaction, nothing was written yet, and a second one is tried.
    pub(crate) async fn begin(&self) -> sqlx::Result<WriteConnection> {
        match self.try_begin().await {
            Err(error) if is_retryable(&error) || is_within_transaction(&error) => {
                self.try_begin().await
            }
            begun => begun,
        }
    }

    async fn try_begin(&self) -> sqlx::Result<WriteConnection> {
        let mut writing = self.acquire().await?;
        let begun = match &mut writing {
            WriteConnection::Sqlite(lease) => lease.connection()?.begin().await,
            WriteConnection::Postgres(lease) => lease.connection()?.begin().await,
        };
        match begun {
            Ok(()) => Ok(writing),
            Err(error) => {
                writing.release_after(&error);
                Err(error)
            }
        }
    }
}

/// A connection in use. When dropped, it rolls back its transaction or closes.
#[derive(Debug)]
pub(crate) enum WriteConnection {
    Sqlite(Lease<Sqlite>),
    Postgres(Lease<Postgres>),
}

/// The result that a caller needs.
#[derive(Clone, Copy)]
pub(crate) enum ResultKind {
    /// The number of changed rows.
    Count,
    /// The rows.
    Rows,
}

/// The result of a statement.
pub(crate) enum StatementResult {
    Count(ExecResult),
    Rows(Vec<QueryResult>),
}

impl StatementResult {
    pub(crate) fn count(self) -> Result<ExecResult, DbErr> {
        match self {
            Self::Count(count) => Ok(count),
            Self::Rows(_) => Err(DbErr::Custom("the statement was run for its rows".to_owned())),
        }
    }

    pub(crate) fn rows(self) -> Vec<QueryResult> {
        match self {
            Self::Count(_) => Vec::new(),
            Self::Rows(rows) => rows,
        }
    }
}

impl WriteConnection {
    /// Prepares the connection for a single statement.
    pub(crate) async fn before_single(&mut self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(lease) => lease.connection()?.before_single().await,
        }
    }

    /// Ends what [`WriteConnection::before_single`] began, after an answer.
    pub(crate) async fn after_single(&mut self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(lease) => lease.connection()?.after_single().await,
        }
    }

    /// Runs a statement to its end.
    pub(crate) async fn run(
        &mut self,
        statement: Statement,
        kind: ResultKind,
    ) -> sqlx::Result<StatementResult> {
        match self {
            Self::Sqlite(lease) => {
                run(&mut lease.connection()?.connection, statement, kind, true).await
            }
            Self::Postgres(lease) => {
                let connection = lease.connection()?;
                let keep = connection.keeps_statements();
                connection.with_timeout(|connection| run(connection, statement, kind, keep)).await
            }
        }
    }

    /// Runs statements without arguments.
    pub(crate) async fn run_unprepared(&mut self, sql: &str) -> sqlx::Result<ExecResult> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(lease) => {
                lease.connection()?.connection.execute(sql).await.map(ExecResult::from)
            }
            Self::Postgres(lease) => {
                let done = lease.connection()?.with_timeout(|connection| connection.execute(sql));
                done.await.map(ExecResult::from)
            }
        }
    }

    /// Whether the transaction can continue after a failed statement.
    pub(crate) async fn transaction_continues_after(&mut self, error: &sqlx::Error) -> bool {
        match self {
            Self::Sqlite(lease) if is_constraint_of_sqlite(error) => match lease.connection() {
                Ok(connection) => connection.is_in_transaction().await,
                Err(_) => false,
            },
            // PostgreSQL aborts the transaction.
            _ => false,
        }
    }

    /// Commits the transaction. A connection whose COMMIT failed is closed: the transaction
    /// may or may not be committed.
    pub(crate) async fn commit(mut self) -> sqlx::Result<()> {
        let committed = match &mut self {
            Self::Sqlite(lease) => lease.connection()?.commit().await,
            Self::Postgres(lease) => lease.connection()?.commit().await,
        };
        match &committed {
            Ok(()) => self.finish(),
            Err(error) if is_lost(error) => self.release_after(error),
            Err(_) => self.discard(),
        }
        committed
    }

    /// Returns the connection to the pool after a single statement.
    pub(crate) fn finish(self) {
        match self {
            Self::Sqlite(lease) => lease.finish(),
            Self::Postgres(lease) => lease.finish(),
        }
    }

    /// Ends the use of a connection after a failure. A broken connection is closed; otherwise the
    /// drop resets it.
    pub(crate) fn release_after(self, error: &sqlx::Error) {
        if !is_lost(error) {
            return;
        }
        match self {
            Self::Sqlite(lease) => lease.discard(),
            Self::Postgres(lease) => lease.discard_with_idle(),
        }
    }

    fn discard(self) {
        match self {
            Self::Sqlite(lease) => lease.discard(),
            Self::Postgres(lease) => lease.discard(),
        }
    }
}

/// Runs a statement to its end. `keep` tells whether the connection caches the prepared
/// statement.
///
/// sqlx's `fetch_one` and `fetch_optional` stop after the first row. On SQLite they lose a later
/// error, such as the failed commit of a single statement.
async fn run<'c, D, E>(
    connection: E,
    Statement { sql, values, .. }: Statement,
    kind: ResultKind,
    keep: bool,
) -> sqlx::Result<StatementResult>
where
    D: Database + HasStatementCache,
    E: Executor<'c, Database = D>,
    QueryResult: From<D::Row>,
    ExecResult: From<D::QueryResult>,
    SqlxValues: IntoArguments<D>,
{
    let values = SqlxValues(values.unwrap_or(Values(Vec::new())));
    let query = query_with(AssertSqlSafe(sql), values).persistent(keep);
    match kind {
        ResultKind::Count => {
            query.execute(connection).await.map(ExecResult::from).map(StatementResult::Count)
        }
        ResultKind::Rows => {
            let rows = query.fetch(connection).map_ok(QueryResult::from);
            rows.try_collect().await.map(StatementResult::Rows)
        }
    }
}

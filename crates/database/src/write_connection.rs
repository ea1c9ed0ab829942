//! Connections that write, of either database.

use std::sync::Arc;

use futures_util::TryStreamExt;
use sea_orm::{DbBackend, DbErr, ExecResult, QueryResult, Statement, sea_query::Values};
use sea_query_sqlx::SqlxValues;
use sqlx::{
    AssertSqlSafe, Database, Executor, IntoArguments, database::HasStatementCache, query_with,
};

use crate::{
    failure::{is_constraint_of_sqlite, is_lost, is_worth_another},
    file::DatabaseFile,
    pool::{Lease, Pool},
    postgres::Postgres,
    sqlite::{Sqlite, is_within_transaction},
};

/// Where connections that write come from.
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

    /// A connection in no transaction.
    pub(crate) async fn acquire(&self) -> sqlx::Result<WriteConnection> {
        match self {
            Self::Sqlite(pool, file) => {
                // What is written to a file that was removed is lost with the process.
                file.assert_in_place().await?;
                pool.acquire().await.map(WriteConnection::Sqlite)
            }
            Self::Postgres(pool) => pool.acquire().await.map(WriteConnection::Postgres),
        }
    }

    /// A connection in a new transaction. If it turns out to be dead, or in a transaction
    /// already, nothing has happened yet, and another one is tried once.
    pub(crate) async fn begin(&self) -> sqlx::Result<WriteConnection> {
        match self.try_begin().await {
            Err(error) if is_worth_another(&error) || is_within_transaction(&error) => {
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

/// A connection in use. It rolls back its transaction, or closes, when it is dropped.
#[derive(Debug)]
pub(crate) enum WriteConnection {
    Sqlite(Lease<Sqlite>),
    Postgres(Lease<Postgres>),
}

/// What a statement is run for.
#[derive(Clone, Copy)]
pub(crate) enum ResultKind {
    /// How many rows it changed.
    Count,
    /// Its rows.
    Rows,
}

/// What a statement did.
pub(crate) enum StatementResult {
    Count(ExecResult),
    Rows(Vec<QueryResult>),
}

impl StatementResult {
    pub(crate) fn count(self) -> Result<ExecResult, DbErr> {
        match self {
            Self::Count(count) => Ok(count),
            Self::Rows(_) => Err(DbErr::Custom("rows were asked for".to_owned())),
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
    /// Makes the connection ready for a single statement.
    pub(crate) async fn enter(&mut self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(lease) => lease.connection()?.enter().await,
        }
    }

    /// Ends what [`WriteConnection::enter`] began, after an answer.
    pub(crate) async fn leave(&mut self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(lease) => lease.connection()?.leave().await,
        }
    }

    /// Runs a statement to its end.
    pub(crate) async fn run(
        &mut self,
        statement: Statement,
        want: ResultKind,
    ) -> sqlx::Result<StatementResult> {
        match self {
            Self::Sqlite(lease) => {
                run(&mut lease.connection()?.connection, statement, want, true).await
            }
            Self::Postgres(lease) => {
                let connection = lease.connection()?;
                let keep = connection.keeps_statements();
                connection.limited(|connection| run(connection, statement, want, keep)).await
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
                let done = lease.connection()?.limited(|connection| connection.execute(sql));
                done.await.map(ExecResult::from)
            }
        }
    }

    /// Whether the transaction goes on after a statement that failed.
    pub(crate) async fn survives(&mut self, error: &sqlx::Error) -> bool {
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

    /// Gives the connection back after a statement that was its own transaction.
    pub(crate) fn finish(self) {
        match self {
            Self::Sqlite(lease) => lease.finish(),
            Self::Postgres(lease) => lease.finish(),
        }
    }

    /// Ends the connection's use after a failure: closes it if it is broken. Otherwise the drop
    /// resets it.
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

/// Runs a statement to its end. sqlx's `fetch_one` and `fetch_optional` stop after the first
/// row: on SQLite a later error, as of the commit of a single statement, would be lost. `keep` says whether the connection keeps the prepared statement.
async fn run<'c, D, E>(
    connection: E,
    Statement { sql, values, .. }: Statement,
    want: ResultKind,
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
    match want {
        ResultKind::Count => {
            query.execute(connection).await.map(ExecResult::from).map(StatementResult::Count)
        }
        ResultKind::Rows => {
            let rows = query.fetch(connection).map_ok(QueryResult::from);
            rows.try_collect().await.map(StatementResult::Rows)
        }
    }
}

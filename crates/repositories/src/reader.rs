//! Connections to read with.
//!
//! A statement goes to sqlx at once. sea-orm's own way there is one future with room for
//! every database and use, 15 kB that are allocated, and copied twice, for every statement.

use std::{
    ops::Deref,
    sync::{Arc, atomic::AtomicU64},
    time::Instant,
};

use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult,
    RuntimeErr, Statement, prelude::async_trait::async_trait, sea_query::Values,
};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Executor, IntoArguments, Pool, query_with};

use crate::database::{is_postgres, note};

/// Connections that are read through. Cheap to clone; clones share the connections.
#[derive(Clone, Debug)]
pub struct Reader {
    connection: DatabaseConnection,
    statements: Arc<AtomicU64>,
}

impl Reader {
    /// Reads through `connection`, and counts in `statements`.
    pub(crate) fn new(connection: DatabaseConnection, statements: Arc<AtomicU64>) -> Self {
        Self { connection, statements }
    }

    fn is_postgres(&self) -> bool {
        is_postgres(self.get_database_backend())
    }
}

/// For what takes sea-orm's connections.
impl Deref for Reader {
    type Target = DatabaseConnection;

    fn deref(&self) -> &DatabaseConnection {
        &self.connection
    }
}

#[async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.connection.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.connection.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let (start, sql, values) = begun(statement);
        let row = if self.is_postgres() {
            one(self.get_postgres_connection_pool(), &sql, values).await
        } else {
            one(self.get_sqlite_connection_pool(), &sql, values).await
        };
        note(&self.statements, start.elapsed(), &sql);
        row.map_err(failed)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let (start, sql, values) = begun(statement);
        let rows = if self.is_postgres() {
            all(self.get_postgres_connection_pool(), &sql, values).await
        } else {
            all(self.get_sqlite_connection_pool(), &sql, values).await
        };
        note(&self.statements, start.elapsed(), &sql);
        rows.map_err(failed)
    }
}

fn begun(Statement { sql, values, .. }: Statement) -> (Instant, Arc<str>, SqlxValues) {
    (Instant::now(), sql.into(), SqlxValues(values.unwrap_or(Values(Vec::new()))))
}

async fn one<D>(
    pool: &Pool<D>,
    sql: &Arc<str>,
    values: SqlxValues,
) -> sqlx::Result<Option<QueryResult>>
where
    D: sqlx::Database,
    QueryResult: From<D::Row>,
    SqlxValues: IntoArguments<D>,
    for<'p> &'p Pool<D>: Executor<'p, Database = D>,
{
    let query = query_with(AssertSqlSafe(Arc::clone(sql)), values);
    Ok(query.fetch_optional(pool).await?.map(QueryResult::from))
}

async fn all<D>(
    pool: &Pool<D>,
    sql: &Arc<str>,
    values: SqlxValues,
) -> sqlx::Result<Vec<QueryResult>>
where
    D: sqlx::Database,
    QueryResult: From<D::Row>,
    SqlxValues: IntoArguments<D>,
    for<'p> &'p Pool<D>: Executor<'p, Database = D>,
{
    let query = query_with(AssertSqlSafe(Arc::clone(sql)), values);
    Ok(query.fetch_all(pool).await?.into_iter().map(QueryResult::from).collect())
}

/// As sea-orm says it.
fn failed(error: sqlx::Error) -> DbErr {
    match error {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        error => DbErr::Query(RuntimeErr::SqlxError(error.into())),
    }
}

//! One statement that reads, on a connection of a pool.

use std::sync::Arc;

use futures_util::TryStreamExt;
use sea_orm::{QueryResult, sea_query::Values};
use sea_query_sqlx::SqlxValues;
use sqlx::{
    AssertSqlSafe, Executor, IntoArguments, database::HasStatementCache, query::Query, query_with,
};
use tokio::task::coop::consume_budget;

use crate::{
    bytes::ByteSize, failure::is_lost, pool::Pool, postgres::Postgres, reservation::Reservation,
    sqlite,
};

/// Which rows of a statement to read.
#[derive(Clone, Copy)]
pub(super) enum Fetch {
    First,
    All,
}

/// A statement that reads.
pub(super) struct ReadStatement<'r> {
    pub(super) sql: Arc<str>,
    pub(super) fetch: Fetch,
    pub(super) reservation: Option<&'r Arc<Reservation>>,
}

/// Rows; `None` if they exceed the reservation.
pub(super) type Rows = sqlx::Result<Option<Vec<QueryResult>>>;

impl ReadStatement<'_> {
    pub(super) async fn on_sqlite(
        &self,
        pool: &Arc<Pool<sqlite::Sqlite>>,
        values: Option<Values>,
    ) -> Rows {
        let mut lease = pool.acquire().await?;
        let rows = self.run(&mut lease.connection()?.connection, values, true).await;
        match &rows {
            Ok(Some(_)) => lease.finish(),
            Err(error) if is_lost(error) => lease.discard(),
            Ok(None) | Err(_) => drop(lease),
        }
        rows
    }

    pub(super) async fn on_postgres(
        &self,
        pool: &Arc<Pool<Postgres>>,
        values: Option<Values>,
    ) -> Rows {
        let mut lease = pool.acquire().await?;
        let rows = self.in_own_transaction(lease.connection()?, values).await;
        match &rows {
            Ok(Some(_)) => lease.finish(),
            Err(error) if is_lost(error) => lease.discard_with_idle(),
            Ok(None) | Err(_) => drop(lease),
        }
        rows
    }

    async fn in_own_transaction(&self, connection: &mut Postgres, values: Option<Values>) -> Rows {
        connection.before_single().await?;
        let keep = connection.keeps_statements();
        let rows = connection.with_timeout(|connection| self.run(connection, values, keep)).await?;
        if rows.is_some() {
            connection.after_single().await?;
        }
        Ok(rows)
    }

    async fn run<'e, D, E>(&self, executor: E, values: Option<Values>, keep: bool) -> Rows
    where
        D: sqlx::Database + HasStatementCache,
        D::Row: ByteSize,
        E: Executor<'e, Database = D>,
        QueryResult: From<D::Row>,
        SqlxValues: IntoArguments<D>,
    {
        let values = SqlxValues(values.unwrap_or(Values(Vec::new())));
        let query = query_with(AssertSqlSafe(Arc::clone(&self.sql)), values).persistent(keep);
        read(executor, query, self.fetch, self.reservation).await
    }
}

/// Reads rows; `None` if they exceed the reservation.
async fn read<'e, D, E>(
    executor: E,
    query: Query<'_, D, SqlxValues>,
    fetch: Fetch,
    reservation: Option<&Arc<Reservation>>,
) -> Rows
where
    D: sqlx::Database,
    D::Row: ByteSize,
    E: Executor<'e, Database = D>,
    QueryResult: From<D::Row>,
    SqlxValues: IntoArguments<D>,
{
    if let Fetch::First = fetch {
        // `fetch_optional` stops after the first row.
        let row = query.fetch_optional(executor).await?;
        let bytes = row.as_ref().map_or(0, ByteSize::bytes);
        let fits = reservation.is_none_or(|reservation| reservation.try_count(bytes));
        return Ok(fits.then(|| row.into_iter().map(QueryResult::from).collect()));
    }
    let mut stream = query.fetch(executor);
    let (mut rows, mut read) = (Vec::new(), 0);
    while let Some(row) = stream.try_next().await? {
        if let Some(reservation) = reservation {
            let bytes = row.bytes();
            if !reservation.try_count(bytes) {
                reservation.uncount(read);
                return Ok(None);
            }
            read += bytes;
        }
        rows.push(QueryResult::from(row));
        // Yields to other tasks.
        consume_budget().await;
    }
    Ok(Some(rows))
}

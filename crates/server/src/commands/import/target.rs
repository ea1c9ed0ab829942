//! What is written here: batches, each a transaction. The database settles what is
//! there already, so that a second run, one after a crash, or a server that runs
//! meanwhile all end the same.

use std::collections::{HashMap, HashSet};

use repositories::{Database, Transaction, internal};
use sea_orm::{
    ConnectionTrait, Value,
    sea_query::{Alias, Expr, ExprTrait, OnConflict, Query, SelectStatement},
};

use super::{
    plan::{Plan, Row},
    table::Table,
};
use crate::commands::Failure;

/// What became of a batch.
#[derive(Default)]
pub(super) struct Written {
    pub(super) taken: u64,
    /// Rows of these ids were here before.
    pub(super) known: u64,
    /// Ids, and what kept them out.
    pub(super) conflicts: Vec<(String, &'static str)>,
    pub(super) invalid: Vec<(String, &'static str)>,
}

/// Writes a batch, all of it or nothing.
pub(super) async fn write(db: &Database, plan: &Plan, rows: Vec<Row>) -> Result<Written, Failure> {
    let mut written = Written::default();
    let tx = db.begin().await?;
    let rows = of_known_users(&tx, plan, rows, &mut written).await?;
    let rows = of_new_identities(&tx, plan, rows, &mut written).await?;
    if !rows.is_empty() {
        let ids: Vec<_> = rows.iter().map(|row| row.id.clone()).collect();
        let taken = insert(&tx, plan, rows).await?;
        written.taken = taken.len() as u64;
        let others: Vec<_> = ids.into_iter().filter(|id| !taken.contains(id)).collect();
        let here = existing(&tx, plan.table.name(), &others).await?;
        for id in others {
            if here.contains(&id) {
                written.known += 1;
            } else {
                written.conflicts.push((id, plan.table.conflict()));
            }
        }
    }
    tx.commit().await?;
    Ok(written)
}

/// Without the rows of users who are not here, or were deleted here.
async fn of_known_users(
    tx: &Transaction,
    plan: &Plan,
    rows: Vec<Row>,
    written: &mut Written,
) -> Result<Vec<Row>, Failure> {
    if !matches!(plan.table, Table::Account | Table::Session) {
        return Ok(rows);
    }
    let users: Vec<_> = rows.iter().filter_map(|row| row.user.clone()).collect();
    let mut select = by_ids("user", &users);
    select.and_where(Expr::col(Alias::new("deletedAt")).is_null());
    let users = ids(tx, &select).await?;
    let known = |row: &Row| row.user.as_ref().is_some_and(|user| users.contains(user));
    let (known, unknown): (Vec<_>, Vec<_>) = rows.into_iter().partition(known);
    written.invalid.extend(unknown.into_iter().map(|row| (row.id, "is of a user who is not here")));
    Ok(known)
}

/// Without accounts by which somebody else signs in here already.
async fn of_new_identities(
    tx: &Transaction,
    plan: &Plan,
    rows: Vec<Row>,
    written: &mut Written,
) -> Result<Vec<Row>, Failure> {
    if plan.table != Table::Account {
        return Ok(rows);
    }
    let keys = rows.iter().filter_map(|row| Some(row.identity.as_ref()?.1.clone()));
    let mut select = Query::select();
    select
        .columns(["id", "providerId", "accountId"].map(Alias::new))
        .from(Alias::new("account"))
        .and_where(Expr::col(Alias::new("accountId")).is_in(keys));
    let mut owners = HashMap::new();
    for row in tx.connection().query_all(&select).await.map_err(internal)? {
        let get = |index| row.try_get_by_index::<String>(index).map_err(internal);
        owners.insert((get(1)?, get(2)?), get(0)?);
    }
    let mut new = Vec::with_capacity(rows.len());
    for row in rows {
        let owner =
            row.identity.clone().map(|it| owners.entry(it).or_insert(row.id.clone()).clone());
        if owner.is_none_or(|owner| owner == row.id) {
            new.push(row);
        } else {
            written.conflicts.push((row.id, plan.table.conflict()));
        }
    }
    Ok(new)
}

/// Returns the ids of the rows that were added.
async fn insert(tx: &Transaction, plan: &Plan, rows: Vec<Row>) -> Result<HashSet<String>, Failure> {
    let mut insert = Query::insert();
    insert.into_table(Alias::new(plan.table.name())).columns(plan.columns().map(Alias::new));
    for row in rows {
        let values = row.values.into_iter().map(|value: Value| Expr::value(value));
        insert.values(values).map_err(domain::Error::internal)?;
    }
    insert.on_conflict(OnConflict::new().do_nothing().to_owned()).returning_col(Alias::new("id"));
    let mut added = HashSet::new();
    for row in tx.connection().query_all(&insert).await.map_err(internal)? {
        added.insert(row.try_get_by_index::<String>(0).map_err(internal)?);
    }
    Ok(added)
}

async fn existing(
    tx: &Transaction,
    table: &str,
    wanted: &[String],
) -> Result<HashSet<String>, Failure> {
    if wanted.is_empty() { Ok(HashSet::new()) } else { ids(tx, &by_ids(table, wanted)).await }
}

fn by_ids(table: &str, wanted: &[String]) -> SelectStatement {
    let mut select = Query::select();
    let id = Alias::new("id");
    select
        .column(id.clone())
        .from(Alias::new(table))
        .and_where(Expr::col(id).is_in(wanted.iter().map(String::as_str)));
    select
}

async fn ids(tx: &Transaction, select: &SelectStatement) -> Result<HashSet<String>, Failure> {
    let mut found = HashSet::new();
    for row in tx.connection().query_all(select).await.map_err(internal)? {
        found.insert(row.try_get_by_index::<String>(0).map_err(internal)?);
    }
    Ok(found)
}

//! Writes batches to the target, each in a transaction. The database decides which rows exist, so
//! that a second run, a run after a crash, and a running server all give the same result.

use std::collections::{HashMap, HashSet};

use database::{Database, Transaction, internal};
use sea_orm::{
    ConnectionTrait, Value,
    sea_query::{Alias, Expr, ExprTrait, OnConflict, Query, SelectStatement},
};

use super::{
    people::{self, People},
    plan::{Plan, Row},
    table::Table,
};
use crate::failure::Failure;

/// The result of a batch.
#[derive(Default)]
pub(super) struct Written {
    pub(super) imported: u64,
    /// Ids of rows that existed before.
    pub(super) known: u64,
    /// Ids of rows that were not written, with the reason.
    pub(super) conflicts: Vec<(String, &'static str)>,
    pub(super) invalid: Vec<(String, &'static str)>,
}

/// Writes a batch, all of it or nothing.
pub(super) async fn write(
    db: &Database,
    plan: &Plan,
    people: &mut People,
    rows: Vec<Row>,
) -> Result<Written, Failure> {
    let mut written = Written::default();
    let tx = db.begin().await?;
    let rows = of_free_addresses(&tx, plan, rows, &mut written).await?;
    let rows = of_known_users(&tx, plan, people, rows, &mut written).await?;
    let rows = of_new_identities(&tx, plan, rows, &mut written).await?;
    if !rows.is_empty() {
        let values = rows.iter().map(|row| row.values.clone()).collect();
        let imported = insert(&tx, plan, values).await?;
        written.imported = imported.len() as u64;
        let others: Vec<_> = rows.into_iter().filter(|row| !imported.contains(&row.id)).collect();
        if plan.table == Table::User {
            meet(&tx, people, others, &mut written).await?;
            people.add(imported);
        } else {
            compare(&tx, plan, others, &mut written).await?;
        }
    }
    tx.commit().await?;
    Ok(written)
}

/// Separates users that existed before from different ones with the same id or address.
async fn meet(
    tx: &Transaction,
    people: &mut People,
    rows: Vec<Row>,
    written: &mut Written,
) -> Result<(), Failure> {
    let ids: Vec<_> = rows.iter().map(|row| row.id.clone()).collect();
    let here = people::find(tx, &ids).await?;
    for row in rows {
        match here.get(&row.id) {
            Some(here) if people.meet(&row.id, row.person.as_ref(), here) => written.known += 1,
            Some(_) => written.conflicts.push((row.id, Table::User.other())),
            None => written.conflicts.push((row.id, Table::User.conflict())),
        }
    }
    Ok(())
}

/// Separates rows that existed before from different ones with the same id or key.
async fn compare(
    tx: &Transaction,
    plan: &Plan,
    rows: Vec<Row>,
    written: &mut Written,
) -> Result<(), Failure> {
    let ids: Vec<_> = rows.iter().map(|row| row.id.clone()).collect();
    let here = keys(tx, plan.table, &ids).await?;
    for row in rows {
        match here.get(&row.id) {
            Some(key) if *key == row.key => written.known += 1,
            Some(_) => written.conflicts.push((row.id, plan.table.other())),
            None => written.conflicts.push((row.id, plan.table.conflict())),
        }
    }
    Ok(())
}

/// Removes users whose address another user of the target has, in any case.
async fn of_free_addresses(
    tx: &Transaction,
    plan: &Plan,
    rows: Vec<Row>,
    written: &mut Written,
) -> Result<Vec<Row>, Failure> {
    if plan.table != Table::User {
        return Ok(rows);
    }
    let emails: Vec<_> =
        rows.iter().filter_map(|row| Some(row.person.as_ref()?.email.as_str())).collect();
    let owners = tx.users().find_ids_by_emails(&emails).await?;
    let mut free = Vec::with_capacity(rows.len());
    for row in rows {
        let owner = row.person.as_ref().and_then(|person| owners.get(&person.email));
        if owner.is_none_or(|owner| owner.as_str() == row.id) {
            free.push(row);
        } else {
            written.conflicts.push((row.id, plan.table.conflict()));
        }
    }
    Ok(free)
}

/// Removes rows of users who are not in the target, are different ones, or were deleted.
async fn of_known_users(
    tx: &Transaction,
    plan: &Plan,
    people: &People,
    rows: Vec<Row>,
    written: &mut Written,
) -> Result<Vec<Row>, Failure> {
    let (why, known): (_, Vec<bool>) = match plan.table {
        Table::User => return Ok(rows),
        table if table.has_user() => {
            let users: Vec<_> = rows.iter().filter_map(|row| row.user.clone()).collect();
            let mut select = by_ids("user", &users);
            select.and_where(Expr::col(Alias::new("deletedAt")).is_null());
            let here = ids(tx, &select).await?;
            let known = |user: &String| people.has(user) && here.contains(user);
            let known = rows.iter().map(|row| row.user.as_ref().is_some_and(known)).collect();
            ("belongs to a user who is not in the target", known)
        }
        _ => {
            let named: Vec<_> = rows.iter().flat_map(people::named).collect();
            let here = people::find(tx, &named).await?;
            let known = rows.iter().map(|row| !people.names_mismatched(row, &here)).collect();
            ("names an id that a different user of the target has", known)
        }
    };
    let mut left = Vec::with_capacity(rows.len());
    for (row, known) in rows.into_iter().zip(known) {
        if known {
            left.push(row);
        } else {
            written.invalid.push((row.id, why));
        }
    }
    Ok(left)
}

/// Removes accounts with which another user of the target signs in.
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
async fn insert(
    tx: &Transaction,
    plan: &Plan,
    rows: Vec<Vec<Value>>,
) -> Result<HashSet<String>, Failure> {
    let mut insert = Query::insert();
    insert.into_table(Alias::new(plan.table.name())).columns(plan.columns().map(Alias::new));
    for row in rows {
        let values = row.into_iter().map(Expr::value);
        insert.values(values).map_err(domain::Error::internal)?;
    }
    insert.on_conflict(OnConflict::new().do_nothing().to_owned()).returning_col(Alias::new("id"));
    let mut added = HashSet::new();
    for row in tx.connection().query_all(&insert).await.map_err(internal)? {
        added.insert(row.try_get_by_index::<String>(0).map_err(internal)?);
    }
    Ok(added)
}

/// The keys of the target's rows with these ids.
async fn keys(
    tx: &Transaction,
    table: Table,
    wanted: &[String],
) -> Result<HashMap<String, Vec<Option<String>>>, Failure> {
    let mut found = HashMap::new();
    if wanted.is_empty() {
        return Ok(found);
    }
    let mut select = by_ids(table.name(), wanted);
    select.columns(table.key().iter().copied().map(Alias::new));
    for row in tx.connection().query_all(&select).await.map_err(internal)? {
        let id = row.try_get_by_index(0).map_err(internal)?;
        let key = (1..=table.key().len()).map(|index| row.try_get_by_index(index));
        found.insert(id, key.collect::<Result<_, _>>().map_err(internal)?);
    }
    Ok(found)
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

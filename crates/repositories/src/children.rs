//! Rows of many parents in one statement.

use std::{collections::HashMap, hash::Hash};

use domain::{
    Page, Result,
    keyset::{Direction, Key, KeyKind},
};
use sea_orm::{ConnectionTrait, FromQueryResult, QueryResult, Statement, TryGetable, Value};

pub(crate) use database::{json_keys as json, key_in};

use crate::{database::is_postgres, internal};

/// How the ids of one parent's children are found.
#[derive(Debug)]
pub(crate) struct Link {
    /// The children's table.
    pub(crate) table: &'static str,
    /// The table that knows both ends; its index leads with `parent`, then `child`.
    pub(crate) via: &'static str,
    /// The column of `via` with the child's id.
    pub(crate) child: &'static str,
    /// The column of `via` with the parent's id.
    pub(crate) parent: &'static str,
    /// What a parent's children are sorted by: columns of `via`.
    pub(crate) keys: &'static [Key],
}

/// In ascending order of a column with ids.
pub(crate) const fn id_in(column: &'static str) -> Key {
    Key { field: "id", column, kind: KeyKind::Text, direction: Direction::Ascending }
}

/// A page of the children of each parent, in the order of their ids, in one
/// statement. Only the rows of the page are read, however many a parent has.
pub(crate) async fn pages_of<C, K, M, T>(
    db: &C,
    link: &Link,
    parents: &[K],
    page: Page,
) -> Result<HashMap<K, Vec<T>>>
where
    C: ConnectionTrait,
    K: AsRef<str> + From<String> + Eq + Hash,
    M: FromQueryResult + Into<T>,
{
    let keys: Vec<String> = parents.iter().map(|key| key.as_ref().to_owned()).collect();
    let Link { table, via, child, parent, keys: _ } = link;
    let ids = |key: &str, [limit, offset]: [&str; 2]| {
        format!(
            r#"SELECT l."{child}" AS "id" FROM "{via}" l WHERE l."{parent}" = {key}
               ORDER BY l."{child}" LIMIT {limit} OFFSET {offset}"#
        )
    };
    let backend = db.get_database_backend();
    let (sql, keys) = if is_postgres(backend) {
        let ids = ids("k.key", ["$2", "$3"]);
        let sql = format!(
            r#"SELECT k.key AS "parentId", t.* FROM unnest($1::text[]) AS k(key)
               CROSS JOIN LATERAL ({ids}) i JOIN "{table}" t ON t."id" = i."id""#
        );
        (sql, Value::from(keys))
    } else {
        // As `rows` has them.
        let ids = ids("k.value", ["+?", "+?"]);
        let sql = format!(
            r#"SELECT k.value AS "parentId", t.* FROM json_each(?) k
               CROSS JOIN "{table}" t ON t."id" IN ({ids})"#
        );
        (sql, Value::from(json(&keys)))
    };
    let values = [keys, page.limit().into(), page.offset().into()];
    let statement = Statement::from_sql_and_values(backend, sql, values);
    group::<_, _, M, _, String>(db, statement, "id").await
}

/// Runs a statement whose rows are children with a column `parentId`: each parent's
/// children in the order of the column `order`. A database that sorted them would first
/// gather whole rows, of all parents, however many these are.
pub(crate) async fn group<C, K, M, T, O>(
    db: &C,
    statement: Statement,
    order: &str,
) -> Result<HashMap<K, Vec<T>>>
where
    C: ConnectionTrait,
    K: From<String> + Eq + Hash,
    M: FromQueryResult + Into<T>,
    O: TryGetable + Ord,
{
    let mut children: HashMap<K, Vec<(O, T)>> = HashMap::new();
    for row in db.query_all_raw(statement).await.map_err(internal)? {
        let (parent, place, child) = read::<M, O>(&row, order).map_err(internal)?;
        children.entry(K::from(parent)).or_default().push((place, child.into()));
    }
    let sorted = children.into_iter().map(|(parent, mut children)| {
        children.sort_by(|(one, _), (other, _)| one.cmp(other));
        (parent, children.into_iter().map(|(_, child)| child).collect())
    });
    Ok(sorted.collect())
}

fn read<M: FromQueryResult, O: TryGetable>(
    row: &QueryResult,
    order: &str,
) -> std::result::Result<(String, O, M), sea_orm::DbErr> {
    let parent = row.try_get("", "parentId")?;
    Ok((parent, row.try_get("", order)?, M::from_query_result(row, "")?))
}

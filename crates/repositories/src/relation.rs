//! The children of many parents, each parent's a list of its own: parts of all of these
//! lists in one statement.

use std::{collections::HashMap, hash::Hash, marker::PhantomData};

use domain::{Keyset, Placed, Result, Side, Slice, Window};
use sea_orm::{
    ConnectionTrait, DbErr, QueryResult,
    sea_query::{
        Alias, Asterisk, Condition, Expr, ExprTrait, Func, JoinType, Query, SelectStatement,
        SimpleExpr, Value,
    },
};

use crate::{
    children::{Link, json},
    database::is_postgres,
    internal,
    keyset::{Read, Sorted},
};

/// The parents' keys, one a row.
const KEYS: &str = "k";
/// The rows that link children to parents.
const LINK: &str = "l";
/// The children.
const CHILD: &str = "t";

/// The children `T` of parents `P` behind a connection.
#[derive(Debug)]
pub struct Children<'c, C, P, T> {
    db: &'c C,
    link: &'static Link,
    read: Read<T>,
    keyset: Keyset,
    parents: PhantomData<fn(P)>,
}

impl<'c, C, P, T> Children<'c, C, P, T>
where
    C: ConnectionTrait,
    P: AsRef<str> + From<String> + Eq + Hash,
{
    pub(crate) fn new(db: &'c C, link: &'static Link, read: Read<T>) -> Self {
        let keyset = Keyset::unique(link.keys);
        Self { db, link, read, keyset, parents: PhantomData }
    }

    /// What each parent's children are sorted by.
    #[must_use]
    pub fn keyset(&self) -> &Keyset {
        &self.keyset
    }

    /// The children of each parent in `window`; a parent without any may be absent.
    pub async fn slices(&self, parents: &[P], window: &Window) -> Result<HashMap<P, Slice<T>>> {
        let placed = |row: &QueryResult| self.sorted().placed(row, self.read);
        let rows: Vec<(P, Placed<T>)> = self.rows(&self.page(parents, window), placed).await?;
        let mut children: HashMap<P, Vec<Placed<T>>> = HashMap::new();
        for (parent, child) in rows {
            children.entry(parent).or_default().push(child);
        }
        // As `children::group` does it; the keys of links ascend.
        let slices = children.into_iter().map(|(parent, mut rows)| {
            rows.sort_by(|one, other| one.position.cmp(&other.position));
            if window.is_backward() {
                rows.reverse();
            }
            (parent, Slice::of(window, rows))
        });
        Ok(slices.collect())
    }

    /// The rows of `window`, of all parents, in no order.
    pub(crate) fn page(&self, parents: &[P], window: &Window) -> SelectStatement {
        let mut links = self.links();
        self.sorted().limit(&mut links, window);
        let mut query = self.keys(parents);
        self.join(&mut query, links);
        let id = Expr::col((Alias::new(CHILD), Alias::new("id")));
        let child = Expr::col((Alias::new(LINK), Alias::new(self.link.child)));
        let table = Alias::new(self.link.table);
        query.join_as(JoinType::InnerJoin, table, Alias::new(CHILD), id.eq(child));
        query.column((Alias::new(CHILD), Asterisk));
        self.sorted().select(&mut query);
        query
    }

    /// Whether any child of each parent lies on `side`.
    pub async fn have(&self, parents: &[P], side: &Side) -> Result<HashMap<P, bool>> {
        let mut links = self.links();
        self.sorted().any(links.expr(Expr::cust("1")), side);
        let mut query = self.keys(parents);
        query.expr_as(Expr::exists(links), Alias::new("found"));
        self.rows(&query, |row| row.try_get("", "found")).await
    }

    /// How many children each parent has.
    pub async fn counts(&self, parents: &[P]) -> Result<HashMap<P, u64>> {
        let mut query = self.keys(parents);
        let counted = self.links().expr(Expr::cust("count(*)")).take();
        query.expr_as(SimpleExpr::SubQuery(None, Box::new(counted.into())), Alias::new("count"));
        let count = |row: &QueryResult| Ok(row.try_get::<i64>("", "count")?.unsigned_abs());
        self.rows(&query, count).await
    }

    fn sorted(&self) -> Sorted<'_> {
        Sorted { backend: self.db.get_database_backend(), table: LINK, keyset: &self.keyset }
    }

    /// The key of the parent that a row of [`Self::keys`] is about.
    fn key(&self) -> SimpleExpr {
        let column = if self.is_postgres() { KEYS } else { "value" };
        Expr::col((Alias::new(KEYS), Alias::new(column)))
    }

    /// Each parent's key; in one parameter, so that the statement's text is the same for
    /// any number of parents.
    fn keys(&self, parents: &[P]) -> SelectStatement {
        let keys: Vec<String> = parents.iter().map(|key| key.as_ref().to_owned()).collect();
        let function = if self.is_postgres() {
            let keys = Expr::value(Value::from(keys)).cast_as("text[]");
            Func::cust("unnest").arg(keys)
        } else {
            Func::cust("json_each").arg(Expr::value(json(&keys)))
        };
        Query::select()
            .from_function(function, Alias::new(KEYS))
            .expr_as(self.key(), Alias::new("parentId"))
            .take()
    }

    /// The links of the parent that a row of [`Self::keys`] is about.
    fn links(&self) -> SelectStatement {
        let parent = Expr::col((Alias::new(LINK), Alias::new(self.link.parent)));
        Query::select()
            .from_as(Alias::new(self.link.via), Alias::new(LINK))
            .and_where(parent.eq(self.key()))
            .take()
    }

    /// Joins each parent's `links`.
    fn join(&self, query: &mut SelectStatement, mut links: SelectStatement) {
        if self.is_postgres() {
            links.column((Alias::new(LINK), Asterisk));
            query.join_lateral(
                JoinType::InnerJoin,
                links,
                Alias::new(LINK),
                Condition::all().add(Expr::value(true)),
            );
        } else {
            // SQLite has no lateral join; the rows that are wanted are found by number. A
            // cross join keeps it from looking for parents by children.
            let number = || Expr::col((Alias::new(LINK), Alias::new("rowid")));
            links.expr(number());
            let via = Alias::new(self.link.via);
            query
                .join_as(JoinType::CrossJoin, via, Alias::new(LINK), Condition::all())
                .and_where(number().in_subquery(links));
        }
    }

    /// What `read` makes of each row, and the row's parent.
    async fn rows<V, A: FromIterator<(P, V)>>(
        &self,
        query: &SelectStatement,
        read: impl Fn(&QueryResult) -> std::result::Result<V, DbErr>,
    ) -> Result<A> {
        let rows = self.db.query_all(query).await.map_err(internal)?;
        let pair = |row| {
            let parent: String = QueryResult::try_get(row, "", "parentId")?;
            Ok((P::from(parent), read(row)?))
        };
        rows.iter().map(pair).collect::<std::result::Result<A, DbErr>>().map_err(internal)
    }

    fn is_postgres(&self) -> bool {
        is_postgres(self.db.get_database_backend())
    }
}

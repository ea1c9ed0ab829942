//! The SQL builder of lists: filters, sorts and pages the rows of a table, or the children of
//! many parents.

use std::borrow::Cow;

use database::is_postgres;
use domain::{Bound, Filter, Paging, SortOrder};
use sea_orm::{
    Condition, DbBackend,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, SimpleExpr},
};

use crate::{
    parent_keys::ParentKeys,
    sort::SortSql,
    statement::Sql,
    table::{LINK, ListedEntity, Relation},
};

/// The rows of a list.
enum Scope<'q, E: ListedEntity> {
    /// The rows that match a filter.
    Matching(&'q E::Filter),
    /// The children of each parent.
    ChildrenOf(Relation, &'q ParentKeys),
}

/// A list in SQL.
pub(crate) struct ListSelect<'q, E: ListedEntity> {
    pub(crate) backend: DbBackend,
    scope: Scope<'q, E>,
    pub(crate) order: Cow<'q, SortOrder>,
    /// The condition under which rows of the table may be read; empty if all rows may be.
    pub(crate) readable: Condition,
}

impl<'q, E: ListedEntity> ListSelect<'q, E> {
    /// Selects the rows that match `filter`.
    pub(crate) fn matching(
        backend: DbBackend,
        filter: &'q E::Filter,
        order: Cow<'q, SortOrder>,
        readable: Condition,
    ) -> Self {
        Self { backend, scope: Scope::Matching(filter), order, readable }
    }

    /// Selects the children of each of `parents`, in the order of the relation.
    pub(crate) fn children(
        backend: DbBackend,
        relation: Relation,
        parents: &'q ParentKeys,
        readable: Condition,
    ) -> Self {
        let order = Cow::Owned(relation.order());
        Self { backend, scope: Scope::ChildrenOf(relation, parents), order, readable }
    }

    pub(crate) fn is_postgres(&self) -> bool {
        is_postgres(self.backend)
    }

    /// The order of the rows, or of the rows that link parents to children.
    pub(crate) fn order_sql(&self) -> SortSql<'_> {
        let (table, id) = match &self.scope {
            Scope::Matching(_) => (E::TABLE, "id"),
            Scope::ChildrenOf(relation, _) => (LINK, relation.child),
        };
        SortSql { backend: self.backend, table, id, order: &self.order }
    }

    /// The query of all rows that may be read, without a page, an order or selected columns.
    /// For children, the query finds the links of one parent.
    pub(crate) fn rows(&self) -> SelectStatement {
        match &self.scope {
            Scope::Matching(filter) => {
                let mut query = Query::select().from(Alias::new(E::TABLE)).take();
                query.cond_where(E::condition(filter));
                if let Some(search) = filter.search() {
                    // Replaces the table by a subquery with the same alias.
                    E::SEARCH.apply_search(self.backend, &mut query, search);
                }
                query.cond_where(self.readable.clone());
                query
            }
            Scope::ChildrenOf(relation, _) => {
                let parent = Expr::col((Alias::new(LINK), Alias::new(relation.parent)));
                let mut query = Query::select()
                    .from_as(Alias::new(relation.via), Alias::new(LINK))
                    .and_where(parent.eq(self.parent_key()))
                    .take();
                if let Some(readable) = self.readable_children(relation) {
                    query.and_where(readable);
                }
                query
            }
        }
    }

    /// The condition that a link leads to a child that may be read.
    pub(crate) fn readable_children(&self, relation: &Relation) -> Option<SimpleExpr> {
        let child = Expr::col((Alias::new(LINK), Alias::new(relation.child)));
        let ids = || {
            Query::select()
                .column(Alias::new("id"))
                .from(Alias::new(E::TABLE))
                .cond_where(self.readable.clone())
                .take()
        };
        (!self.readable.is_empty()).then(|| child.in_subquery(ids()))
    }

    /// The query of the rows of a page, in their order, without `LIMIT` and `OFFSET`.
    pub(crate) fn page(&self, paging: &Paging) -> SelectStatement {
        let mut query = self.rows();
        match paging {
            // The children of a parent are sorted after they are read.
            Paging::All => {}
            Paging::Offset(_) => self.order_sql().apply(&mut query, false),
            Paging::Keyset(request) => {
                self.order_sql().between(&mut query, request);
                self.order_sql().apply(&mut query, request.is_backward());
            }
        }
        query
    }

    /// The query that returns one row if rows lie within `bound`, and none otherwise.
    pub(crate) fn exists(&self, bound: &Bound) -> SelectStatement {
        let mut query = self.rows();
        self.order_sql().any_within(query.expr(Expr::cust("1")), bound);
        query
    }

    /// The query of the number of rows, as `count`.
    pub(crate) fn count(&self) -> SelectStatement {
        self.rows().expr_as(Expr::cust("count(*)"), Alias::new("count")).take()
    }

    /// Appends the query of a page. Each row has `columns` and, if `with_cursors`, the values
    /// of its cursor. A child also has the parent's id, as `parentId`.
    pub(crate) fn write(
        &self,
        columns: &[&'static str],
        paging: &Paging,
        with_cursors: bool,
        sql: &mut Sql,
    ) {
        match &self.scope {
            Scope::Matching(_) => {
                let mut query = self.page(paging);
                query.columns(columns.iter().map(|column| Alias::new(*column)));
                if with_cursors {
                    self.order_sql().select_cursor(&mut query);
                }
                sql.push_query(&query);
                push_limit(paging, sql);
            }
            Scope::ChildrenOf(relation, parents) => {
                self.write_children(relation, parents, columns, paging, sql);
            }
        }
    }

    /// The query of whole rows of a page, for tests of query plans.
    #[cfg(test)]
    pub(crate) fn whole_page(&self, paging: &Paging) -> SelectStatement {
        let mut query = self.page(paging);
        if let Some((limit, _)) = limit(paging) {
            query.limit(limit);
        }
        query.column((Alias::new(E::TABLE), sea_orm::sea_query::Asterisk)).take()
    }
}

/// `LIMIT` and `OFFSET` of a page. A page that is found by cursors reads one row more than it
/// returns: that row shows that there are more.
fn limit(paging: &Paging) -> Option<(u64, Option<u64>)> {
    match paging {
        Paging::All => None,
        Paging::Offset(page) => Some((page.limit(), Some(page.offset()))),
        Paging::Keyset(request) => Some((request.size() + 1, None)),
    }
}

pub(crate) fn push_limit(paging: &Paging, sql: &mut Sql) {
    if let Some((limit, offset)) = limit(paging) {
        sql.push_limit(limit, offset);
    }
}

/// The largest number of rows of a list that is read whole: those of the largest page.
pub(crate) const MAX_WHOLE_LIST: usize = domain::Page::MAX_LIMIT.unsigned_abs() as usize;

/// The largest number of rows of a page; for children, of the page of one parent.
pub(crate) fn max_rows(paging: &Paging) -> usize {
    let rows = limit(paging).map(|(limit, _)| usize::try_from(limit).unwrap_or(usize::MAX));
    rows.unwrap_or(MAX_WHOLE_LIST)
}

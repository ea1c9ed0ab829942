//! The SQL builder for the children of many parents: one statement reads a page of each
//! parent's list.

use domain::{Bound, Paging};
use sea_orm::sea_query::{
    Alias, Asterisk, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr,
};

use crate::{
    parent_keys::ParentKeys,
    select::{ListSelect, push_limit},
    sort::cursor_alias,
    statement::Sql,
    table::{LINK, ListedEntity, Relation},
};

/// The alias of the table of parents' ids.
const KEYS: &str = "k";

impl<E: ListedEntity> ListSelect<'_, E> {
    /// The column of the table of parents' ids.
    pub(crate) fn parent_key(&self) -> SimpleExpr {
        let column = if self.is_postgres() { KEYS } else { "value" };
        Expr::col((Alias::new(KEYS), Alias::new(column)))
    }

    /// Appends the query of a page of each parent's children, in no order. If the database
    /// sorted them, it would first gather the whole rows of all parents.
    pub(crate) fn write_children(
        &self,
        relation: &Relation,
        parents: &ParentKeys,
        columns: &[&'static str],
        paging: &Paging,
        sql: &mut Sql,
    ) {
        let key = if self.is_postgres() { r#"k."k""# } else { r#"k."value""# };
        sql.push(&["SELECT ", key, r#" AS "parentId""#]);
        for column in columns {
            sql.push(&[r#", t.""#, column, "\""]);
        }
        for (index, term) in self.order.terms().iter().enumerate() {
            let column = self.order_sql().column_name(*term);
            // SQLite reads a child's id from the child, so it need not read the link.
            let (table, column) = if self.is_postgres() || column != relation.child {
                (LINK, column)
            } else {
                ("t", "id".into())
            };
            sql.push(&[", ", table, ".\"", &column, "\" AS \"", &cursor_alias(index), "\""]);
        }
        if self.is_postgres() {
            self.write_lateral(relation, parents, paging, sql);
        } else {
            self.write_by_rowid(relation, parents, paging, sql);
        }
    }

    fn write_lateral(
        &self,
        relation: &Relation,
        parents: &ParentKeys,
        paging: &Paging,
        sql: &mut Sql,
    ) {
        let links = self.page(paging).column((Alias::new(LINK), Asterisk)).take();
        sql.push(&[" FROM unnest("]);
        sql.bind(parents.value(true));
        sql.push(&[r#"::text[]) AS "k" CROSS JOIN LATERAL ("#]);
        sql.push_query(&links);
        push_limit(paging, sql);
        let Relation { table, child, .. } = relation;
        sql.push(&[r#") l JOIN ""#, table, r#"" t ON t."id" = l.""#, child, "\""]);
    }

    /// SQLite has no lateral join, so a subquery finds the rowids of the page's children or
    /// links. `CROSS JOIN` makes SQLite read the parents first.
    fn write_by_rowid(
        &self,
        relation: &Relation,
        parents: &ParentKeys,
        paging: &Paging,
        sql: &mut Sql,
    ) {
        let Relation { table, via, child, parent, has_position } = relation;
        sql.push(&[" FROM json_each("]);
        sql.bind(parents.value(false));
        if !has_position && *paging != Paging::All {
            sql.push(&[r#") k CROSS JOIN ""#, table, r#"" t ON t."id" IN ("#]);
            self.write_links(relation.child, paging, sql);
            return;
        }
        sql.push(&[r#") k CROSS JOIN ""#, via, r#"" l ON l.""#]);
        if *paging == Paging::All && self.readable.is_empty() {
            sql.push(&[parent, r#"" = k."value""#]);
        } else {
            sql.push(&[r#"rowid" IN ("#]);
            self.write_links("rowid", paging, sql);
        }
        sql.push(&[r#" JOIN ""#, table, r#"" t ON t."id" = l.""#, child, "\""]);
    }

    /// Appends the query of a column of the links of a page, and a closing bracket.
    fn write_links(&self, column: &'static str, paging: &Paging, sql: &mut Sql) {
        let column = Expr::col((Alias::new(LINK), Alias::new(column)));
        let links = self.page(paging).expr(column).take();
        sql.push_query(&links);
        push_limit(paging, sql);
        sql.push(&[")"]);
    }

    /// The query of a row for each parent: its id as `parentId`, and as `found` whether any
    /// child lies within `bound`.
    pub(crate) fn children_exist(&self, parents: &ParentKeys, bound: &Bound) -> SelectStatement {
        let found = Expr::exists(self.exists(bound));
        self.parents(parents).expr_as(found, Alias::new("found")).take()
    }

    /// The query of a row for each parent: its id as `parentId`, and its number of children as
    /// `count`.
    pub(crate) fn count_children(&self, parents: &ParentKeys) -> SelectStatement {
        let counted = self.rows().expr(Expr::cust("count(*)")).take();
        let counted = SimpleExpr::SubQuery(None, Box::new(counted.into()));
        self.parents(parents).expr_as(counted, Alias::new("count")).take()
    }

    fn parents(&self, parents: &ParentKeys) -> SelectStatement {
        let value = Expr::value(parents.value(self.is_postgres()));
        let function = if self.is_postgres() {
            Func::cust("unnest").arg(value.cast_as("text[]"))
        } else {
            Func::cust("json_each").arg(value)
        };
        Query::select()
            .from_function(function, Alias::new(KEYS))
            .expr_as(self.parent_key(), Alias::new("parentId"))
            .take()
    }
}

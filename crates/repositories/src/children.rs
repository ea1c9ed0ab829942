//! The children of many parents, each parent's a list of its own: a page of each of these
//! lists in one statement.

use database::json_keys;
use domain::{Bound, Id, Paging};
use sea_orm::sea_query::{
    Alias, Asterisk, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr, Value,
};

use crate::{
    select::{ListSelect, push_limit},
    sort::cursor_alias,
    statement::Sql,
    table::{ListedEntity, Relation},
};

/// The parents' keys, one a row.
const KEYS: &str = "k";
/// The rows that link children to parents.
pub(crate) const LINK: &str = "l";

/// The ids of parents.
pub(crate) struct ParentKeys(Vec<String>);

impl ParentKeys {
    pub(crate) fn new<P: Id>(parents: &[P]) -> Self {
        Self(parents.iter().map(|key| key.as_ref().to_owned()).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// As one parameter, whatever their number.
    fn value(&self, is_postgres: bool) -> Value {
        if is_postgres { self.0.clone().into() } else { json_keys(&self.0).into() }
    }
}

impl<E: ListedEntity> ListSelect<'_, E> {
    /// The key of the parent in a row of the parents' keys.
    pub(crate) fn parent_key(&self) -> SimpleExpr {
        let column = if self.is_postgres() { KEYS } else { "value" };
        Expr::col((Alias::new(KEYS), Alias::new(column)))
    }

    /// Writes the query of a page of each parent's children, in no order: sorted by the
    /// database, whole rows of all parents would be gathered first.
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
            let column = self.sort().column_name(*term);
            // On SQLite a child's id is read from the child, so that links need not be.
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
            self.write_by_number(relation, parents, paging, sql);
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
        let links = sql.part(&links);
        sql.push(&[" FROM unnest("]);
        sql.bind(parents.value(true));
        sql.push(&[r#"::text[]) AS "k" CROSS JOIN LATERAL ("#]);
        sql.push_part(links);
        push_limit(paging, sql);
        let Relation { child, .. } = relation;
        sql.push(&[r#") l JOIN ""#, E::TABLE, r#"" t ON t."id" = l.""#, child, "\""]);
    }

    /// SQLite has no lateral join: the page's children or links are found by number. A cross
    /// join keeps it from looking for parents by children.
    fn write_by_number(
        &self,
        relation: &Relation,
        parents: &ParentKeys,
        paging: &Paging,
        sql: &mut Sql,
    ) {
        let Relation { via, child, parent, has_position } = relation;
        sql.push(&[" FROM json_each("]);
        sql.bind(parents.value(false));
        if !has_position && *paging != Paging::All {
            sql.push(&[r#") k CROSS JOIN ""#, E::TABLE, r#"" t ON t."id" IN ("#]);
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
        sql.push(&[r#" JOIN ""#, E::TABLE, r#"" t ON t."id" = l.""#, child, "\""]);
    }

    /// Writes a column of the links of a page, and closes the bracket.
    fn write_links(&self, column: &'static str, paging: &Paging, sql: &mut Sql) {
        let column = Expr::col((Alias::new(LINK), Alias::new(column)));
        let links = self.page(paging).expr(column).take();
        let links = sql.part(&links);
        sql.push_part(links);
        push_limit(paging, sql);
        sql.push(&[")"]);
    }

    /// For each parent, as `parentId`, whether any child lies within `bound`, as `found`.
    pub(crate) fn children_exist(&self, parents: &ParentKeys, bound: &Bound) -> SelectStatement {
        let found = Expr::exists(self.exists(bound));
        self.parents(parents).expr_as(found, Alias::new("found")).take()
    }

    /// For each parent, as `parentId`, how many children there are, as `count`.
    pub(crate) fn children_counts(&self, parents: &ParentKeys) -> SelectStatement {
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

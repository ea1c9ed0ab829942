//! The repository of lists: pages of a table, and pages of the children of many parents.

use std::{borrow::Cow, collections::HashMap};

use database::{
    JsonContent, Reader, internal,
    rule_sql::{RuleTable, rule_condition},
};
use domain::{
    Bound, Id, ListPage, ListQuery, Loaded, Paging, Projection, Result, SortOrder,
    ability::{Readable, Subject},
    entity::EntitySelection,
};
use sea_orm::{Condition, ConnectionTrait, DbErr, QueryResult, sea_query::SelectStatement};

use crate::{
    json::{columns, object_size, write_list},
    json_query::JsonQuery,
    parent_keys::ParentKeys,
    rows::{RowFormat, read_children, read_page},
    rule_tables::rule_table,
    select::{ListSelect, max_rows},
    statement::Sql,
    table::{CHILD, ChildOf, ListedEntity},
};

/// Reads lists.
#[derive(Debug)]
pub struct ListRepository<'c>(&'c Reader);

impl<'c> ListRepository<'c> {
    /// Reads lists through `reader`.
    #[must_use]
    pub fn new(reader: &'c Reader) -> Self {
        Self(reader)
    }

    /// The condition under which rows may be read; empty if all of them may be.
    fn condition<S: Subject>(
        &self,
        table: RuleTable,
        readable: &Readable<'_, S>,
    ) -> Result<Condition> {
        let condition = rule_condition(self.0.get_database_backend(), table, readable)?;
        Ok(condition.unwrap_or_else(Condition::all))
    }

    fn matching<'q, E: ListedEntity>(
        &self,
        query: &'q ListQuery<E>,
        readable: &Readable<'_, E>,
    ) -> Result<ListSelect<'q, E>> {
        let readable = self.condition(rule_table::<E>(E::TABLE), readable)?;
        let order = Cow::Borrowed(query.order());
        Ok(ListSelect::matching(self.0.get_database_backend(), query.filter(), order, readable))
    }

    fn children_of<'q, P, E: ChildOf<P>>(
        &self,
        parents: &'q ParentKeys,
        readable: &Readable<'_, E>,
    ) -> Result<ListSelect<'q, E>> {
        let readable = self.condition(rule_table::<E>(E::TABLE), readable)?;
        Ok(ListSelect::children(self.0.get_database_backend(), E::RELATION, parents, readable))
    }

    /// The condition under which related rows may be read; empty if all of them may be.
    fn nested<E: ListedEntity>(
        &self,
        readable: Option<&Readable<'_, E::Nested>>,
    ) -> Result<Option<Condition>> {
        let condition = |readable| self.condition(rule_table::<E::Nested>(CHILD), readable);
        readable.map(condition).transpose()
    }

    /// A page of a list as a JSON array of objects, each with the selected fields of a row.
    /// `nested` says which related rows the viewer may read; it is needed if the selection has
    /// related rows.
    pub async fn json<E: ListedEntity>(
        &self,
        query: &ListQuery<E>,
        paging: &Paging,
        selection: &EntitySelection<E>,
        readable: &Readable<'_, E>,
        nested: Option<&Readable<'_, E::Nested>>,
    ) -> Result<String> {
        let (list, nested) = (self.matching(query, readable)?, self.nested::<E>(nested)?);
        let columns = columns::<E>(selection);
        let write_rows = |sql: &mut Sql| list.write(&columns, paging, false, sql);
        let write_json = |sql: &mut Sql| write_list::<E>(selection, nested.as_ref(), sql);
        let query = JsonQuery {
            content: JsonContent::Response,
            size: object_size::<E>(selection),
            max_rows: max_rows(paging),
            materialized: true,
        };
        self.read_json(query, write_rows, write_json).await
    }

    /// A page of a list. Cursors are empty unless the page is found by cursors. `nested` says
    /// which related rows the viewer may read; it is needed if the projection has related rows.
    pub async fn page<E: ListedEntity>(
        &self,
        query: &ListQuery<E>,
        paging: &Paging,
        projection: Projection,
        readable: &Readable<'_, E>,
        nested: Option<&Readable<'_, E::Nested>>,
    ) -> Result<ListPage<Loaded<E>>> {
        let (list, nested) = (self.matching(query, readable)?, self.nested::<E>(nested)?);
        let with_cursors = matches!(paging, Paging::Keyset(_));
        let cursor_len = if with_cursors { query.order().terms().len() } else { 0 };
        let format = RowFormat { projection, has_parent: false, cursor_len };
        let columns = format.columns::<E>();
        let write_rows = |sql: &mut Sql| list.write(&columns, paging, with_cursors, sql);
        let write_json = |sql: &mut Sql| format.write::<E>(nested.as_ref(), sql);
        let query = JsonQuery {
            content: JsonContent::Rows,
            size: format.size::<E>(),
            max_rows: max_rows(paging),
            materialized: true,
        };
        let text = self.read_json(query, write_rows, write_json).await?;
        read_page(&text, projection, list.order_sql(), paging).map_err(domain::Error::internal)
    }

    /// Whether any row of a list lies within `bound`.
    pub async fn exists<E: ListedEntity>(
        &self,
        query: &ListQuery<E>,
        bound: &Bound,
        readable: &Readable<'_, E>,
    ) -> Result<bool> {
        let row = self.0.query_one(&self.matching(query, readable)?.exists(bound)).await;
        Ok(row.map_err(internal)?.is_some())
    }

    /// The number of rows that match a filter.
    pub async fn count<E: ListedEntity>(
        &self,
        filter: &E::Filter,
        readable: &Readable<'_, E>,
    ) -> Result<u64> {
        let backend = self.0.get_database_backend();
        let readable = self.condition(rule_table::<E>(E::TABLE), readable)?;
        let order = Cow::Owned(SortOrder::new([]));
        let count = ListSelect::<E>::matching(backend, filter, order, readable).count();
        let row = self.0.query_one(&count).await.map_err(internal)?;
        let count: Option<i64> =
            row.map(|row| row.try_get("", "count")).transpose().map_err(internal)?;
        Ok(count.unwrap_or_default().unsigned_abs())
    }

    /// A page of each parent's children. A parent without children may be absent.
    pub async fn children<P: Id, E: ChildOf<P>>(
        &self,
        parents: &[P],
        paging: &Paging,
        projection: Projection,
        readable: &Readable<'_, E>,
    ) -> Result<HashMap<P, ListPage<Loaded<E>>>> {
        let parents = ParentKeys::new(parents);
        let list = self.children_of::<P, E>(&parents, readable)?;
        let cursor_len = list.order.terms().len();
        let format = RowFormat { projection, has_parent: true, cursor_len };
        let columns = format.columns::<E>();
        let write_rows = |sql: &mut Sql| list.write(&columns, paging, true, sql);
        let write_json = |sql: &mut Sql| format.write::<E>(None, sql);
        let query = JsonQuery {
            content: JsonContent::Rows,
            size: format.size::<E>(),
            max_rows: max_rows(paging).saturating_mul(parents.len()),
            materialized: !projection.long_texts,
        };
        let text = self.read_json(query, write_rows, write_json).await?;
        read_children(&text, projection, list.order_sql(), paging).map_err(domain::Error::internal)
    }

    /// Whether any child of each parent lies within `bound`.
    pub async fn children_exist<P: Id, E: ChildOf<P>>(
        &self,
        parents: &[P],
        bound: &Bound,
        readable: &Readable<'_, E>,
    ) -> Result<HashMap<P, bool>> {
        let parents = ParentKeys::new(parents);
        let list = self.children_of::<P, E>(&parents, readable)?;
        let query = list.children_exist(&parents, bound);
        self.by_parent(&query, |row| row.try_get("", "found")).await
    }

    /// How many children each parent has.
    pub async fn count_children<P: Id, E: ChildOf<P>>(
        &self,
        parents: &[P],
        readable: &Readable<'_, E>,
    ) -> Result<HashMap<P, u64>> {
        let parents = ParentKeys::new(parents);
        let list = self.children_of::<P, E>(&parents, readable)?;
        let count = |row: &QueryResult| Ok(row.try_get::<i64>("", "count")?.unsigned_abs());
        self.by_parent(&list.count_children(&parents), count).await
    }

    /// Reads rows as one JSON text, see [`JsonQuery::statement`].
    async fn read_json(
        &self,
        query: JsonQuery,
        write_rows: impl Fn(&mut Sql),
        write_json: impl Fn(&mut Sql),
    ) -> Result<String> {
        let backend = self.0.get_database_backend();
        let statement = |max_bytes| query.statement(backend, max_bytes, &write_rows, &write_json);
        self.0.read_json(query.content, query.max_bytes(), statement).await.map_err(internal)
    }

    /// Reads rows with `read` into a map by `parentId`.
    async fn by_parent<P: Id, V>(
        &self,
        query: &SelectStatement,
        read: impl Fn(&QueryResult) -> std::result::Result<V, DbErr>,
    ) -> Result<HashMap<P, V>> {
        let rows = self.0.query_all(query).await.map_err(internal)?;
        let pair = |row| {
            let parent: String = QueryResult::try_get(row, "", "parentId")?;
            Ok((P::from(parent), read(row)?))
        };
        rows.iter().map(pair).collect::<std::result::Result<_, DbErr>>().map_err(internal)
    }
}

/// The order of the children of a `P`.
#[must_use]
pub fn order_of_children<P, E: ChildOf<P>>() -> SortOrder {
    E::RELATION.order()
}

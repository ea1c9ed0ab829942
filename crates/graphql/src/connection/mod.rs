//! Connections: lists in pages by cursor, as Relay's specification defines them.
//!
//! Source: <https://relay.dev/graphql/connections.htm>.

mod cursor;
mod query;
mod snapshot;
mod source;

use std::borrow::Cow;

use async_graphql::{
    Context, Object, SimpleObject, TypeName, futures_util::future::BoxFuture,
    parser::types::SelectionSet,
};
use domain::{Bound, Entity, Error, Id, ListPage, ListQuery, PageRequest, Projection, SortOrder};
use graphql_engine::{FieldCost, List, count_boxed, fields};
use services::order_of_children;
use tokio::sync::OnceCell;

pub(crate) use self::query::ConnectionQuery;
use self::{
    cursor::CursorCodec,
    source::{Children, ConnectionSource},
};
use crate::{
    cost::{self, COUNT, PAGE_ARGUMENTS, ROWS, SEARCH},
    error::ApiError,
    list_field::{ListedObject, reads_long_text},
    loader::LoadedBy,
};

/// Costs of connections. The items of `edges` and `nodes` are part of the cost of the connection,
/// whose arguments limit them.
pub(crate) const COSTS: &[FieldCost] = &[
    FieldCost::of("Query", "booksConnection")
        .items_by(PAGE_ARGUMENTS, ROWS)
        .arguments(&[("filter", cost::filter(&["title"])), ("search", SEARCH)]),
    FieldCost::of("BookConnection", "edges"),
    FieldCost::of("BookConnection", "nodes"),
    FieldCost::of("BookConnection", "totalCount").points(COUNT),
    FieldCost::of("Query", "authorsConnection")
        .items_by(PAGE_ARGUMENTS, ROWS)
        .arguments(&[("filter", cost::filter(&["name"])), ("search", SEARCH)]),
    FieldCost::of("AuthorConnection", "edges"),
    FieldCost::of("AuthorConnection", "nodes"),
    FieldCost::of("AuthorConnection", "totalCount").points(COUNT),
];

/// Arguments of every connection.
pub(crate) struct Arguments {
    pub(crate) first: Option<i32>,
    pub(crate) last: Option<i32>,
    pub(crate) after: Option<String>,
    pub(crate) before: Option<String>,
}

/// Default page size of nested connections, of which each parent has one.
pub(crate) const CHILDREN: i32 = 10;

impl Arguments {
    /// Uses the default page size of nested connections.
    fn of_children(self) -> Self {
        let default = self.last.is_none().then_some(CHILDREN);
        Self { first: self.first.or(default), ..self }
    }
}

/// A page of a list. Each part is read at most once, when it is selected.
pub(crate) struct Connection<N: ListedObject> {
    source: Box<dyn ConnectionSource<N::Row>>,
    codec: CursorCodec,
    request: PageRequest,
    projection: Projection,
    page: OnceCell<ListPage<Edge<N>>>,
}

impl<N: ListedObject> Connection<N> {
    /// Creates the page of the rows that match a filter. Fails with every argument that breaks a
    /// rule.
    pub(crate) fn matching(
        ctx: &Context<'_>,
        query: ListQuery<N::Row>,
        arguments: Arguments,
    ) -> Result<Self, ApiError> {
        let order = query.order().clone();
        Self::new(ctx, &order, arguments, query)
    }

    /// Creates the page of the children of `parent`. Fails with every argument that breaks a
    /// rule.
    pub(crate) fn of_children<P: Id>(
        ctx: &Context<'_>,
        parent: &P,
        arguments: Arguments,
    ) -> Result<Self, ApiError>
    where
        N::Row: LoadedBy<P>,
    {
        let order = order_of_children::<P, N::Row>();
        Self::new(ctx, &order, arguments.of_children(), Children(parent.clone()))
    }

    fn new(
        ctx: &Context<'_>,
        order: &SortOrder,
        arguments: Arguments,
        source: impl ConnectionSource<N::Row> + 'static,
    ) -> Result<Self, ApiError> {
        let Arguments { first, last, after, before } = arguments;
        let codec = CursorCodec::new(&N::type_name(), order);
        let (after, before) = (codec.decode(after.as_deref()), codec.decode(before.as_deref()));
        let request = PageRequest::new(first, last, after, before)?;
        let source = Box::new(source);
        let projection = projection::<N::Row>(&ctx.item.node.selection_set.node);
        Ok(Self { source, codec, request, projection, page: OnceCell::new() })
    }

    async fn page(&self, ctx: &Context<'_>) -> Result<&ListPage<Edge<N>>, ApiError> {
        let read = async || {
            let page = counted(ctx, self.source.page(ctx, &self.request, self.projection)).await?;
            let ListPage { rows, more } = page;
            let edges = rows
                .into_iter()
                .map(|row| Edge { cursor: self.codec.encode(&row.cursor), node: N::from(row) });
            Ok(ListPage { rows: edges.collect(), more })
        };
        self.page.get_or_try_init(read).await
    }

    /// Whether there are rows beyond the page, forwards or backwards.
    async fn has_more(&self, ctx: &Context<'_>, forwards: bool) -> Result<bool, ApiError> {
        if forwards != self.request.is_backward() && self.page(ctx).await?.more {
            return Ok(true);
        }
        let bound = if forwards {
            self.request.before().cloned().map(Bound::From)
        } else {
            self.request.after().cloned().map(Bound::UpTo)
        };
        match bound {
            Some(bound) => counted(ctx, self.source.exists(ctx, bound)).await,
            None => Ok(false),
        }
    }
}

/// A future of [`ConnectionSource`], whose bytes are counted: a document can have thousands of
/// connections, which all wait for one batch.
async fn counted<T>(
    ctx: &Context<'_>,
    future: BoxFuture<'_, Result<T, ApiError>>,
) -> Result<T, ApiError> {
    if count_boxed(ctx, &*future).is_err() {
        return Err(Error::Busy.into());
    }
    future.await
}

/// What the selected fields of a connection read of its rows.
fn projection<E: Entity>(selected: &SelectionSet) -> Projection {
    let long_texts = fields(selected).any(|field| {
        let selected = &field.node.selection_set.node;
        match field.node.name.node.as_str() {
            "nodes" => reads_long_text::<E>(selected),
            "edges" => {
                fields(selected).any(|field| reads_long_text::<E>(&field.node.selection_set.node))
            }
            _ => false,
        }
    });
    Projection { long_texts, nested_long_texts: None }
}

/// A page of a list by cursor.
#[Object(name_type)]
impl<N: ListedObject> Connection<N> {
    /// The rows of the page, each with its cursor.
    async fn edges(&self, ctx: &Context<'_>) -> Result<List<&Edge<N>>, ApiError> {
        Ok(self.page(ctx).await?.rows.iter().collect::<Vec<_>>().into())
    }

    /// The rows of the page.
    async fn nodes(&self, ctx: &Context<'_>) -> Result<List<&N>, ApiError> {
        Ok(self.page(ctx).await?.rows.iter().map(|edge| &edge.node).collect::<Vec<_>>().into())
    }

    /// The position of the page in the list.
    async fn page_info(&self, ctx: &Context<'_>) -> Result<PageInfo, ApiError> {
        let wanted = ctx.look_ahead();
        let edges = &self.page(ctx).await?.rows;
        Ok(PageInfo {
            start_cursor: edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: edges.last().map(|edge| edge.cursor.clone()),
            has_next_page: wanted.field("hasNextPage").exists() && self.has_more(ctx, true).await?,
            has_previous_page: wanted.field("hasPreviousPage").exists()
                && self.has_more(ctx, false).await?,
        })
    }

    /// Number of rows in the whole list.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i32, ApiError> {
        Ok(i32::try_from(counted(ctx, self.source.count(ctx)).await?).unwrap_or(i32::MAX))
    }
}

impl<N: ListedObject> TypeName for Connection<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", N::type_name()).into()
    }
}

/// A row and its cursor.
pub(crate) struct Edge<N> {
    cursor: String,
    node: N,
}

/// A row of a page.
#[Object(name_type)]
impl<N: ListedObject> Edge<N> {
    /// The row's cursor, for `after` and `before`.
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The row.
    async fn node(&self) -> &N {
        &self.node
    }
}

impl<N: ListedObject> TypeName for Edge<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", N::type_name()).into()
    }
}

/// The position of a page in its list.
#[derive(SimpleObject)]
struct PageInfo {
    /// The cursor of the page's first row; null if the page is empty.
    start_cursor: Option<String>,
    /// The cursor of the page's last row; null if the page is empty.
    end_cursor: Option<String>,
    /// Whether the list has rows after the page.
    has_next_page: bool,
    /// Whether the list has rows before the page.
    has_previous_page: bool,
}

//! Lists in pages that are found by cursors, as Relay's specification has them.
//!
//! Source: <https://relay.dev/graphql/connections.htm>.

mod children;
mod cursor;
mod kept;
mod query;
mod source;

use std::borrow::Cow;

use async_graphql::{Context, Object, ObjectType, SimpleObject, TypeName};
use domain::{Keyset, Side, Slice, Window};
use graphql_engine::{FieldCost, List};
use tokio::sync::OnceCell;

pub(crate) use self::{children::Families, query::ConnectionQuery};
use self::{cursor::Codec, source::Source};
use crate::{
    author::Author,
    book::Book,
    cost::{self, COUNT, PAGE_ARGUMENTS, ROWS, SEARCH},
    error::ApiError,
};

/// What connections cost. The items of `edges` and `nodes` are part of the cost of the
/// connection, whose arguments limit them.
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

/// What connections are of.
pub(crate) trait Node: ObjectType + From<Self::Row> {
    type Row: Clone + Send + Sync + 'static;
}

impl Node for Book {
    type Row = domain::Book;
}

impl Node for Author {
    type Row = domain::Author;
}

/// The arguments that every connection has.
pub(crate) struct Arguments {
    pub(crate) first: Option<i32>,
    pub(crate) last: Option<i32>,
    pub(crate) after: Option<String>,
    pub(crate) before: Option<String>,
}

/// How many children come when nobody says: a page of them for each parent is long.
pub(crate) const CHILDREN: i32 = 10;

impl Arguments {
    /// As a list of children takes them.
    fn of_children(self) -> Self {
        let default = self.last.is_none().then_some(CHILDREN);
        Self { first: self.first.or(default), ..self }
    }
}

/// A page of a list. Each part of it is read when it is asked for, and once.
pub(crate) struct Connection<N: Node> {
    source: Box<dyn Source<N::Row>>,
    codec: Codec,
    window: Window,
    page: OnceCell<Page<N>>,
}

struct Page<N> {
    edges: Vec<Edge<N>>,
    more: bool,
}

impl<N: Node> Connection<N> {
    /// Fails with every argument that breaks a rule.
    pub(crate) fn new(
        source: impl Source<N::Row> + 'static,
        keyset: &Keyset,
        arguments: Arguments,
    ) -> Result<Self, ApiError> {
        let Arguments { first, last, after, before } = arguments;
        let codec = Codec::new(&N::type_name(), keyset);
        let (after, before) = (codec.decode(after.as_deref()), codec.decode(before.as_deref()));
        let window = Window::new(first, last, after, before)?;
        Ok(Self { source: Box::new(source), codec, window, page: OnceCell::new() })
    }

    async fn page(&self, ctx: &Context<'_>) -> Result<&Page<N>, ApiError> {
        let read = async || {
            let Slice { rows, more } = self.source.slice(ctx, &self.window).await?;
            let edges = rows.into_iter().map(|placed| Edge {
                cursor: self.codec.encode(&placed.position),
                node: N::from(placed.row),
            });
            Ok(Page { edges: edges.collect(), more })
        };
        self.page.get_or_try_init(read).await
    }

    /// Whether there are rows behind the page's last, seen forwards or backwards.
    async fn has(&self, ctx: &Context<'_>, forwards: bool) -> Result<bool, ApiError> {
        if forwards != self.window.is_backward() && self.page(ctx).await?.more {
            return Ok(true);
        }
        let side = if forwards {
            self.window.before().cloned().map(Side::From)
        } else {
            self.window.after().cloned().map(Side::UpTo)
        };
        match side {
            Some(side) => self.source.has(ctx, side).await,
            None => Ok(false),
        }
    }
}

/// A page of a list, and where it lies in the list.
#[Object(name_type)]
impl<N: Node> Connection<N> {
    /// The rows of the page, each with its cursor.
    async fn edges(&self, ctx: &Context<'_>) -> Result<List<&Edge<N>>, ApiError> {
        Ok(self.page(ctx).await?.edges.iter().collect::<Vec<_>>().into())
    }

    /// The rows of the page.
    async fn nodes(&self, ctx: &Context<'_>) -> Result<List<&N>, ApiError> {
        Ok(self.page(ctx).await?.edges.iter().map(|edge| &edge.node).collect::<Vec<_>>().into())
    }

    /// Where the page lies.
    async fn page_info(&self, ctx: &Context<'_>) -> Result<PageInfo, ApiError> {
        let wanted = ctx.look_ahead();
        let edges = &self.page(ctx).await?.edges;
        Ok(PageInfo {
            start_cursor: edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: edges.last().map(|edge| edge.cursor.clone()),
            has_next_page: wanted.field("hasNextPage").exists() && self.has(ctx, true).await?,
            has_previous_page: wanted.field("hasPreviousPage").exists()
                && self.has(ctx, false).await?,
        })
    }

    /// How many rows the whole list has.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i32, ApiError> {
        Ok(i32::try_from(self.source.count(ctx).await?).unwrap_or(i32::MAX))
    }
}

impl<N: Node> TypeName for Connection<N> {
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
impl<N: Node> Edge<N> {
    /// Where the row lies in the list, for `after` and `before`.
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The row.
    async fn node(&self) -> &N {
        &self.node
    }
}

impl<N: Node> TypeName for Edge<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", N::type_name()).into()
    }
}

/// Where a page lies in its list.
#[derive(SimpleObject)]
struct PageInfo {
    /// The cursor of the page's first row; null when the page is empty.
    start_cursor: Option<String>,
    /// The cursor of the page's last row; null when the page is empty.
    end_cursor: Option<String>,
    /// Whether rows follow the page.
    has_next_page: bool,
    /// Whether rows precede the page.
    has_previous_page: bool,
}

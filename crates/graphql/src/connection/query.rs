//! Top-level connections: all books and all authors.

use async_graphql::{Context, Object};
use domain::ListQuery;

use super::{Arguments, Connection};
use crate::{
    author::{Author, AuthorOrder},
    book::{Book, BookOrder},
    error::ApiError,
    filter::{AuthorFilter, BookFilter},
};

#[derive(Default)]
pub(crate) struct ConnectionQuery;

#[Object]
impl ConnectionQuery {
    /// A page by cursor of the books that match, sorted by `orderBy`, then by id.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the schema")]
    async fn books_connection(
        &self,
        ctx: &Context<'_>,
        filter: Option<BookFilter>,
        order_by: Option<Vec<BookOrder>>,
        #[graphql(
            desc = "Words that must all occur in the title or description, ignoring case and diacritics; the last word may be a prefix. Sorted by relevance, then by id, unless `orderBy` is given."
        )]
        search: Option<String>,
        #[graphql(
            desc = "Number of items from the start, 1 to 100; 50 without `first` and `last`."
        )]
        first: Option<i32>,
        #[graphql(desc = "Number of items from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Book>, ApiError> {
        let filter = filter.unwrap_or_default().with_search(search.as_deref())?;
        let query = ListQuery::new(filter, order_by.into_iter().flatten())?;
        Connection::matching(ctx, query, Arguments { first, last, after, before })
    }

    /// A page by cursor of the authors that match, sorted by `orderBy`, then by id.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the schema")]
    async fn authors_connection(
        &self,
        ctx: &Context<'_>,
        filter: Option<AuthorFilter>,
        order_by: Option<Vec<AuthorOrder>>,
        #[graphql(
            desc = "Words that must all occur in the name or biography, ignoring case and diacritics; the last word may be a prefix. Sorted by relevance, then by id, unless `orderBy` is given."
        )]
        search: Option<String>,
        #[graphql(
            desc = "Number of items from the start, 1 to 100; 50 without `first` and `last`."
        )]
        first: Option<i32>,
        #[graphql(desc = "Number of items from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Author>, ApiError> {
        let filter = filter.unwrap_or_default().with_search(search.as_deref())?;
        let query = ListQuery::new(filter, order_by.into_iter().flatten())?;
        Connection::matching(ctx, query, Arguments { first, last, after, before })
    }
}

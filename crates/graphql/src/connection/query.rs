//! The connections of all books and of all authors.

use async_graphql::{Context, Object};
use domain::{ListQuery, Paging};

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
    /// The books that match, sorted by `orderBy`, then by id: a page of them, found by
    /// cursors.
    #[expect(clippy::too_many_arguments, reason = "the schema's")]
    async fn books_connection(
        &self,
        ctx: &Context<'_>,
        filter: Option<BookFilter>,
        order_by: Option<Vec<BookOrder>>,
        #[graphql(
            desc = "Words that the title or description must have, all of them, whatever their case and diacritics; the last one may be a beginning. Sorted by relevance, then by id, unless `orderBy` says otherwise."
        )]
        search: Option<String>,
        #[graphql(desc = "The first so many, 1 to 100; 50 without `first` and `last`.")]
        first: Option<i32>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what follows the row of this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what precedes the row of this cursor.")] before: Option<String>,
    ) -> Result<Connection<Book>, ApiError> {
        let filter = filter.unwrap_or_default().with_search(search.as_deref())?;
        let query = ListQuery::new(filter, order_by.into_iter().flatten(), Paging::All)?;
        Connection::matching(ctx, query, Arguments { first, last, after, before })
    }

    /// The authors that match, sorted by `orderBy`, then by id: a page of them, found
    /// by cursors.
    #[expect(clippy::too_many_arguments, reason = "the schema's")]
    async fn authors_connection(
        &self,
        ctx: &Context<'_>,
        filter: Option<AuthorFilter>,
        order_by: Option<Vec<AuthorOrder>>,
        #[graphql(
            desc = "Words that the name or biography must have, all of them, whatever their case and diacritics; the last one may be a beginning. Sorted by relevance, then by id, unless `orderBy` says otherwise."
        )]
        search: Option<String>,
        #[graphql(desc = "The first so many, 1 to 100; 50 without `first` and `last`.")]
        first: Option<i32>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what follows the row of this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what precedes the row of this cursor.")] before: Option<String>,
    ) -> Result<Connection<Author>, ApiError> {
        let filter = filter.unwrap_or_default().with_search(search.as_deref())?;
        let query = ListQuery::new(filter, order_by.into_iter().flatten(), Paging::All)?;
        Connection::matching(ctx, query, Arguments { first, last, after, before })
    }
}

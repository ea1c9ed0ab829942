//! Authors of a deleted book, captured before its deletion.

use std::sync::Arc;

use async_graphql::{Context, async_trait::async_trait};
use domain::{
    Author, BookId, Bound, CursorValues, ListPage, Loaded, PageRequest, Projection, SortValue,
};
use services::order_of_children;

use super::{Arguments, Connection, ConnectionSource};
use crate::{author, error::ApiError};

/// The authors in the order of the title page.
struct Snapshot(Arc<[Author]>);

impl Snapshot {
    /// Returns the authors at some positions, with the same cursors as authors of an existing
    /// book.
    fn rows(&self, is_wanted: impl Fn(i32) -> bool) -> Vec<Loaded<Author>> {
        let numbered = self.0.iter().zip(0..).filter(|(_, position)| is_wanted(*position));
        let rows = numbered.map(|(author, position)| {
            let id = SortValue::Text(author.id.0.clone());
            let cursor = CursorValues(vec![SortValue::Int(position), id]);
            Loaded { cursor, ..Loaded::from(author.clone()) }
        });
        rows.collect()
    }
}

fn position(CursorValues(values): &CursorValues) -> i32 {
    match values.first() {
        Some(SortValue::Int(position)) => *position,
        _ => 0,
    }
}

#[async_trait]
impl ConnectionSource<Author> for Snapshot {
    async fn page(
        &self,
        _: &Context<'_>,
        request: &PageRequest,
        _: Projection,
    ) -> Result<ListPage<Loaded<Author>>, ApiError> {
        let (after, before) = (request.after().map(position), request.before().map(position));
        let mut rows = self.rows(|position| {
            after.is_none_or(|after| position > after)
                && before.is_none_or(|before| position < before)
        });
        if request.is_backward() {
            rows.reverse();
        }
        Ok(ListPage::new(request, rows))
    }

    async fn exists(&self, _: &Context<'_>, bound: Bound) -> Result<bool, ApiError> {
        let is_within = |row: i32| match &bound {
            Bound::UpTo(cursor) => row <= position(cursor),
            Bound::From(cursor) => row >= position(cursor),
        };
        Ok(!self.rows(is_within).is_empty())
    }

    async fn count(&self, _: &Context<'_>) -> Result<u64, ApiError> {
        Ok(self.0.len() as u64)
    }
}

impl Connection<author::Author> {
    /// Creates the page of a deleted book's authors. Fails with every argument that breaks a
    /// rule.
    pub(crate) fn of_deleted(
        ctx: &Context<'_>,
        authors: &Arc<[Author]>,
        arguments: Arguments,
    ) -> Result<Self, ApiError> {
        let order = order_of_children::<BookId, Author>();
        Self::new(ctx, &order, arguments.of_children(), Snapshot(Arc::clone(authors)))
    }
}

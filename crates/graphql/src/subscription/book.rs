//! Subscriptions to changes of books.

use std::sync::Arc;

use async_graphql::{
    Context, ID, Object, Subscription,
    futures_util::{Stream, stream},
};
use domain::{AuthorId, Change, ChangeFilter, ChangeSubject, UserId, ability::Kind};

use super::{ChangeKind, actor, change_of};
use crate::{book::Book, context::ContextExt, error::ApiError, user::User};

/// A change of a book.
struct BookChange {
    change: Arc<Change>,
    book: domain::Book,
    /// The authors of a deleted book; `None` while the book exists.
    deleted_authors: Option<Arc<[domain::Author]>>,
}

/// A change of a book.
#[Object]
impl BookChange {
    /// The kind of the change.
    async fn kind(&self) -> ChangeKind {
        self.change.kind.into()
    }

    /// The book after the change. A deleted book has its last state and its authors at that time;
    /// their biographies are null if they have more than 32 kB together.
    async fn book(&self, ctx: &Context<'_>) -> Book {
        match &self.deleted_authors {
            Some(authors) => {
                let authors = ctx.services().authors.readable_among(ctx.viewer_for_rows(), authors);
                Book::deleted(self.book.clone(), authors)
            }
            None => self.book.clone().into(),
        }
    }

    /// The user who made the change; null for a change by the server.
    async fn actor(&self, ctx: &Context<'_>) -> Option<Result<User, ApiError>> {
        actor(ctx, &self.change).await
    }
}

#[derive(Debug, Default)]
pub(super) struct BookSubscription;

#[Subscription]
impl BookSubscription {
    /// Books that are created, updated or deleted. All conditions must hold.
    async fn book_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only books with these ids; at most 100.")] ids: Option<Vec<ID>>,
        #[graphql(desc = "Only books of this author, before or after the change.")]
        author_id: Option<ID>,
        #[graphql(desc = "Only books of this owner.")] owner_id: Option<ID>,
    ) -> Result<impl Stream<Item = BookChange>, ApiError> {
        let filter = ChangeFilter {
            kind: Kind::Book,
            ids: ids.map(|ids| ids.into_iter().map(|ID(id)| id).collect()),
            author_id: author_id.map(|ID(id)| AuthorId(id)),
            owner_id: owner_id.map(|ID(id)| UserId(id)),
        };
        let change = change_of(ctx, filter)?.and_then(|change| {
            let ChangeSubject::Book { book, deleted_authors, .. } = &change.subject else {
                return None;
            };
            let (book, deleted_authors) = ((**book).clone(), deleted_authors.clone());
            Some(BookChange { book, deleted_authors, change: Arc::clone(&change) })
        });
        Ok(stream::iter(change))
    }
}

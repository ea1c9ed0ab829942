//! GraphQL subscriptions and their objects.

use std::sync::Arc;

use async_graphql::{
    Context, Enum, ID, Object, Subscription as Root,
    futures_util::{Stream, stream},
};
use domain::{AuthorId, BookChangeFilter, BookId, Change, ChangeFilter, ChangeSubject, UserId};

use crate::{
    author::Author, book::Book, context::ContextExt, error::ApiError,
    prepared_subscription::FilterSlot, user::User,
};

/// The kind of a change.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
enum ChangeKind {
    /// The row was created.
    Created,
    /// The row was updated.
    Updated,
    /// The row was deleted; the change contains its last state.
    Deleted,
}

impl From<domain::ChangeKind> for ChangeKind {
    fn from(kind: domain::ChangeKind) -> Self {
        match kind {
            domain::ChangeKind::Created => Self::Created,
            domain::ChangeKind::Updated => Self::Updated,
            domain::ChangeKind::Deleted => Self::Deleted,
        }
    }
}

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

/// A change of an author.
struct AuthorChange {
    change: Arc<Change>,
    author: domain::Author,
}

/// A change of an author.
#[Object]
impl AuthorChange {
    /// The kind of the change.
    async fn kind(&self) -> ChangeKind {
        self.change.kind.into()
    }

    /// The author after the change. A deleted author has the last state, except for the list of
    /// books: the books remain without the author, and no `bookChanged` is sent for them.
    async fn author(&self) -> Author {
        self.author.clone().into()
    }

    /// The user who made the change; null for a change by the server.
    async fn actor(&self, ctx: &Context<'_>) -> Option<Result<User, ApiError>> {
        actor(ctx, &self.change).await
    }
}

/// Null if the viewer may not read the actor's row.
async fn actor(ctx: &Context<'_>, change: &Change) -> Option<Result<User, ApiError>> {
    User::find(ctx, change.actor.as_ref()?).await.map(|user| user.map(User::from)).transpose()
}

/// Changes of rows; they need no sign-in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subscription;

/// Changes of rows; they need no sign-in.
#[Root]
impl Subscription {
    /// Books that are created, updated or deleted. All conditions must hold.
    async fn book_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only books with these ids; at most 100.")] ids: Option<Vec<ID>>,
        #[graphql(desc = "Only books of this author, before or after the change.")]
        author_id: Option<ID>,
        #[graphql(desc = "Only books of this owner.")] owner_id: Option<ID>,
    ) -> Result<impl Stream<Item = BookChange>, ApiError> {
        let filter = ChangeFilter::Books(BookChangeFilter {
            ids: ids.map(|ids| ids.into_iter().map(|ID(id)| BookId(id)).collect()),
            author_id: author_id.map(|ID(id)| AuthorId(id)),
            owner_id: owner_id.map(|ID(id)| UserId(id)),
        });
        let change = change_of(ctx, filter)?.and_then(|change| match &change.subject {
            ChangeSubject::Book { book, deleted_authors, .. } => {
                let (book, deleted_authors) = ((**book).clone(), deleted_authors.clone());
                Some(BookChange { book, deleted_authors, change: Arc::clone(&change) })
            }
            ChangeSubject::Author(_) => None,
        });
        Ok(stream::iter(change))
    }

    /// Authors who are created, updated or deleted.
    async fn author_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only authors with these ids; at most 100.")] ids: Option<Vec<ID>>,
    ) -> Result<impl Stream<Item = AuthorChange>, ApiError> {
        let ids = ids.map(|ids| ids.into_iter().map(|ID(id)| AuthorId(id)).collect());
        let change =
            change_of(ctx, ChangeFilter::Authors(ids))?.and_then(|change| match &change.subject {
                ChangeSubject::Author(author) => {
                    Some(AuthorChange { author: (**author).clone(), change: Arc::clone(&change) })
                }
                ChangeSubject::Book { .. } => None,
            });
        Ok(stream::iter(change))
    }
}

/// Returns the change to execute for; `None` while a subscription is prepared, which stores
/// `filter`.
fn change_of(ctx: &Context<'_>, filter: ChangeFilter) -> Result<Option<Arc<Change>>, ApiError> {
    if let Some(slot) = ctx.data_opt::<Arc<FilterSlot>>() {
        slot.set(filter.validated()?);
        return Ok(None);
    }
    Ok(ctx.data_opt::<Arc<Change>>().map(Arc::clone))
}

//! Changes as they happen: the objects and the root of subscriptions.

use std::sync::Arc;

use async_graphql::{
    Context, Enum, ID, Object, Subscription as Root,
    futures_util::{Stream, stream},
};
use domain::{AuthorId, BookChangeFilter, BookId, Change, ChangeFilter, Changed, UserId};

use crate::{
    author::Author, book::Book, context::ContextExt, error::ApiError,
    prepared_subscription::FilterSlot, user::User,
};

/// What was done.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
enum ChangeKind {
    /// It is new.
    Created,
    /// It has other content.
    Updated,
    /// It is no more, and told of as it was.
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

/// Something that was done to a book.
struct BookChange {
    change: Arc<Change>,
    book: domain::Book,
    /// Who wrote it, if it is no more.
    gone: Option<Arc<[domain::Author]>>,
}

/// Something that was done to a book.
#[Object]
impl BookChange {
    /// What was done.
    async fn kind(&self) -> ChangeKind {
        self.change.kind.into()
    }

    /// The book as it is after the change; a deleted one as it was, with its authors as
    /// they were, but for biographies of more than 32 kB together, which are null.
    async fn book(&self, ctx: &Context<'_>) -> Book {
        match &self.gone {
            Some(authors) => {
                let authors = ctx.services().authors.readable_among(ctx.reader(), authors);
                Book::gone(self.book.clone(), authors)
            }
            None => self.book.clone().into(),
        }
    }

    /// Who did it; null when the program itself did.
    async fn actor(&self, ctx: &Context<'_>) -> Option<Result<User, ApiError>> {
        actor(ctx, &self.change).await
    }
}

/// Something that was done to an author.
struct AuthorChange {
    change: Arc<Change>,
    author: domain::Author,
}

/// Something that was done to an author.
#[Object]
impl AuthorChange {
    /// What was done.
    async fn kind(&self) -> ChangeKind {
        self.change.kind.into()
    }

    /// The author as they are after the change; a deleted one as they were, but for their
    /// books, of which there may be any number: those stay, without them, and no
    /// `bookChanged` tells of each.
    async fn author(&self) -> Author {
        self.author.clone().into()
    }

    /// Who did it; null when the program itself did.
    async fn actor(&self, ctx: &Context<'_>) -> Option<Result<User, ApiError>> {
        actor(ctx, &self.change).await
    }
}

/// Null if the reader may not read the actor's row.
async fn actor(ctx: &Context<'_>, change: &Change) -> Option<Result<User, ApiError>> {
    User::find(ctx, change.actor.as_ref()?).await.map(|user| user.map(User::from)).transpose()
}

/// What is told as it happens; no sign-in needed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subscription;

/// What is told as it happens; no sign-in needed.
#[Root]
impl Subscription {
    /// Books that are created, updated or deleted; all conditions must hold.
    async fn book_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "These books; at most 100.")] ids: Option<Vec<ID>>,
        #[graphql(desc = "Books of this author; also one that is theirs no longer.")]
        author_id: Option<ID>,
        #[graphql(desc = "Books of this user.")] owner_id: Option<ID>,
    ) -> Result<impl Stream<Item = BookChange>, ApiError> {
        let filter = ChangeFilter::Books(BookChangeFilter {
            ids: ids.map(|ids| ids.into_iter().map(|ID(id)| BookId(id)).collect()),
            author_id: author_id.map(|ID(id)| AuthorId(id)),
            owner_id: owner_id.map(|ID(id)| UserId(id)),
        });
        let change = change_of(ctx, filter)?.and_then(|change| match &change.subject {
            Changed::Book { book, gone, .. } => {
                let (book, gone) = ((**book).clone(), gone.clone());
                Some(BookChange { book, gone, change: Arc::clone(&change) })
            }
            Changed::Author(_) => None,
        });
        Ok(stream::iter(change))
    }

    /// Authors who are created, updated or deleted.
    async fn author_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "These authors; at most 100.")] ids: Option<Vec<ID>>,
    ) -> Result<impl Stream<Item = AuthorChange>, ApiError> {
        let ids = ids.map(|ids| ids.into_iter().map(|ID(id)| AuthorId(id)).collect());
        let change =
            change_of(ctx, ChangeFilter::Authors(ids))?.and_then(|change| match &change.subject {
                Changed::Author(author) => {
                    Some(AuthorChange { author: (**author).clone(), change: Arc::clone(&change) })
                }
                Changed::Book { .. } => None,
            });
        Ok(stream::iter(change))
    }
}

/// The change to answer; `None` while a subscription opens, which takes `filter` then.
fn change_of(ctx: &Context<'_>, filter: ChangeFilter) -> Result<Option<Arc<Change>>, ApiError> {
    if let Some(slot) = ctx.data_opt::<Arc<FilterSlot>>() {
        slot.set(filter.validated()?);
        return Ok(None);
    }
    Ok(ctx.data_opt::<Arc<Change>>().map(Arc::clone))
}

//! Subscriptions to changes of authors.

use std::sync::Arc;

use async_graphql::{
    Context, ID, Object, Subscription,
    futures_util::{Stream, stream},
};
use domain::{Change, ChangeFilter, ChangeSubject, ability::Kind};

use super::{ChangeKind, actor, change_of};
use crate::{author::Author, error::ApiError, user::User};

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

#[derive(Debug, Default)]
pub(super) struct AuthorSubscription;

#[Subscription]
impl AuthorSubscription {
    /// Authors who are created, updated or deleted.
    async fn author_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only authors with these ids; at most 100.")] ids: Option<Vec<ID>>,
    ) -> Result<impl Stream<Item = AuthorChange>, ApiError> {
        let ids = ids.map(|ids| ids.into_iter().map(|ID(id)| id).collect());
        let filter = ChangeFilter { ids, ..ChangeFilter::new(Kind::Author) };
        let change = change_of(ctx, filter)?.and_then(|change| {
            let ChangeSubject::Author(author) = &change.subject else { return None };
            Some(AuthorChange { author: (**author).clone(), change: Arc::clone(&change) })
        });
        Ok(stream::iter(change))
    }
}

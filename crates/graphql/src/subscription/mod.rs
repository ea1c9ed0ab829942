//! Subscriptions to changes.

mod author;
mod book;

use std::sync::Arc;

use async_graphql::{Context, Enum, MergedSubscription};
use domain::{Change, ChangeFilter};

use crate::{error::ApiError, prepared_subscription::FilterSlot, user::User};

/// Changes of rows; they need no sign-in.
#[derive(Debug, Default, MergedSubscription)]
pub struct Subscription(author::AuthorSubscription, book::BookSubscription);

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

/// Null if the viewer may not read the actor's row.
async fn actor(ctx: &Context<'_>, change: &Change) -> Option<Result<User, ApiError>> {
    User::find(ctx, change.actor.as_ref()?).await.map(|user| user.map(User::from)).transpose()
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

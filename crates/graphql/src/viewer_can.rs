//! What the viewer may do, for clients that do not decide by the rules themselves.

use async_graphql::{Context, SimpleObject};
use domain::ability::Subject;
use services::Changes;

use crate::context::ContextExt;

/// What whoever asks may do to this object; nothing when nobody is signed in.
#[derive(SimpleObject)]
pub(crate) struct ViewerCan {
    /// They may change it.
    update: bool,
    /// They may remove it.
    delete: bool,
}

impl ViewerCan {
    pub(crate) fn of<S: Subject>(ctx: &Context<'_>, row: &S) -> Self {
        let Changes { update, delete } = ctx.services().changes(ctx.viewer(), row);
        Self { update, delete }
    }
}

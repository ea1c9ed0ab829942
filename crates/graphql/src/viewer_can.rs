//! The actions that the viewer may take, for clients that do not evaluate the rules.

use async_graphql::{Context, SimpleObject};
use domain::ability::Subject;
use services::RowPermissions;

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
        let RowPermissions { update, delete } = ctx.services().row_permissions(ctx.viewer(), row);
        Self { update, delete }
    }
}

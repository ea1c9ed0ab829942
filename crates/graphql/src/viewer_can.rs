//! Type `ViewerCan`: the actions of the viewer on a row, for clients that do not evaluate the
//! rules.

use async_graphql::{Context, SimpleObject};
use domain::ability::Subject;
use services::RowPermissions;

use crate::context::ContextExt;

/// The actions that the viewer may perform on this object; none without a sign-in.
#[derive(SimpleObject)]
pub(crate) struct ViewerCan {
    /// Whether the viewer may update the object.
    update: bool,
    /// Whether the viewer may delete the object.
    delete: bool,
}

impl ViewerCan {
    pub(crate) fn of<S: Subject>(ctx: &Context<'_>, row: &S) -> Self {
        let RowPermissions { update, delete } = ctx.services().row_permissions(ctx.viewer(), row);
        Self { update, delete }
    }
}

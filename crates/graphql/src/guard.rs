//! Guards: conditions for calling a field at all.

use async_graphql::{Context, Guard, Result};

use crate::context::ContextExt;

/// Requires a signed-in user. The services decide whether the user may change a row.
pub(crate) struct SignedIn;

impl Guard for SignedIn {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        ctx.current_user()?;
        Ok(())
    }
}

//! Guards: whether a client may call a field at all.

use async_graphql::{Context, Guard, Result};

use crate::context::ContextExt;

/// The client is signed in. Whether the user may change a row is decided by the ability, in the
/// services.
pub(crate) struct SignedIn;

impl Guard for SignedIn {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        ctx.current_user()?;
        Ok(())
    }
}

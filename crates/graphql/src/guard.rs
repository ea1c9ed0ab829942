//! May this field be called at all?

use async_graphql::{Context, Guard, Result};

use crate::context::ContextExt;

/// Somebody is signed in. Whether they may touch a row is the ability's question,
/// which the services ask.
pub(crate) struct SignedIn;

impl Guard for SignedIn {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        ctx.current_user()?;
        Ok(())
    }
}

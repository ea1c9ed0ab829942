//! The provider with which a user signed up.

use domain::{Result, UserId};
use sea_orm::ConnectionTrait;

use crate::{account, context::Context};

/// Finds the name of the provider with which a user without a password signed up. The mail names
/// it: the owner of an address must not activate another person's user unknowingly.
pub(crate) async fn find_provider<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &UserId,
) -> Result<Option<String>> {
    let accounts = account::list_accounts(db, user).await?;
    if accounts.iter().any(|account| account.provider == account::CREDENTIAL) {
        return Ok(None);
    }
    let id = accounts.into_iter().next().map(|account| account.provider);
    Ok(id.map(|id| context.providers.name(&id).map_or(id.clone(), str::to_owned)))
}

//! What this crate stores about a user.

use domain::{Result, UserId};
use sea_orm::ConnectionTrait;

use crate::{
    account, context::Context, device_authorization, passkey, session, siwe, two_factor,
    verification,
};

/// Deletes the records of a user: their accounts, credentials, second factor, device requests,
/// sessions and links. Their row remains, and rows of the application.
///
/// Every deletion of a user calls this, so that none forgets a table.
pub(crate) async fn delete_records<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &UserId,
) -> Result<()> {
    // Before the sessions: a concurrent sign-in holds the lock of the password's row.
    account::delete_all(db, user).await?;
    passkey::delete_all(db, user).await?;
    device_authorization::delete_all(db, user).await?;
    siwe::delete_all(db, user).await?;
    session::Store::of(context).delete_all(db, user, None).await?;
    verification::Store::of(context).delete_all_of(db, user).await?;
    two_factor::delete_all(db, user).await
}

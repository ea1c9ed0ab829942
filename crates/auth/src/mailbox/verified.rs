//! Marks an address as verified.

use database::Transaction;
use domain::{Permit, Result, User, ability::Update};

use crate::context::Context;

/// Marks the address of a user as verified.
pub(crate) async fn verify(
    transaction: &Transaction,
    context: &Context,
    user: User,
) -> Result<User> {
    let (email, now) = (user.email.clone(), context.clock.now());
    let permit = Permit::system("mailbox-owner", Update, user);
    transaction.users().set_email(permit, &email, true, context.config.user.owned_tables, now).await
}

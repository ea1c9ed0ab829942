//! Locks the user of a session for a change that gives access.

use database::Transaction;
use domain::User;

use super::{CurrentSession, Store};
use crate::{context::Context, error::AuthError, error_code::UNAUTHORIZED};

/// Locks the user of a session, and reads the session again. Fails if it ended since the request was
/// authenticated: what ends sessions locks the user, so nothing that a stolen session adds outlives
/// its revocation.
pub(crate) async fn lock_user(
    transaction: &Transaction,
    context: &Context,
    current: &CurrentSession,
) -> Result<User, AuthError> {
    let user = transaction.users().find_locked(&current.user.id).await?;
    let user = user.filter(|user| user.deleted_at.is_none()).ok_or(UNAUTHORIZED)?;
    let session = Store::of(context).find(transaction.connection(), &current.session.token).await?;
    session.map(|_| user).ok_or_else(|| UNAUTHORIZED.into())
}

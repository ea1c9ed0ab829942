//! The user whom a code concerns, once it was right.

use database::Transaction;
use domain::{Result, User};

use super::{
    code::{IfRight, try_code},
    error::{INVALID_OTP, USER_NOT_FOUND},
    purpose::Purpose,
};
use crate::{
    audit::{self, Action, Actor, Outcome},
    context::Context,
    error::AuthError,
    error_code::ErrorCode,
    extract::Client,
    verification::MailedSecret,
};

/// A code that a client gives for an address.
pub(super) struct Given<'a> {
    pub(super) purpose: Purpose,
    /// In lower case.
    pub(super) email: &'a str,
    pub(super) otp: &'a str,
    pub(super) if_right: IfRight,
    /// The action in the audit event of a refusal.
    pub(super) action: Action,
    pub(super) client: &'a Client,
}

/// Tries a code, and returns the user with the address, whose row is locked. Commits a refusal.
pub(super) async fn prove(
    context: &Context,
    transaction: Transaction,
    given: &Given<'_>,
) -> Result<(User, Transaction), AuthError> {
    let Given { purpose, email, otp, if_right, action, client } = *given;
    let connection = transaction.connection();
    let found = transaction.users().find_by_email(email).await?;
    let tried = try_code(connection, context, &purpose.identifier(email), otp, if_right).await?;
    let locked = match (&tried, &found) {
        (Ok(_), Some(user)) => transaction.users().find_locked(&user.id).await?,
        _ => None,
    };
    match right_user(tried, locked, email) {
        Ok(user) => Ok((user, transaction)),
        Err(refusal) => {
            let actor = Actor::Anonymous { subject: found.as_ref().map(|user| &user.id) };
            refuse(context, transaction, (action, actor), refusal, client).await
        }
    }
}

/// The user of a code that was right, if they still have the address in the code's epoch.
pub(super) fn right_user(
    tried: Result<MailedSecret, ErrorCode>,
    user: Option<User>,
    email: &str,
) -> Result<User, ErrorCode> {
    let secret = tried?;
    let has_email = |user: &User| user.deleted_at.is_none() && user.email == email;
    let user = user.filter(has_email).ok_or(USER_NOT_FOUND)?;
    if secret.is_of_epoch(&user) { Ok(user) } else { Err(INVALID_OTP) }
}

/// Records a refusal, commits the wrong try, and fails.
pub(super) async fn refuse<T>(
    context: &Context,
    transaction: Transaction,
    (action, actor): (Action, Actor<'_>),
    refusal: ErrorCode,
    client: &Client,
) -> Result<T, AuthError> {
    let outcome = Outcome::Refused(refusal.name);
    audit::record(transaction.connection(), context, action, actor, client, outcome).await?;
    transaction.commit().await?;
    Err(refusal.into())
}

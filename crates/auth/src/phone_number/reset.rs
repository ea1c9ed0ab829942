//! `phone-number/reset-password`: sets a password with a code.

use database::Transaction;
use domain::User;

use super::{
    code::{Given, IfRight, Purpose, try_code},
    error::{INVALID_OTP, PHONE_NUMBER_PENDING_VERIFICATION},
    input::Reset,
};
use crate::{context::Context, error::AuthError, extract::Client, password_reset, session};

/// Sets another password, with the effects of a reset by link.
pub(super) async fn reset(
    context: &Context,
    input: Reset,
    client: &Client,
) -> Result<(), AuthError> {
    let Reset { otp, number, password } = input;
    context.passwords.check_new(&password)?;
    let given = Given { purpose: Purpose::PasswordReset, number: &number, code: &otp };
    // The code is tried before the password is hashed, so that a wrong one costs no hashing.
    let (_, transaction) = prove(context, given, IfRight::Keep).await?;
    transaction.commit().await?;
    let hash = context.passwords.hash(password).await?;
    let (user, transaction) = prove(context, given, IfRight::Consume).await?;
    let connection = transaction.connection();
    let user =
        password_reset::replace_password(connection, context, user, (hash, false), client).await?;
    transaction.commit().await?;
    session::Store::of(context).user_changed(&user).await?;
    context.mailer.wake();
    Ok(())
}

/// The user with the number, locked, if the code is right.
async fn prove(
    context: &Context,
    given: Given<'_>,
    if_right: IfRight,
) -> Result<(User, Transaction), AuthError> {
    let transaction = context.db.begin().await?;
    let tried = try_code(transaction.connection(), context, given, if_right).await?;
    let secret = match tried {
        Ok(secret) => secret,
        Err(code) => {
            transaction.commit().await?;
            return Err(code.into());
        }
    };
    let users = transaction.users();
    let found = users.find_by_phone_number(given.number).await?;
    let user = match found {
        Some(found) => users.find_locked(&found.id).await?,
        None => None,
    };
    let is_theirs = |user: &User| user.sign_in.phone_number.as_deref() == Some(given.number);
    let Some(user) = user.filter(|user| is_theirs(user) && secret.is_of_epoch(user)) else {
        transaction.commit().await?;
        return Err(INVALID_OTP.into());
    };
    let must_be_verified = context.config.plugins.phone_number.require_verification;
    if must_be_verified && user.sign_in.phone_number_verified != Some(true) {
        transaction.commit().await?;
        return Err(PHONE_NUMBER_PENDING_VERIFICATION.into());
    }
    Ok((user, transaction))
}

//! Sending codes: to verify a number, and to reset a password.

use mailer::Recipient;

use super::{
    code::{self, Purpose},
    error::{INVALID_PHONE_NUMBER, PHONE_NUMBER_NOT_VERIFIED, SEND_OTP_NOT_IMPLEMENTED},
};
use crate::{
    audit::{self, Action, Actor, Outcome},
    context::Context,
    error::AuthError,
    error_code::ErrorCode,
    extract::Client,
    password_sign_in::record_refusal,
};

/// Refuses a number that the settings do not allow.
pub(super) fn check(context: &Context, number: &str) -> Result<(), ErrorCode> {
    // PostgreSQL cannot store U+0000.
    let allowed = context.config.plugins.phone_number.validator.allows(number);
    if allowed && !number.contains('\0') { Ok(()) } else { Err(INVALID_PHONE_NUMBER) }
}

/// Sends a code that verifies a number, whether a user has it or not.
pub(super) async fn verification(context: &Context, number: &str) -> Result<(), AuthError> {
    if !context.mailer.has_sms() {
        return Err(SEND_OTP_NOT_IMPLEMENTED.into());
    }
    check(context, number)?;
    let transaction = context.db.begin().await?;
    let user = transaction.users().find_by_phone_number(number).await?;
    let (connection, to) = (transaction.connection(), Recipient::User(number));
    code::send(connection, context, Purpose::Verification, to, user.as_ref()).await?;
    transaction.commit().await?;
    context.mailer.wake();
    Ok(())
}

/// Refuses a sign-in with the right password, and sends a code that verifies the number; without SMS
/// there is none.
pub(super) async fn refuse_unverified<T>(
    context: &Context,
    number: &str,
    user: &domain::User,
    client: &Client,
) -> Result<T, AuthError> {
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let code = PHONE_NUMBER_NOT_VERIFIED;
    record_refusal(connection, context, Some(&user.id), code.name, client).await?;
    if context.mailer.has_sms() {
        let to = Recipient::User(number);
        code::send(connection, context, Purpose::Verification, to, Some(user)).await?;
    }
    transaction.commit().await?;
    context.mailer.wake();
    Err(code.into())
}

/// Sends a code that resets the password of the user with this number, or simulates it.
pub(super) async fn password_reset(
    context: &Context,
    number: &str,
    client: &Client,
) -> Result<(), AuthError> {
    if !context.mailer.has_sms() {
        return Err(SEND_OTP_NOT_IMPLEMENTED.into());
    }
    if check(context, number).is_err() {
        // No user has it.
        return Ok(());
    }
    let must_be_verified = context.config.plugins.phone_number.require_verification;
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let user = transaction.users().find_by_phone_number(number).await?;
    let user =
        user.filter(|user| !must_be_verified || user.sign_in.phone_number_verified == Some(true));
    let to = match user {
        Some(_) => Recipient::User(number),
        None => Recipient::Simulated(number),
    };
    code::send(connection, context, Purpose::PasswordReset, to, user.as_ref()).await?;
    let actor = Actor::Anonymous { subject: user.as_ref().map(|user| &user.id) };
    let (action, outcome) = (Action::RequestPasswordReset, Outcome::Done);
    audit::record(connection, context, action, actor, client, outcome).await?;
    transaction.commit().await?;
    context.mailer.wake();
    Ok(())
}

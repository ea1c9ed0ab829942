//! `reset-password`: sets a password with a code.

use super::{
    code::IfRight,
    input::Reset,
    proof::{Given, prove},
    purpose::Purpose,
};
use crate::{
    audit::Action, context::Context, error::AuthError, extract::Client, mailbox, password_reset,
    session,
};

/// Sets another password, with the effects of a reset by link. The address is verified by that.
pub(super) async fn reset(
    context: &Context,
    email: &str,
    input: Reset,
    client: &Client,
) -> Result<(), AuthError> {
    let Reset { otp, password, email: _ } = input;
    context.passwords.check_new(&password)?;
    let given = |if_right| Given {
        purpose: Purpose::ForgetPassword,
        email,
        otp: &otp,
        if_right,
        action: Action::ResetPassword,
        client,
    };
    // The code is tried before the password is hashed, so that a wrong one costs no hashing.
    let transaction = context.db.begin().await?;
    let (_, transaction) = prove(context, transaction, &given(IfRight::Keep)).await?;
    transaction.commit().await?;
    let hash = context.passwords.hash(password).await?;
    let transaction = context.db.begin().await?;
    let (user, transaction) = prove(context, transaction, &given(IfRight::Consume)).await?;
    let connection = transaction.connection();
    let user = password_reset::set_password(connection, context, user, hash, client).await?;
    let user = if user.email_verified {
        user
    } else {
        mailbox::verify(&transaction, context, user).await?
    };
    transaction.commit().await?;
    session::Store::of(context).user_changed(&user).await?;
    context.mailer.wake();
    Ok(())
}

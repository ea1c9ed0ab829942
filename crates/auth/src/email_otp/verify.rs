//! `check-verification-otp` and `verify-email`.

use domain::User;

use super::{
    code::{IfRight, try_code},
    error::{INVALID_OTP, USER_NOT_FOUND},
    proof::{Given, prove},
    purpose::Purpose,
};
use crate::{
    audit::Action,
    context::Context,
    email_verification,
    error::AuthError,
    extract::Client,
    session::{self, CurrentSession},
    sign_in::Outcome,
};

/// Checks a code, which stays valid. A wrong one counts.
pub(super) async fn check(
    context: &Context,
    email: &str,
    purpose: Purpose,
    otp: &str,
) -> Result<(), AuthError> {
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let user = transaction.users().find_by_email(email).await?;
    let identifier = purpose.identifier(email);
    let tried = try_code(connection, context, &identifier, otp, IfRight::Keep).await?;
    transaction.commit().await?;
    let secret = tried?;
    let user = user.ok_or(USER_NOT_FOUND)?;
    if secret.is_of_epoch(&user) { Ok(()) } else { Err(INVALID_OTP.into()) }
}

/// A user whose address is verified now.
pub(super) struct Verified {
    pub(super) user: User,
    /// The session, where a setting says that verification signs in.
    pub(super) signed_in: Option<Outcome>,
}

/// Marks the address as verified. Signs in where a setting says so.
pub(super) async fn verify_email(
    context: &Context,
    email: &str,
    otp: &str,
    current: Option<CurrentSession>,
    client: &Client,
) -> Result<Verified, AuthError> {
    let given = Given {
        purpose: Purpose::EmailVerification,
        email,
        otp,
        if_right: IfRight::Consume,
        action: Action::VerifyEmail,
        client,
    };
    let transaction = context.db.begin().await?;
    let (user, transaction) = prove(context, transaction, &given).await?;
    let connection = transaction.connection();
    let user = if user.email_verified {
        user
    } else {
        email_verification::set_verified(&transaction, context, user, client).await?
    };
    let signed_in = if context.config.email_verification.auto_sign_in {
        let user = user.clone();
        let session =
            email_verification::current_or_new_session(connection, context, user, current, client);
        Some(session.await?)
    } else {
        None
    };
    transaction.commit().await?;
    session::Store::of(context).user_changed(&user).await?;
    context.mailer.wake();
    Ok(Verified { user, signed_in })
}

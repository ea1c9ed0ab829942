//! The two steps of a change of address.

use domain::{Error, Permit, User, ability::Update};
use mailer::Message;

use super::{
    error::{EMAIL_TAKEN, INVALID_USER, USER_NOT_FOUND},
    service::{enter, link},
    token::{Purpose, Token},
};
use crate::{
    audit::{Action, Outcome},
    context::Context,
    error::AuthError,
    extract::Client,
    gate::SignedIn,
    password_reset,
    session::CurrentSession,
};

/// The user of a token, unless somebody else is signed in.
async fn user_of(
    context: &Context,
    token: &Token,
    current: Option<&CurrentSession>,
) -> Result<User, AuthError> {
    let user = context.db.users().find_by_email(&token.email).await?;
    let is_named = |user: &User| token.user.as_ref().is_none_or(|id| *id == user.id);
    let user = user.filter(is_named).ok_or(USER_NOT_FOUND)?;
    if current.is_some_and(|current| current.user.id != user.id) {
        return Err(INVALID_USER.into());
    }
    Ok(user)
}

/// The old address allowed it: mails the link that proves the new one.
pub(super) async fn confirm(
    context: &Context,
    token: Token,
    to: String,
    current: Option<&CurrentSession>,
    callback: Option<&str>,
) -> Result<(), AuthError> {
    let user = user_of(context, &token, current).await?;
    let next = Token { purpose: Purpose::VerifyChange(to.clone()), ..token };
    let message = Message::ChangeEmailVerification {
        name: user.name,
        url: link(context, &next, callback),
        expires_in: Some(context.email_verification.expires_in),
    };
    context.mail(context.db.writer(), &to, &message).await?;
    context.mailer.wake();
    Ok(())
}

/// The new address is proved: takes it.
pub(super) async fn take(
    context: &Context,
    token: Token,
    to: &str,
    current: Option<CurrentSession>,
    client: &Client,
) -> Result<SignedIn, AuthError> {
    let user = user_of(context, &token, current.as_ref()).await?;
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let now = context.clock.now();
    let permit = Permit::system("change-email", Update, user);
    let changed = transaction.users().set_email(permit, to, true, now).await;
    let user = changed.map_err(|error| match error {
        Error::Conflict { .. } => EMAIL_TAKEN.into(),
        // The address was changed by another link meanwhile.
        Error::NotFound { .. } => USER_NOT_FOUND.into(),
        error => AuthError::from(error),
    })?;
    // They were mailed to the address that the user leaves.
    password_reset::forget(connection, context, &user.id).await?;
    context.sessions.user_changed(&user).await?;
    context.audit(connection, Action::ChangeEmail, &user.id, client, Outcome::Done).await?;
    let signed_in = enter(connection, context, user, current, client).await?;
    transaction.commit().await?;
    Ok(signed_in)
}

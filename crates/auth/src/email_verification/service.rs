//! Mailing links, and doing what they say.

use domain::{Error, Permit, Result, User, ability::Update};
use mailer::Message;
use sea_orm::ConnectionTrait;

use super::{
    error::{
        EMAIL_ALREADY_VERIFIED, EMAIL_MISMATCH, USER_NOT_FOUND, VERIFICATION_EMAIL_NOT_ENABLED,
    },
    token::{Purpose, Token},
};
use crate::{
    audit::{Action, Outcome},
    context::Context,
    error::AuthError,
    extract::Client,
    gate::{self, SignedIn},
    session::{CurrentSession, Lifetime},
};

/// Where browsers go after a link that names no other place.
const HOME: &str = "/";

/// The link of a token, after which the browser goes to `callback`.
pub(crate) fn link(context: &Context, token: &Token, callback: Option<&str>) -> String {
    let callback = callback.filter(|url| !url.is_empty()).unwrap_or(HOME);
    let token = token.sign(context);
    context.link("/verify-email", &[("token", &token), ("callbackURL", callback)])
}

/// Mails a user the link that proves their address.
pub(crate) async fn send<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &User,
    callback: Option<&str>,
) -> Result<()> {
    let (email, id) = (user.email.clone(), Some(user.id.clone()));
    let token = Token { email, user: id, purpose: Purpose::Verify };
    let message = Message::Verification {
        name: user.name.clone(),
        url: link(context, &token, callback),
        expires_in: Some(context.email_verification.expires_in),
    };
    context.mail(db, &user.email, &message).await
}

/// Mails the link anew, if there is somebody to whom it is of use.
pub(super) async fn send_again(
    context: &Context,
    current: Option<CurrentSession>,
    email: &str,
    callback: Option<&str>,
) -> Result<(), AuthError> {
    if !context.mailer.is_on() {
        return Err(VERIFICATION_EMAIL_NOT_ENABLED.into());
    }
    let writer = context.db.writer();
    if let Some(CurrentSession { user, .. }) = current {
        if user.email != email {
            return Err(EMAIL_MISMATCH.into());
        }
        if user.email_verified {
            return Err(EMAIL_ALREADY_VERIFIED.into());
        }
        send(writer, context, &user, callback).await?;
    } else {
        let user = context.db.users().find_by_email(email).await?;
        match user.filter(|user| !user.email_verified) {
            Some(user) => send(writer, context, &user, callback).await?,
            None => context.mail_nobody(writer, email).await?,
        }
    }
    context.mailer.wake();
    Ok(())
}

/// Notes that the address is proved. Whoever is not signed in may be by it.
pub(super) async fn verify(
    context: &Context,
    token: Token,
    current: Option<CurrentSession>,
    client: &Client,
) -> Result<Option<SignedIn>, AuthError> {
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let user = transaction.users().find_by_email(&token.email).await?;
    let is_named = |user: &User| token.user.as_ref().is_none_or(|id| *id == user.id);
    let user = user.filter(is_named).ok_or(USER_NOT_FOUND)?;
    if user.email_verified {
        return Ok(None);
    }
    let now = context.clock.now();
    let permit = Permit::system("verify-email", Update, user);
    let user = match transaction.users().set_email(permit, &token.email, true, now).await {
        // The same link was faster, opened twice.
        Err(Error::NotFound { .. }) => return Ok(None),
        proved => proved?,
    };
    context.sessions.user_changed(&user).await?;
    context.audit(connection, Action::VerifyEmail, &user.id, client, Outcome::Done).await?;
    if context.mailer.is_on() && context.email_verification.send_on_sign_up {
        let welcome = Message::Welcome { name: user.name.clone() };
        context.mail(connection, &user.email, &welcome).await?;
    }
    let signed_in = if context.email_verification.auto_sign_in {
        Some(enter(connection, context, user, current, client).await?)
    } else {
        None
    };
    transaction.commit().await?;
    context.mailer.wake();
    Ok(signed_in)
}

/// The user's session: the one they have, or a new one.
pub(super) async fn enter<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: User,
    current: Option<CurrentSession>,
    client: &Client,
) -> Result<SignedIn> {
    match current.filter(|current| current.user.id == user.id) {
        Some(current) => Ok(SignedIn::again(user, current)),
        None => gate::admit(db, context, user, Lifetime::Remembered, client).await,
    }
}

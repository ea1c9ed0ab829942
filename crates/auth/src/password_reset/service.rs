//! Making links, and taking them.

use domain::{Result, User, UserId, id::random_alphanumeric};
use mailer::Message;
use sea_orm::ConnectionTrait;
use secrecy::SecretString;

use super::error::{INVALID_TOKEN, RESET_PASSWORD_DISABLED, USER_NOT_FOUND};
use crate::{
    account,
    audit::{Action, Outcome},
    context::Context,
    error::AuthError,
    extract::Client,
    verification::Verification,
};

/// What identifiers of this room begin with.
const PREFIX: &str = "reset-password:";
/// Characters of a link's secret.
const SECRET: usize = 24;

fn identifier(token: &str) -> String {
    format!("{PREFIX}{token}")
}

/// Mails the user of an address a link, if there is one. Nobody costs the same.
pub(super) async fn request(
    context: &Context,
    email: &str,
    redirect_to: Option<&str>,
    client: &Client,
) -> Result<(), AuthError> {
    if !context.mailer.is_on() {
        return Err(RESET_PASSWORD_DISABLED.into());
    }
    let user = context.db.users().find_by_email(email).await?;
    let token: String = random_alphanumeric().chars().take(SECRET).collect();
    // A link of nobody fits nobody.
    let id = user.as_ref().map_or_else(UserId::generate, |user| user.id.clone());
    let now = context.clock.now();
    let verification = Verification {
        identifier: identifier(&token),
        value: id.0,
        expires_at: now + context.email_password.reset_expires_in,
    };
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    context.verifications.put(connection, verification, now).await?;
    match &user {
        Some(user) => {
            let message = message(context, user, &token, redirect_to.unwrap_or_default());
            context.mail(connection, email, &message).await?;
        }
        None => context.mail_nobody(connection, email).await?,
    }
    let subject = user.as_ref().map(|user| &user.id);
    let action = Action::RequestPasswordReset;
    context.audit_nobody(connection, action, subject, client, Outcome::Done).await?;
    transaction.commit().await?;
    context.mailer.wake();
    Ok(())
}

fn message(context: &Context, user: &User, token: &str, redirect_to: &str) -> Message {
    let path = format!("/reset-password/{token}");
    Message::Reset {
        name: user.name.clone(),
        url: context.link(&path, &[("callbackURL", redirect_to)]),
        expires_in: Some(context.email_password.reset_expires_in),
    }
}

/// Whether a link's secret still counts; it stays.
pub(super) async fn is_valid(context: &Context, token: &str) -> Result<bool> {
    let now = context.clock.now();
    let found = context.verifications.find(context.db.reader(), &identifier(token), now).await?;
    Ok(found.is_some())
}

/// Sets another password, once per link. All links and, unless configured otherwise,
/// all sessions of the user end.
pub(super) async fn reset(
    context: &Context,
    token: &str,
    password: SecretString,
    client: &Client,
) -> Result<(), AuthError> {
    context.passwords.check_new(&password)?;
    let now = context.clock.now();
    let identifier = identifier(token);
    // Before the work of hashing, which a made-up secret is not worth.
    let found = context.verifications.find(context.db.reader(), &identifier, now).await?;
    let id = UserId(found.ok_or(INVALID_TOKEN)?);
    let hash = context.passwords.hash(password).await?;
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let user = transaction.users().find_locked(&id).await?;
    let user = user.filter(|user| user.deleted_at.is_none()).ok_or(USER_NOT_FOUND)?;
    if context.verifications.take(connection, &identifier, now).await?.is_none() {
        return Err(INVALID_TOKEN.into());
    }
    account::set_password(connection, &id, hash, now).await?;
    forget(connection, context, &id).await?;
    if context.email_password.revoke_sessions_on_reset {
        context.sessions.delete_all(connection, &id, None).await?;
    }
    context.audit(connection, Action::ResetPassword, &id, client, Outcome::Done).await?;
    if context.mailer.is_on() {
        let message = Message::PasswordChanged { name: user.name };
        context.mail(connection, &user.email, &message).await?;
    }
    transaction.commit().await?;
    context.mailer.wake();
    Ok(())
}

/// Voids all links of a user.
pub(crate) async fn forget<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &UserId,
) -> Result<()> {
    context.verifications.forget(db, PREFIX, user.as_str()).await
}

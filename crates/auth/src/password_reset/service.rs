//! Making links, and taking them.

use domain::{Result, User, UserId, id::random_alphanumeric};
use mailer::Message;
use secrecy::SecretString;

use super::error::{INVALID_TOKEN, RESET_PASSWORD_DISABLED};
use crate::{
    account,
    audit::{Action, Outcome},
    context::Context,
    error::AuthError,
    extract::Client,
    verification::{Link, Verification},
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
    let nobody = || Link { user: UserId::generate(), epoch: Some(0) };
    let link = user.as_ref().map_or_else(nobody, Link::of);
    let now = context.clock.now();
    let verification = Verification {
        identifier: identifier(&token),
        link,
        expires_at: now + context.email_password.reset_expires_in,
    };
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    context.verifications.put(connection, verification, now).await?;
    let name = user.as_ref().map_or("Nobody at all", |user| &user.name);
    let message = message(context, name, &token, redirect_to.unwrap_or_default());
    match &user {
        Some(_) => context.mail(connection, email, &message).await?,
        None => context.mail_nobody(connection, email, &message).await?,
    };
    let subject = user.as_ref().map(|user| &user.id);
    let action = Action::RequestPasswordReset;
    context.audit_nobody(connection, action, subject, client, Outcome::Done).await?;
    transaction.commit().await?;
    context.mailer.wake();
    Ok(())
}

fn message(context: &Context, name: &str, token: &str, redirect_to: &str) -> Message {
    let path = format!("/reset-password/{token}");
    Message::Reset {
        name: name.to_owned(),
        url: context.link(&path, &[("callbackURL", redirect_to)]),
        expires_in: Some(context.email_password.reset_expires_in),
    }
}

/// Whose link this is the secret of, if it still counts; it stays.
pub(super) async fn user_of(context: &Context, token: &str) -> Result<Option<User>> {
    let now = context.clock.now();
    let found = context.verifications.find(context.db.reader(), &identifier(token), now).await?;
    let Some(link) = found else { return Ok(None) };
    let user = context.db.users().find(&link.user).await?;
    Ok(user.filter(|user| link.counts_for(user)))
}

/// Whether this is the secret of a link by which a password was set.
pub(super) async fn is_used(context: &Context, token: &str) -> Result<bool> {
    let (db, now) = (context.db.reader(), context.clock.now());
    context.verifications.is_used(db, &identifier(token), now).await
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
    // Before the work of hashing, which a made-up secret is not worth.
    let id = user_of(context, token).await?.ok_or(INVALID_TOKEN)?.id;
    let hash = context.passwords.hash(password).await?;
    let now = context.clock.now();
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let user = transaction.users().find_locked(&id).await?.ok_or(INVALID_TOKEN)?;
    let link = context.verifications.take(connection, &identifier(token), now).await?;
    if !link.is_some_and(|link| link.counts_for(&user)) {
        return Err(INVALID_TOKEN.into());
    }
    let until = now + context.email_password.reset_expires_in;
    context.verifications.note_used(connection, &identifier(token), until, now).await?;
    account::set_password(connection, &id, hash, now).await?;
    let user = context.invalidate_links(connection, user).await?;
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

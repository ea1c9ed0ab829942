//! Mailing links, and resetting passwords.

use domain::{Result, User, UserId, id::random_alphanumeric};
use mailer::{Message, Recipient};
use sea_orm::ConnectionTrait;
use secrecy::SecretString;

use super::error::{INVALID_TOKEN, RESET_PASSWORD_DISABLED};
use crate::{
    account,
    audit::{self, Action, Actor, Outcome},
    context::Context,
    epoch,
    error::AuthError,
    extract::Client,
    mail, mailbox,
    password::PasswordHash,
    session,
    verification::{self, Link, Verification},
};

/// The prefix of this module's identifiers.
const PREFIX: &str = "reset-password:";
/// The length of a link's secret in characters.
const SECRET_LEN: usize = 24;

fn identifier(token: &str) -> String {
    format!("{PREFIX}{token}")
}

/// Mails a link to the user with this address, or simulates it if no user has the address.
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
    let token: String = random_alphanumeric().chars().take(SECRET_LEN).collect();
    // The link of a user id that does not exist is invalid.
    let simulated = || Link { user: UserId::generate(), epoch: Some(0) };
    let link = user.as_ref().map_or_else(simulated, Link::of);
    let now = context.clock.now();
    let verification = Verification {
        identifier: identifier(&token),
        link,
        expires_at: now + context.config.email_password.reset_expires_in,
    };
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    verification::Store::of(context).put(connection, verification, now).await?;
    let name = user.as_ref().map_or("Simulated user", |user| &user.name);
    let message = message(context, name, &token, redirect_to.unwrap_or_default());
    let to = match &user {
        Some(_) => Recipient::User(email),
        None => Recipient::Simulated(email),
    };
    mail::send(connection, context, to, &message).await?;
    let actor = Actor::Anonymous { subject: user.as_ref().map(|user| &user.id) };
    let action = Action::RequestPasswordReset;
    audit::record(connection, context, action, actor, client, Outcome::Done).await?;
    transaction.commit().await?;
    context.mailer.wake();
    Ok(())
}

fn message(context: &Context, name: &str, token: &str, redirect_to: &str) -> Message {
    let path = format!("/reset-password/{token}");
    Message::Reset {
        name: name.to_owned(),
        url: context.url_for(&path, &[("callbackURL", redirect_to)]),
        expires_in: Some(context.config.email_password.reset_expires_in),
    }
}

/// Finds the user of a valid link. Does not take the link.
pub(super) async fn user_of(context: &Context, token: &str) -> Result<Option<User>> {
    let now = context.clock.now();
    let found =
        verification::Store::of(context).find(context.db.reader(), &identifier(token), now).await?;
    let Some(link) = found else { return Ok(None) };
    let user = context.db.users().find(&link.user).await?;
    Ok(user.filter(|user| link.is_valid_for(user)))
}

/// Whether a password was reset with this link.
pub(super) async fn is_used(context: &Context, token: &str) -> Result<bool> {
    let (db, now) = (context.db.reader(), context.clock.now());
    verification::Store::of(context).is_used(db, &identifier(token), now).await
}

/// Sets another password, once per link. Ends all links and, unless configured otherwise, all
/// sessions of the user.
pub(super) async fn reset(
    context: &Context,
    token: &str,
    password: SecretString,
    client: &Client,
) -> Result<(), AuthError> {
    context.passwords.check_new(&password)?;
    // Checked before the password is hashed, so that an invalid link costs no hashing.
    let id = user_of(context, token).await?.ok_or(INVALID_TOKEN)?.id;
    let hash = context.passwords.hash(password).await?;
    let now = context.clock.now();
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let user = transaction.users().find_locked(&id).await?.ok_or(INVALID_TOKEN)?;
    let link = verification::Store::of(context).take(connection, &identifier(token), now).await?;
    if !link.is_some_and(|link| link.is_valid_for(&user)) {
        return Err(INVALID_TOKEN.into());
    }
    let until = now + context.config.email_password.reset_expires_in;
    verification::Store::of(context).record_use(connection, &identifier(token), until, now).await?;
    let user = set_password(connection, context, user, hash, client).await?;
    transaction.commit().await?;
    session::Store::of(context).user_changed(&user).await?;
    context.mailer.wake();
    Ok(())
}

/// Sets the password of a user who proved that they own the mailbox. Ends all links and, unless
/// configured otherwise, all sessions. The caller has locked the row. Returns the user.
///
/// A user whose address was not verified loses everything that another person may have prepared,
/// and all sessions in any case.
pub(crate) async fn set_password<C: ConnectionTrait>(
    connection: &C,
    context: &Context,
    user: User,
    hash: PasswordHash,
    client: &Client,
) -> Result<User> {
    let was_unverified = !user.email_verified;
    let user = if was_unverified {
        delete_prepared(connection, context, user, client).await?
    } else {
        user
    };
    replace_password(connection, context, user, (hash, was_unverified), client).await
}

/// Sets the password of a user who proved their identity otherwise than by their mailbox.
/// Otherwise as [`set_password`]; ends all sessions anyway if `ends_sessions`.
pub(crate) async fn replace_password<C: ConnectionTrait>(
    connection: &C,
    context: &Context,
    user: User,
    (hash, ends_sessions): (PasswordHash, bool),
    client: &Client,
) -> Result<User> {
    let id = user.id.clone();
    account::set_password(connection, &id, hash, context.clock.now()).await?;
    let user = account::end_guest(connection, context, user).await?;
    let user = epoch::invalidate_links(connection, context, user).await?;
    if context.config.email_password.revoke_sessions_on_reset || ends_sessions {
        session::Store::of(context).delete_all(connection, &id, None).await?;
    }
    audit::record(connection, context, Action::ResetPassword, &id, client, Outcome::Done).await?;
    if context.mailer.is_on() {
        let message = Message::PasswordChanged { name: user.name.clone() };
        mail::send(connection, context, Recipient::User(&user.email), &message).await?;
    }
    Ok(user)
}

/// Deletes the accounts at providers that are not trusted, and the credentials of plugins, of a user
/// whose address was not verified before. An attacker may have signed up with the address, here or
/// at a provider that does not verify addresses; the owner of the mailbox must not share the user
/// with them.
async fn delete_prepared<C: ConnectionTrait>(
    connection: &C,
    context: &Context,
    user: User,
    client: &Client,
) -> Result<User> {
    let trusted = &context.config.oauth.linking.trusted_providers;
    if account::delete_linked(connection, &user.id, trusted).await? > 0 {
        let (action, outcome) = (Action::UnlinkAccount, Outcome::Done);
        audit::record(connection, context, action, &user.id, client, outcome).await?;
    }
    mailbox::delete_plugin_credentials(connection, context, user).await
}

//! The two steps of a change of address.

use domain::{Error, Permit, Result, User, ability::Update};
use mailer::{Message, Recipient};
use sea_orm::ConnectionTrait;

use super::{
    error::{EMAIL_TAKEN, INVALID_USER},
    service::{Holder, holder, link, note_used},
    token::{Purpose, Received, Token},
};
use crate::{
    audit::{self, Action, Outcome},
    context::Context,
    epoch,
    error::AuthError,
    extract::Client,
    mail,
    session::{self, CurrentSession},
};

/// Refuses somebody who is signed in as somebody else.
fn check_session(user: &User, current: Option<&CurrentSession>) -> Result<(), AuthError> {
    match current {
        Some(current) if current.user.id != user.id => Err(INVALID_USER.into()),
        _ => Ok(()),
    }
}

/// The old address allowed it, once: mails the link that proves the new one.
pub(super) async fn confirm(
    context: &Context,
    received: &Received<'_>,
    to: &str,
    current: Option<&CurrentSession>,
    callback: Option<&str>,
    client: &Client,
) -> Result<(), AuthError> {
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let Holder { user, is_done } = holder(context, &transaction, received).await?;
    check_session(&user, current)?;
    if is_done {
        return Ok(());
    }
    note_used(connection, context, received).await?;
    // The next link is of the next epoch, so that this one is used up.
    let user = epoch::invalidate_links(connection, context, user).await?;
    let next = Token::of(&user, Purpose::VerifyChange(to.to_owned()));
    let (name, new_email) = (user.name.clone(), to.to_owned());
    let message = Message::ChangeEmailVerification {
        name: name.clone(),
        url: link(context, &next, callback),
        expires_in: Some(context.config.email_verification.expires_in),
    };
    // A pending sign-up gives way when the address is taken.
    let owner = transaction.users().find_by_email(to).await?;
    let is_free = owner.is_none_or(|owner| owner.pending);
    let recipient = if is_free { Recipient::User(to) } else { Recipient::Simulated(to) };
    mail::send(connection, context, recipient, &message).await?;
    let notice = Message::EmailChangeConfirmed { name, new_email };
    mail::send(connection, context, Recipient::User(&user.email), &notice).await?;
    let (action, outcome) = (Action::ConfirmEmailChange, Outcome::Done);
    audit::record(connection, context, action, &user.id, client, outcome).await?;
    transaction.commit().await?;
    context.mailer.wake();
    Ok(())
}

/// The new address agreed: takes it, once. As in better-auth it counts as verified if the
/// one before did. The user, and whether they had it before.
pub(super) async fn take(
    context: &Context,
    received: &Received<'_>,
    to: &str,
    current: Option<&CurrentSession>,
    client: &Client,
) -> Result<(User, bool), AuthError> {
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let Holder { user, is_done } = holder(context, &transaction, received).await?;
    check_session(&user, current)?;
    if is_done {
        return Ok((user, true));
    }
    note_used(connection, context, received).await?;
    let (now, is_verified) = (context.clock.now(), user.email_verified);
    let permit = Permit::system("change-email", Update, user);
    let changed = transaction.users().set_email(permit, to, is_verified, now).await;
    let user = changed.map_err(|error| match error {
        Error::Conflict { .. } => EMAIL_TAKEN.into(),
        error => AuthError::from(error),
    })?;
    // Links were mailed to the address that the user leaves.
    let user = epoch::invalidate_links(connection, context, user).await?;
    notify_old_address(connection, context, &user, &received.token.email).await?;
    audit::record(connection, context, Action::ChangeEmail, &user.id, client, Outcome::Done)
        .await?;
    transaction.commit().await?;
    session::Store::of(context).user_changed(&user).await?;
    context.mailer.wake();
    Ok((user, false))
}

/// Tells the address that a user has left.
pub(crate) async fn notify_old_address<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: &User,
    left: &str,
) -> Result<()> {
    let (name, new_email) = (user.name.clone(), user.email.clone());
    let notice = Message::EmailChanged { name, new_email };
    mail::send(db, context, Recipient::User(left), &notice).await?;
    Ok(())
}

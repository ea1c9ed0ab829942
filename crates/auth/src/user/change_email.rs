//! `change-email`: the first step. Mailed links complete the change, see
//! [`email_verification`](crate::email_verification).

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use domain::{Error, User, ability::Update};
use mailer::{Message, Recipient};
use serde_json::json;

use super::error::{CHANGE_EMAIL_DISABLED, EMAIL_IS_THE_SAME, VERIFICATION_EMAIL_NOT_ENABLED};
use crate::{
    audit::{self, Action, Outcome},
    context::Context,
    email_verification::{self, Purpose, Token},
    epoch,
    error::AuthError,
    extract::{Client, Fields, Input},
    mail,
    session::{self, CurrentSession, FreshSession, SessionAndInput},
    sign_in::UserSession,
};

/// The outcome in the audit log; the response does not reveal it.
const TAKEN: &str = "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL";

pub(super) struct ChangeEmail {
    new_email: String,
    callback_url: Option<String>,
}

impl Input for ChangeEmail {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            new_email: fields.claimed_email("newEmail"),
            callback_url: fields.optional_string("callbackURL").map(str::to_owned),
        }
    }
}

/// Changes the address at once, or mails the next step. The response does not reveal whether the
/// address is free: for a taken one the mail is simulated. Requires a fresh session.
pub(super) async fn change(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    SessionAndInput(FreshSession(current), input): SessionAndInput<FreshSession, ChangeEmail>,
) -> Result<Response, AuthError> {
    let ChangeEmail { new_email, callback_url } = input;
    if !context.config.user.change_email {
        return Err(CHANGE_EMAIL_DISABLED.into());
    }
    if new_email == current.user.email {
        return Err(EMAIL_IS_THE_SAME.into());
    }
    let at_once = context.config.user.change_unverified_email && !current.user.email_verified;
    if !at_once && !context.mailer.is_on() {
        return Err(VERIFICATION_EMAIL_NOT_ENABLED.into());
    }
    let done = Json(json!({ "status": true })).into_response();
    let callback = callback_url.as_deref();
    // A pending sign-up does not own its address.
    let owner = context.db.users().find_by_email(&new_email).await?;
    let is_free = owner.is_none_or(|owner| owner.pending);
    if at_once && is_free {
        let Some(user) = change_at_once(&context, &current, &new_email, callback, &client).await?
        else {
            return Ok(done);
        };
        return Ok(
            UserSession::current(user, current).with_session_cookies(&context, &headers, done)
        );
    }
    mail_next_step(&context, &current.user, &new_email, is_free, callback, &client).await?;
    Ok(done)
}

/// Mails the next step, or simulates it if the address is taken. Notifies the old address.
async fn mail_next_step(
    context: &Context,
    user: &User,
    new_email: &str,
    is_free: bool,
    callback: Option<&str>,
    client: &Client,
) -> Result<(), AuthError> {
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let (address, message) = next_step(context, user, new_email, callback);
    // A missing mail to the user's own address would reveal a taken one.
    let (to, outcome) = if is_free || user.email_verified {
        (Recipient::User(address), Outcome::Done)
    } else {
        (Recipient::Simulated(address), Outcome::Refused(TAKEN))
    };
    mail::send(connection, context, to, &message).await?;
    // A verified old address gets the link itself.
    if !user.email_verified {
        let (name, new_email) = (user.name.clone(), new_email.to_owned());
        let notice = Message::EmailChangeRequested { name, new_email };
        mail::send(connection, context, Recipient::User(&user.email), &notice).await?;
    }
    audit::record(connection, context, Action::RequestEmailChange, &user.id, client, outcome)
        .await?;
    transaction.commit().await?;
    context.mailer.wake();
    Ok(())
}

/// The mail of the next step: to the old address if it is verified, else to the new one.
fn next_step<'a>(
    context: &Context,
    user: &'a User,
    new_email: &'a str,
    callback: Option<&str>,
) -> (&'a str, Message) {
    let token = |purpose| email_verification::link(context, &Token::of(user, purpose), callback);
    let name = user.name.clone();
    let expires_in = Some(context.config.email_verification.expires_in);
    if user.email_verified {
        let url = token(Purpose::ConfirmChange(new_email.to_owned()));
        let new_email = new_email.to_owned();
        let message = Message::ChangeEmailConfirmation { name, new_email, url, expires_in };
        (user.email.as_str(), message)
    } else {
        let url = token(Purpose::VerifyChange(new_email.to_owned()));
        (new_email, Message::ChangeEmailVerification { name, url, expires_in })
    }
}

/// Changes the address without a link. Returns `None` if another user took it meanwhile.
async fn change_at_once(
    context: &Context,
    current: &CurrentSession,
    new_email: &str,
    callback: Option<&str>,
    client: &Client,
) -> Result<Option<User>, AuthError> {
    let viewer = current.current_user();
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let user = transaction.users().find_locked(&current.user.id).await?;
    // A concurrent request changed or verified the address, or invalidated links.
    let unchanged = |user: &User| {
        user.email == current.user.email && !user.email_verified && user.epoch == current.user.epoch
    };
    let Some(user) = user.filter(unchanged) else { return Ok(None) };
    let permit = context.config.abilities.for_viewer(Some(&viewer)).permit(Update, user)?;
    let now = context.clock.now();
    let user = match transaction
        .users()
        .set_email(permit, new_email, false, context.config.user.owned_tables, now)
        .await
    {
        Err(Error::Conflict { .. }) => return Ok(None),
        changed => changed?,
    };
    // Links were mailed to the old address.
    let user = epoch::invalidate_links(connection, context, user).await?;
    audit::record(connection, context, Action::ChangeEmail, &user.id, client, Outcome::Done)
        .await?;
    if context.mailer.is_on() {
        email_verification::notify_old_address(connection, context, &user, &current.user.email)
            .await?;
        let to = Recipient::User(&user.email);
        email_verification::send_link(connection, context, to, &user, callback).await?;
    }
    transaction.commit().await?;
    session::Store::of(context).user_changed(&user).await?;
    context.mailer.wake();
    Ok(Some(user))
}

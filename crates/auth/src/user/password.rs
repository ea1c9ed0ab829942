//! `change-password`, `verify-password`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use mailer::{Message, Recipient};
use secrecy::SecretString;
use serde_json::json;

use super::error::{CREDENTIAL_ACCOUNT_NOT_FOUND, INVALID_PASSWORD};
use crate::{
    account,
    audit::{self, Action, Outcome},
    context::Context,
    cookie, epoch,
    error::AuthError,
    extract::{Client, Fields, Input},
    mail,
    password::{PasswordHash, Verdict, try_own_password},
    session::{self, CurrentSession, SessionAndInput},
    sign_in::{self, Attempt, Method, Proof, UserSession, device_cookies},
    views::UserView,
};

/// Checks the password of a signed-in user. Returns the stored hash if the password is right.
pub(crate) async fn check(
    context: &Context,
    action: Action,
    current: &CurrentSession,
    password: SecretString,
    client: &Client,
) -> Result<PasswordHash, AuthError> {
    let user = &current.user;
    let stored = account::find_password(context.db.reader(), &user.id).await?;
    let stored = stored.ok_or(CREDENTIAL_ACCOUNT_NOT_FOUND)?;
    let tried = try_own_password(context, action, current, client, password, stored.clone());
    if let Verdict::Right { .. } = tried.await? {
        return Ok(stored);
    }
    let outcome = Outcome::Refused(INVALID_PASSWORD.name);
    audit::record(context.db.writer(), context, action, &user.id, client, outcome).await?;
    Err(INVALID_PASSWORD.into())
}

pub(super) struct VerifyPassword {
    password: SecretString,
}

impl Input for VerifyPassword {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self { password: fields.string("password").unwrap_or_default().into() }
    }
}

pub(super) async fn verify(
    State(context): State<Arc<Context>>,
    client: Client,
    SessionAndInput(current, input): SessionAndInput<CurrentSession, VerifyPassword>,
) -> Result<Response, AuthError> {
    context.passwords.check_tried(&input.password)?;
    let checked = check(&context, Action::VerifyPassword, &current, input.password, &client).await;
    match checked {
        Ok(_) => Ok(Json(json!({ "status": true })).into_response()),
        // A user without a password gets the response for a wrong one.
        Err(AuthError::Refused(refusal))
            if refusal.code == Some(CREDENTIAL_ACCOUNT_NOT_FOUND.name) =>
        {
            Err(INVALID_PASSWORD.into())
        }
        Err(error) => Err(error),
    }
}

pub(super) struct ChangePassword {
    new: SecretString,
    current: SecretString,
    revoke_others: bool,
}

impl Input for ChangePassword {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            new: fields.string("newPassword").unwrap_or_default().into(),
            current: fields.string("currentPassword").unwrap_or_default().into(),
            revoke_others: fields.optional_boolean("revokeOtherSessions").unwrap_or_default(),
        }
    }
}

pub(super) async fn change(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    SessionAndInput(current, input): SessionAndInput<CurrentSession, ChangePassword>,
) -> Result<Response, AuthError> {
    let ChangePassword { new, current: old, revoke_others } = input;
    context.passwords.check_new(&new)?;
    context.passwords.check_tried(&old)?;
    let stored = check(&context, Action::ChangePassword, &current, old, &client).await?;
    let hash = context.passwords.hash(new).await?;
    let (user, lifetime) = (current.user.clone(), current.lifetime);
    let device = device_cookies(&context, &user.id, &hash, lifetime, &headers);
    let signed_in = replace(&context, current, stored, hash, revoke_others, &client).await?;
    let token = signed_in.as_ref().map(|signed_in| signed_in.session.token.as_str());
    let body = json!({ "token": token, "user": UserView::new(&user, &context.config.plugins) });
    let response = cookie::with(Json(body).into_response(), device);
    Ok(match &signed_in {
        Some(signed_in) => signed_in.with_session_cookies(&context, &headers, response),
        None => response,
    })
}

/// Stores the new password, unless a concurrent request changed it, and invalidates the links
/// that were mailed before. With `revoke_others` all sessions end and a new one begins.
async fn replace(
    context: &Context,
    current: CurrentSession,
    old: PasswordHash,
    new: PasswordHash,
    revoke_others: bool,
    client: &Client,
) -> Result<Option<Box<UserSession>>, AuthError> {
    let CurrentSession { user, lifetime, .. } = current;
    let id = user.id;
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let now = context.clock.now();
    let user = transaction.users().find_locked(&id).await?.ok_or(INVALID_PASSWORD)?;
    if !account::replace_password(connection, &id, old, new, now).await? {
        return Err(INVALID_PASSWORD.into());
    }
    let user = epoch::invalidate_links(connection, context, user).await?;
    audit::record(connection, context, Action::ChangePassword, &id, client, Outcome::Done).await?;
    if context.mailer.is_on() {
        let message = Message::PasswordChanged { name: user.name.clone() };
        mail::send(connection, context, Recipient::User(&user.email), &message).await?;
    }
    let signed_in = if revoke_others {
        session::Store::of(context).delete_all(connection, &id, None).await?;
        let (method, proof) = (Method::OwnSession, Proof::Session);
        let attempt = Attempt { user, method, proof, lifetime, client };
        Some(sign_in::sign_in(connection, context, attempt).await?.session()?)
    } else {
        None
    };
    transaction.commit().await?;
    context.mailer.wake();
    Ok(signed_in)
}

//! `delete-user`, `delete-user/callback`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use domain::{UserId, ability::Delete, id::random_alphanumeric};
use mailer::{Message, Recipient};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{
    error::{FAILED_TO_GET_USER_INFO, INVALID_TOKEN, NOT_FOUND, SESSION_EXPIRED},
    password,
    records::delete_records,
};
use crate::{
    audit::{self, Action, Outcome},
    context::Context,
    cookie,
    error::AuthError,
    error_code::UNAUTHORIZED,
    error_page,
    extract::{Client, Fields, Input, JSON, Query},
    mail,
    page::{Destination, HOME, Page, is_navigation},
    redirect,
    session::{CurrentSession, MaybeSession, SessionAndInput, is_fresh},
    verification::{self, Link, Verification},
};

/// The prefix of this module's identifiers.
const PREFIX: &str = "delete-account-";

fn identifier(token: &str) -> String {
    format!("{PREFIX}{token}")
}

/// The messages after a user was deleted, and after a link was mailed.
pub(super) const DELETED: &str = "User deleted";
pub(super) const LINK_SENT: &str = "Verification email sent";

pub(super) struct DeleteUser {
    callback_url: Option<String>,
    password: Option<SecretString>,
    token: Option<String>,
}

impl Input for DeleteUser {
    fn read(fields: &mut Fields<'_>) -> Self {
        let mut given = |name| fields.optional_string(name).filter(|text| !text.is_empty());
        Self {
            callback_url: given("callbackURL").map(str::to_owned),
            password: given("password").map(SecretString::from),
            token: given("token").map(str::to_owned),
        }
    }
}

pub(super) async fn delete(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    SessionAndInput(current, input): SessionAndInput<CurrentSession, DeleteUser>,
) -> Result<Response, AuthError> {
    if !context.config.user.delete {
        // better-auth sends this type even for an empty body.
        return Ok((StatusCode::NOT_FOUND, [(CONTENT_TYPE, JSON)]).into_response());
    }
    let DeleteUser { callback_url, password, token } = input;
    let by_password = password.is_some();
    if let Some(password) = password {
        context.passwords.check_tried(&password)?;
        password::check(&context, Action::DeleteUser, &current, password, &client).await?;
    }
    if token.is_none() && context.config.user.delete_by_mail {
        mail_link(&context, &current, callback_url.as_deref(), &client).await?;
        let body = json!({ "success": true, "message": LINK_SENT });
        return Ok(Json(body).into_response());
    }
    if token.is_none() && !by_password && !is_fresh(&context, &current.session) {
        return Err(SESSION_EXPIRED.into());
    }
    let deletion = delete_user(&context, &current, token.as_deref(), &client).await?;
    Ok(deletion.expire_cookies(&context, &headers, Json(deleted()).into_response()))
}

fn deleted() -> Value {
    json!({ "success": true, "message": DELETED })
}

pub(super) struct OpenLink {
    token: String,
    callback_url: Option<String>,
}

impl Input for OpenLink {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            token: fields.string("token").unwrap_or_default().to_owned(),
            callback_url: fields.optional_string("callbackURL").map(str::to_owned),
        }
    }
}

/// Handles a link that was opened.
pub(super) async fn open_link(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    Query(input): Query<OpenLink>,
    MaybeSession(current): MaybeSession,
) -> Result<Response, AuthError> {
    let deletion = match use_link(&context, current, &input.token, &client).await {
        Err(AuthError::Refused(refusal)) if is_navigation(&headers) => {
            return error_page::redirect_to(&context, &refusal);
        }
        deletion => deletion?,
    };
    let response = match Destination::of(&headers, input.callback_url.as_deref()) {
        Destination::Target(url) => redirect::to(url)?,
        Destination::Page => {
            Page::new("Your account was deleted", "Nothing is left to do.").link(HOME).response()?
        }
        Destination::Program => Json(deleted()).into_response(),
    };
    Ok(deletion.expire_cookies(&context, &headers, response))
}

/// Deletes the user of the session with which a link is opened. Opening a used link again gives
/// the same response, except with another user's session, whose account was not deleted.
async fn use_link(
    context: &Context,
    current: Option<CurrentSession>,
    token: &str,
    client: &Client,
) -> Result<Deletion, AuthError> {
    if !context.config.user.delete {
        return Err(NOT_FOUND.into());
    }
    let now = context.clock.now();
    match current {
        Some(current) => delete_user(context, &current, Some(token), client).await,
        None if verification::Store::of(context)
            .is_used(context.db.reader(), &identifier(token), now)
            .await? =>
        {
            Ok(Deletion::Before)
        }
        None => Err(FAILED_TO_GET_USER_INFO.into()),
    }
}

/// Mails the link that deletes the account.
async fn mail_link(
    context: &Context,
    current: &CurrentSession,
    callback: Option<&str>,
    client: &Client,
) -> Result<(), AuthError> {
    let user = &current.user;
    let token = random_alphanumeric().to_ascii_lowercase();
    let now = context.clock.now();
    let verification = Verification {
        identifier: identifier(&token),
        link: Link::of(user),
        expires_at: now + context.config.user.delete_expires_in,
    };
    let query = [("token", token.as_str()), ("callbackURL", callback.unwrap_or(HOME))];
    let message = Message::DeleteAccount {
        name: user.name.clone(),
        url: context.url_for("/delete-user/callback", &query),
        expires_in: Some(context.config.user.delete_expires_in),
    };
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    verification::Store::of(context).put(connection, verification, now).await?;
    mail::send(connection, context, Recipient::User(&user.email), &message).await?;
    audit::record(connection, context, Action::RequestDeletion, &user.id, client, Outcome::Done)
        .await?;
    transaction.commit().await?;
    context.mailer.wake();
    Ok(())
}

/// When the user was deleted.
enum Deletion {
    Now,
    /// With the same link, which was opened before.
    Before,
}

impl Deletion {
    /// Removes the cookies of the user whom this request deleted. After an earlier deletion
    /// another user may be signed in with this browser.
    fn expire_cookies(
        &self,
        context: &Context,
        headers: &HeaderMap,
        response: Response,
    ) -> Response {
        match self {
            Self::Now => cookie::with(response, context.cookies.expire_all(headers)),
            Self::Before => response,
        }
    }
}

/// Deletes everything of the user except their tombstone, if `token` is their link or no link is
/// required.
async fn delete_user(
    context: &Context,
    current: &CurrentSession,
    token: Option<&str>,
    client: &Client,
) -> Result<Deletion, AuthError> {
    let id: &UserId = &current.user.id;
    let viewer = current.current_user();
    let permit =
        context.config.abilities.for_viewer(Some(&viewer)).permit(Delete, current.user.clone())?;
    let now = context.clock.now();
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    let user = transaction.users().find_locked(id).await?.ok_or(UNAUTHORIZED)?;
    if let Some(token) = token {
        let identifier = identifier(token);
        // A concurrent request deleted the user after this session was read.
        if user.deleted_at.is_some()
            && verification::Store::of(context).is_used(connection, &identifier, now).await?
        {
            return Ok(Deletion::Before);
        }
        let found = verification::Store::of(context).find(connection, &identifier, now).await?;
        // Another user's link remains valid.
        if !found.is_some_and(|link| link.is_valid_for(&user))
            || verification::Store::of(context).take(connection, &identifier, now).await?.is_none()
        {
            return Err(INVALID_TOKEN.into());
        }
        let until = now + context.config.user.delete_expires_in;
        verification::Store::of(context).record_use(connection, &identifier, until, now).await?;
    }
    delete_records(connection, context, id).await?;
    transaction.users().delete(permit, now).await?;
    audit::record(connection, context, Action::DeleteUser, id, client, Outcome::Done).await?;
    transaction.commit().await?;
    Ok(Deletion::Now)
}

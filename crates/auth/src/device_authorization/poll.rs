//! `device/token`: a device client polls, and receives the token of a new session after the approval.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use database::Transaction;
use domain::User;
use serde_json::json;

use super::{
    error::{
        ACCESS_DENIED, CLIENT_ID_MISMATCH, EXPIRED_DEVICE_CODE, INVALID_CLIENT,
        INVALID_DEVICE_CODE, INVALID_STATUS, PENDING, SLOW_DOWN, USER_NOT_FOUND,
    },
    input::TokenRequest,
    request::uncached,
    store::{self, DeviceRequest, Status},
};
use crate::{
    context::Context,
    error::AuthError,
    error_code::OauthError,
    extract::{Body, Client},
    session::{Lifetime, Token},
    sign_in::{self, Attempt, Method, Outcome, Proof},
};

pub(super) async fn poll(
    State(context): State<Arc<Context>>,
    client: Client,
    Body(input): Body<TokenRequest>,
) -> Response {
    uncached(respond(&context, &client, &input).await.into_response())
}

async fn respond(
    context: &Context,
    client: &Client,
    input: &TokenRequest,
) -> Result<Response, AuthError> {
    if !context.config.plugins.device_authorization.allows(&input.client_id) {
        return Err(INVALID_CLIENT.into());
    }
    let transaction = context.db.begin().await?;
    let polled = redeem(&transaction, context, input, client).await?;
    // The time of a refused poll is noted, too.
    transaction.commit().await?;
    let (outcome, scope) = polled?;
    let session = outcome.session()?.session;
    let life = session.expires_at - context.clock.now();
    let body = json!({
        "access_token": bearer_token(context, &session.token),
        "token_type": "Bearer",
        "expires_in": life.num_seconds(),
        "scope": scope,
    });
    Ok(Json(body).into_response())
}

/// The token as the header `Authorization: Bearer` accepts it: signed, if the settings require it.
fn bearer_token(context: &Context, token: &Token) -> String {
    if context.config.session.bearer_requires_signature {
        context.cookies.signer().sign(token.as_str())
    } else {
        token.as_str().to_owned()
    }
}

/// Signs the user in who approved, and deletes the request. The row is locked, so that of
/// concurrent polls one succeeds. The user is locked before it, as by everything that ends their
/// sessions and requests. Returns the granted scope, too.
///
/// The outer error is internal and rolls back. The inner error refuses the poll; the caller commits
/// what the poll wrote.
async fn redeem(
    transaction: &Transaction,
    context: &Context,
    input: &TokenRequest,
    client: &Client,
) -> domain::Result<Result<(Outcome, String), OauthError>> {
    let (db, now) = (transaction.connection(), context.clock.now());
    let Some(seen) = store::find_by_device_code(db, &input.device_code).await? else {
        return Ok(Err(INVALID_DEVICE_CODE));
    };
    let user = match &seen.user_id {
        Some(id) => transaction.users().find_locked(id).await?,
        None => None,
    };
    let found = store::find_by_device_code_locked(db, &input.device_code).await?;
    let Some(request) = found else { return Ok(Err(INVALID_DEVICE_CODE)) };
    if let Err(refusal) = check_poll(&request, &input.client_id, now) {
        return Ok(Err(refusal));
    }
    store::note_poll(db, &request.id, now).await?;
    if request.user_id != seen.user_id {
        // A user claimed the request a moment ago. The next poll locks them first.
        return Ok(Err(PENDING));
    }
    let user = match approver(&request, user, now) {
        Ok(user) => user,
        Err(refusal) => {
            if matches!(refusal, EXPIRED_DEVICE_CODE | ACCESS_DENIED) {
                store::delete(db, &request.id).await?;
            }
            return Ok(Err(refusal));
        }
    };
    if !store::delete(db, &request.id).await? {
        return Ok(Err(INVALID_DEVICE_CODE));
    }
    let attempt = Attempt {
        user,
        method: Method::DeviceAuthorization,
        // The session that approved has all factors.
        proof: Proof::Session,
        lifetime: Lifetime::Remembered,
        client,
    };
    let outcome = sign_in::sign_in(db, context, attempt).await?;
    Ok(Ok((outcome, request.scope.unwrap_or_default())))
}

/// Refuses a poll of another device client, or one that comes too early.
fn check_poll(
    request: &DeviceRequest,
    client_id: &str,
    now: DateTime<Utc>,
) -> Result<(), OauthError> {
    if request.client_id.as_deref().is_some_and(|id| id != client_id) {
        return Err(CLIENT_ID_MISMATCH);
    }
    let interval = TimeDelta::milliseconds(request.polling_interval.unwrap_or_default().into());
    let is_early = |last: DateTime<Utc>| now - last < interval && last <= now;
    if request.last_polled_at.is_some_and(is_early) { Err(SLOW_DOWN) } else { Ok(()) }
}

/// The user who approved the request, out of the one who claimed it.
fn approver(
    request: &DeviceRequest,
    claimed_by: Option<User>,
    now: DateTime<Utc>,
) -> Result<User, OauthError> {
    if request.expires_at < now {
        return Err(EXPIRED_DEVICE_CODE);
    }
    match (&request.status, &request.user_id) {
        (Status::Pending, _) => Err(PENDING),
        (Status::Denied, _) => Err(ACCESS_DENIED),
        (Status::Approved, Some(_)) => {
            claimed_by.filter(|user| user.deleted_at.is_none()).ok_or(USER_NOT_FOUND)
        }
        _ => Err(INVALID_STATUS),
    }
}

//! `device`, `device/approve`, `device/deny`: a signed-in user reviews the request of a device client,
//! which claims it for them, and approves or denies it.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use domain::Result;
use serde::Serialize;
use serde_json::json;

use super::{
    code,
    error::{
        ALREADY_PROCESSED, AUTHENTICATION_REQUIRED, EXPIRED_USER_CODE, INVALID_USER_CODE,
        NOT_CLAIMED, NOT_YOURS_TO_APPROVE, NOT_YOURS_TO_DENY,
    },
    input::{Decision, Review},
    store::{self, DeviceRequest, Status},
};
use crate::{
    audit::{self, Action, Outcome},
    context::Context,
    error::AuthError,
    error_code::OauthError,
    extract::{Client, Query},
    limit::Failures,
    session::{self, CurrentSession, MaybeSession, SessionAndInput},
};

/// Unknown user codes per minute that a user may send to `approve` and `deny`.
const MAX_UNKNOWN_CODES: u32 = 10;

/// The response of `device`. Only the user who claimed the request sees what it asks for.
#[derive(Serialize)]
struct Reviewed<'a> {
    user_code: &'a str,
    status: &'a str,
    #[serde(flatten)]
    asked: Option<Asked<'a>>,
}

#[derive(Serialize)]
struct Asked<'a> {
    client_id: Option<&'a str>,
    scope: Option<&'a str>,
}

pub(super) async fn review(
    State(context): State<Arc<Context>>,
    Query(input): Query<Review>,
    MaybeSession(current): MaybeSession,
) -> Result<Response, AuthError> {
    let mut request = find(&context, &input.user_code).await?.ok_or(INVALID_USER_CODE)?;
    check_expiry(&context, &request)?;
    let user = current.map(|current| current.user.id);
    if let Some(user) = &user
        && request.user_id.is_none()
        && request.status == Status::Pending
        && !store::claim(context.db.writer(), &request.id, user).await?
    {
        // Another user claimed the request, or a poll deleted it.
        request = find(&context, &input.user_code).await?.ok_or(INVALID_USER_CODE)?;
    } else if request.user_id.is_none() && request.status == Status::Pending {
        request.user_id.clone_from(&user);
    }
    let is_own = user.is_some() && request.user_id == user;
    let reviewed = Reviewed {
        user_code: &input.user_code,
        status: request.status.as_str(),
        asked: is_own.then_some(Asked {
            client_id: request.client_id.as_deref(),
            scope: request.scope.as_deref(),
        }),
    };
    Ok(Json(reviewed).into_response())
}

pub(super) async fn approve(
    State(context): State<Arc<Context>>,
    client: Client,
    SessionAndInput(MaybeSession(current), input): SessionAndInput<MaybeSession, Decision>,
) -> Result<Response, AuthError> {
    let current = current.ok_or(AUTHENTICATION_REQUIRED)?;
    decide(&context, &client, &current, &input, &Status::Approved).await
}

pub(super) async fn deny(
    State(context): State<Arc<Context>>,
    client: Client,
    SessionAndInput(MaybeSession(current), input): SessionAndInput<MaybeSession, Decision>,
) -> Result<Response, AuthError> {
    let current = current.ok_or(AUTHENTICATION_REQUIRED)?;
    decide(&context, &client, &current, &input, &Status::Denied).await
}

async fn decide(
    context: &Context,
    client: &Client,
    current: &CurrentSession,
    input: &Decision,
    status: &Status,
) -> Result<Response, AuthError> {
    let user = &current.user.id;
    let (action, not_yours) = match status {
        Status::Approved => (Action::ApproveDevice, NOT_YOURS_TO_APPROVE),
        _ => (Action::DenyDevice, NOT_YOURS_TO_DENY),
    };
    let request = find_limited(context, current, &input.user_code).await?;
    check_expiry(context, &request)?;
    if request.status != Status::Pending {
        return Err(ALREADY_PROCESSED.into());
    }
    if request.user_id.as_ref().ok_or(NOT_CLAIMED)? != user {
        let outcome = Outcome::Refused("access_denied");
        audit::record(context.db.writer(), context, action, user, client, outcome).await?;
        return Err(not_yours.into());
    }
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    session::lock_user(&transaction, context, current).await?;
    if !store::decide(connection, &request.id, user, status).await? {
        return Err(ALREADY_PROCESSED.into());
    }
    audit::record(connection, context, action, user, client, Outcome::Done).await?;
    transaction.commit().await?;
    Ok(Json(json!({ "success": true })).into_response())
}

/// Finds a request by its user code, as typed or normalized.
async fn find(context: &Context, typed: &str) -> Result<Option<DeviceRequest>> {
    // The writer: a replica may not have a request that was made a moment ago.
    let db = context.db.writer();
    let found = store::find_by_user_code(db, typed).await?;
    match code::normalized(typed) {
        Some(code) if found.is_none() => store::find_by_user_code(db, &code).await,
        _ => Ok(found),
    }
}

/// As [`find`]; a user who tries many unknown codes is refused.
async fn find_limited(
    context: &Context,
    current: &CurrentSession,
    typed: &str,
) -> Result<DeviceRequest, AuthError> {
    let Some(limiter) = &context.limiter else {
        return find(context, typed).await?.ok_or_else(|| INVALID_USER_CODE.into());
    };
    let user = &current.user.id;
    let failures = [Failures { key: format!("device-code|{user}"), max: MAX_UNKNOWN_CODES }];
    let counted = limiter.consume(&context.db, &failures).await?.map_err(AuthError::too_many)?;
    let found = find(context, typed).await?.ok_or(INVALID_USER_CODE)?;
    limiter.refund(&context.db, &failures, counted).await?;
    Ok(found)
}

fn check_expiry(context: &Context, request: &DeviceRequest) -> Result<(), OauthError> {
    if request.expires_at < context.clock.now() { Err(EXPIRED_USER_CODE) } else { Ok(()) }
}

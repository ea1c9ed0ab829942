//! `list-user-passkeys`, `update-passkey`, `delete-passkey`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use domain::UserId;
use serde::Serialize;
use serde_json::json;

use super::{
    error::{ID_MISSING, NOT_ALLOWED, PASSKEY_NOT_FOUND},
    input::{DeletePasskey, UpdatePasskey},
    store,
    view::PasskeyView,
};
use crate::{
    audit::{self, Action, Outcome},
    context::Context,
    error::AuthError,
    extract::{Client, JSON},
    session::{CurrentSession, KeepSessionCache, SessionAndInput},
};

pub(super) async fn list(
    State(context): State<Arc<Context>>,
    KeepSessionCache(current): KeepSessionCache<CurrentSession>,
) -> Result<Response, AuthError> {
    let passkeys = store::list(context.db.reader(), &current.user.id).await?;
    let passkeys: Vec<_> = passkeys.iter().map(PasskeyView::from).collect();
    Ok(Json(passkeys).into_response())
}

/// The owner of the passkey that a request names.
enum Owner {
    Own,
    Other,
}

/// Finds the owner of a passkey; refuses an id that does not exist.
async fn owner(context: &Context, user: &UserId, id: &str) -> Result<Owner, AuthError> {
    if id.is_empty() {
        return Err(ID_MISSING.into());
    }
    let passkey = store::find(context.db.reader(), id).await?.ok_or(PASSKEY_NOT_FOUND)?;
    Ok(if passkey.user_id == user.as_str() { Owner::Own } else { Owner::Other })
}

#[derive(Serialize)]
struct Renamed<'a> {
    passkey: PasskeyView<'a>,
}

pub(super) async fn update(
    State(context): State<Arc<Context>>,
    SessionAndInput(KeepSessionCache(current), input): SessionAndInput<
        KeepSessionCache<CurrentSession>,
        UpdatePasskey,
    >,
) -> Result<Response, AuthError> {
    let (user, UpdatePasskey { id, name }) = (&current.user.id, input);
    match owner(&context, user, &id).await? {
        Owner::Other => Err(NOT_ALLOWED.into()),
        Owner::Own => {
            let renamed = store::rename(context.db.writer(), user, &id, name).await?;
            let renamed = renamed.ok_or(PASSKEY_NOT_FOUND)?;
            Ok(Json(Renamed { passkey: PasskeyView::from(&renamed) }).into_response())
        }
    }
}

pub(super) async fn delete(
    State(context): State<Arc<Context>>,
    client: Client,
    SessionAndInput(KeepSessionCache(current), input): SessionAndInput<
        KeepSessionCache<CurrentSession>,
        DeletePasskey,
    >,
) -> Result<Response, AuthError> {
    let user = &current.user.id;
    if let Owner::Other = owner(&context, user, &input.id).await? {
        // better-auth's response has no body.
        return Ok((StatusCode::UNAUTHORIZED, [(CONTENT_TYPE, JSON)]).into_response());
    }
    let transaction = context.db.begin().await?;
    let connection = transaction.connection();
    if !store::delete(connection, user, &input.id).await? {
        return Err(PASSKEY_NOT_FOUND.into());
    }
    audit::record(connection, &context, Action::DeletePasskey, user, &client, Outcome::Done)
        .await?;
    transaction.commit().await?;
    Ok(Json(json!({ "status": true })).into_response())
}

//! `two-factor/enable`, `two-factor/disable`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use domain::id::random_alphanumeric;
use serde::Serialize;
use serde_json::json;

use super::{
    backup_codes, change,
    error::{OTP_NOT_CONFIGURED, TOTP_ALREADY_ENABLED, TOTP_NOT_CONFIGURED},
    factors::Factor,
    input::{Enable, NoFields, PasswordProtected},
    otp,
    store::{self, NewFactor},
    totp, trusted_device,
};
use crate::{
    audit::Action,
    context::Context,
    cookie, epoch,
    error::AuthError,
    extract::Client,
    session::{self, CurrentSession},
    sign_in::UserSession,
};

/// The response of `enable`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Enabled<'a> {
    method: Factor,
    #[serde(rename = "totpURI", skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    backup_codes: Option<&'a [String]>,
}

/// Turns codes that are sent on, or begins the set-up of an authenticator app.
pub(super) async fn enable(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    PasswordProtected { current, password, input }: PasswordProtected<Enable>,
) -> Result<Response, AuthError> {
    let action = Action::EnableTwoFactor;
    let authority = change::authorize(&context, action, &current, password, &client).await?;
    match input.factor {
        Factor::Otp if !otp::is_sent(&context, &current.user) => Err(OTP_NOT_CONFIGURED.into()),
        Factor::Totp if !context.config.plugins.two_factor.totp => Err(TOTP_NOT_CONFIGURED.into()),
        Factor::Otp => {
            let (transaction, user) = change::begin(&context, &current, authority).await?;
            let changed = (user, &current);
            let db = transaction.connection();
            let session = change::turn_on(db, &context, changed, &client).await?;
            transaction.commit().await?;
            let body = Enabled { method: Factor::Otp, uri: None, backup_codes: None };
            respond(&context, &headers, Some(&session), Json(body).into_response()).await
        }
        Factor::Totp => enable_totp(&context, &client, &headers, current, authority, input).await,
    }
}

/// Stores a new key and new backup codes. They replace those of a user who never gave a code.
async fn enable_totp(
    context: &Context,
    client: &Client,
    headers: &HeaderMap,
    current: CurrentSession,
    authority: change::Authority,
    input: Enable,
) -> Result<Response, AuthError> {
    let config = &context.config.plugins.two_factor;
    let (transaction, user) = change::begin(context, &current, authority).await?;
    let db = transaction.connection();
    let existing = store::find(db, &user.id).await?;
    if existing.as_ref().is_some_and(|row| row.verified != Some(false)) {
        return Err(TOTP_ALREADY_ENABLED.into());
    }
    let (key, codes) = (random_alphanumeric(), backup_codes::generate(config.backup_codes));
    let new = NewFactor {
        secret: totp::seal(context, &key),
        backup_codes: backup_codes::encode(context, &codes)?,
        verified: config.skip_verification_on_enable,
    };
    match existing {
        Some(row) => store::replace(db, &row, new).await?,
        None => store::insert(db, &user.id, new).await?,
    }
    let issuer = input.issuer.as_deref().unwrap_or(&config.issuer);
    let uri = totp::uri(config, issuer, &user.email, key.as_bytes());
    let session = if config.skip_verification_on_enable {
        Some(change::turn_on(db, context, (user, &current), client).await?)
    } else {
        None
    };
    transaction.commit().await?;
    let body = Enabled { method: Factor::Totp, uri: Some(uri), backup_codes: Some(&codes) };
    respond(context, headers, session.as_deref(), Json(body).into_response()).await
}

/// Turns the second factor off. All trusted devices and open challenges of the user end, so that
/// they are not valid for the next second factor; better-auth only forgets this browser.
pub(super) async fn disable(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    PasswordProtected { current, password, .. }: PasswordProtected<NoFields>,
) -> Result<Response, AuthError> {
    let action = Action::DisableTwoFactor;
    let authority = change::authorize(&context, action, &current, password, &client).await?;
    let (transaction, user) = change::begin(&context, &current, authority).await?;
    let db = transaction.connection();
    let user = epoch::invalidate_links(db, &context, user).await?;
    store::delete_all(db, &user.id).await?;
    let session = change::turn_off(db, &context, (user, &current), &client).await?;
    transaction.commit().await?;
    let mut cookies = context.cookies.set_cookies(&headers);
    trusted_device::remove(&context, &headers, &mut cookies);
    let cookies = cookies.into_lines();
    let response = cookie::with(Json(json!({ "status": true })).into_response(), cookies);
    respond(&context, &headers, Some(&session), response).await
}

/// Adds the cookies of the new session, and tells Node servers what changed about the user.
async fn respond(
    context: &Context,
    headers: &HeaderMap,
    session: Option<&UserSession>,
    response: Response,
) -> Result<Response, AuthError> {
    let Some(session) = session else { return Ok(response) };
    session::Store::of(context).user_changed(&session.user).await?;
    Ok(session.with_session_cookies(context, headers, response))
}

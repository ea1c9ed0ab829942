//! `two-factor/get-totp-uri`, `two-factor/verify-totp`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    answer::Answer,
    change,
    error::{INVALID_CODE, TOTP_NOT_ENABLED, TOTP_OFF},
    failure_count::CodeCheck,
    input::{NoFields, PasswordProtected, VerifyCode},
    store, totp,
};
use crate::{
    audit::{self, Action, Outcome},
    context::Context,
    error::AuthError,
    extract::Client,
    session::{MaybeSession, SessionAndInput},
};

pub(super) async fn get_uri(
    State(context): State<Arc<Context>>,
    client: Client,
    PasswordProtected { current, password, .. }: PasswordProtected<NoFields>,
) -> Result<Response, AuthError> {
    let config = &context.config.plugins.two_factor;
    if !config.totp {
        return Err(TOTP_OFF.into());
    }
    let user = &current.user;
    let row = store::find(context.db.reader(), &user.id).await?.ok_or(TOTP_NOT_ENABLED)?;
    let action = Action::ShowTotpKey;
    change::authorize(&context, action, &current, password, &client).await?;
    audit::record(context.db.writer(), &context, action, &user.id, &client, Outcome::Done).await?;
    let key = totp::open(&context, &row)?;
    let uri = totp::uri(config, &config.issuer, &user.email, &key);
    Ok(Json(json!({ "totpURI": uri })).into_response())
}

pub(super) async fn verify(
    State(context): State<Arc<Context>>,
    client: Client,
    SessionAndInput(MaybeSession(current), input): SessionAndInput<MaybeSession, VerifyCode>,
) -> Result<Response, AuthError> {
    if !context.config.plugins.two_factor.totp {
        return Err(TOTP_OFF.into());
    }
    let answer = Answer::begin_check(&context, &client, current).await?;
    let row = store::find(answer.db(), &answer.user.id).await?.ok_or(TOTP_NOT_ENABLED)?;
    if answer.is_sign_in() && row.verified == Some(false) {
        return Err(TOTP_NOT_ENABLED.into());
    }
    answer.check_lock(Some(&row)).await?;
    let failures = match answer.take_failure_count().await? {
        CodeCheck::Allowed(failures) => failures,
        CodeCheck::Refused(code) => return answer.refuse(code).await,
    };
    if !totp::consume(answer.db(), &context, &row, &input.code).await? {
        return answer.fail(failures, Some(&row), INVALID_CODE).await;
    }
    answer.forget_failures(Some(&row)).await?;
    if row.verified == Some(true) {
        return answer.succeed(input.trust_device).await;
    }
    store::verify(answer.db(), &row).await?;
    answer.turn_on().await?.succeed(input.trust_device).await
}

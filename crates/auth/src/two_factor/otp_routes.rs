//! `two-factor/send-otp`, `two-factor/verify-otp`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    answer::Answer,
    config::Delivery,
    error::{INVALID_CODE, OTP_HAS_EXPIRED, OTP_NOT_SENT, TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE},
    input::{SendCode, VerifyCode},
    otp, store,
};
use crate::{
    context::Context,
    error::AuthError,
    extract::Client,
    session::{MaybeSession, SessionAndInput},
};

/// Sends a code for a challenge, or in a session.
pub(super) async fn send(
    State(context): State<Arc<Context>>,
    client: Client,
    SessionAndInput(MaybeSession(current), SendCode): SessionAndInput<MaybeSession, SendCode>,
) -> Result<Response, AuthError> {
    if context.config.plugins.two_factor.otp.delivery == Delivery::Off {
        return Err(OTP_NOT_SENT.into());
    }
    let answer = Answer::begin(&context, &client, current).await?;
    answer.check_channel().await?;
    if !otp::is_sent(&context, &answer.user) {
        return Err(OTP_NOT_SENT.into());
    }
    otp::send(answer.db(), &context, &answer.user, &answer.code_identifier()).await?;
    answer.commit().await?;
    context.mailer.wake();
    Ok(Json(json!({ "status": true })).into_response())
}

pub(super) async fn verify(
    State(context): State<Arc<Context>>,
    client: Client,
    SessionAndInput(MaybeSession(current), input): SessionAndInput<MaybeSession, VerifyCode>,
) -> Result<Response, AuthError> {
    let answer = Answer::begin_check(&context, &client, current).await?;
    answer.check_channel().await?;
    let row = store::find(answer.db(), &answer.user.id).await?;
    answer.check_lock(row.as_ref()).await?;
    let identifier = answer.code_identifier();
    let sent = otp::take(answer.db(), &context, &identifier).await?.ok_or(OTP_HAS_EXPIRED)?;
    if sent.attempts >= context.config.plugins.two_factor.otp.allowed_attempts {
        // The code stays deleted.
        answer.commit().await?;
        return Err(TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE.into());
    }
    if !sent.matches(&context, &input.code) {
        otp::put_back(answer.db(), &context, &identifier, sent).await?;
        return answer.fail(None, row.as_ref(), INVALID_CODE).await;
    }
    answer.forget_failures(row.as_ref()).await?;
    answer.turn_on().await?.succeed(input.trust_device).await
}

//! `siwe/verify`: checks a signed message, and signs its user in.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use domain::clock::SKEW;
use serde_json::json;

use super::{
    error::{
        EMAIL_REQUIRED, EXPIRED, FAILED, INVALID_NONCE, INVALID_SIGNATURE, MISMATCH, NOT_YET_VALID,
        refused,
    },
    input::SignedMessage,
    message::{Message, normalized},
    nonce, user,
};
use crate::{
    context::Context,
    error::AuthError,
    error_code::{ErrorCode, VALIDATION_ERROR},
    extract::{Body, Client},
};

pub(super) async fn verify(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    Body(input): Body<SignedMessage>,
) -> Result<Response, AuthError> {
    let config = &context.config.plugins.siwe;
    if !config.anonymous && input.email.is_none() {
        return Err(AuthError::explained(VALIDATION_ERROR, EMAIL_REQUIRED.to_owned()));
    }
    let message = check(&context, &input).await?;
    let email = input.email.as_deref().filter(|_| !config.anonymous);
    let outcome = match user::sign_in(&context, &client, &message, email).await {
        Err(domain::Error::Conflict { .. }) => return Err(refused(FAILED)),
        outcome => outcome?.map_err(refused)?,
    };
    outcome.response(&context, &headers, |token, user| {
        let user = json!({
            "id": user.id(),
            "walletAddress": message.address,
            "chainId": message.chain_id,
        });
        Json(json!({ "token": token, "success": true, "user": user })).into_response()
    })
}

/// The message, if it is for this server, valid now, and signed by its address. Its nonce is used
/// up.
async fn check(context: &Context, input: &SignedMessage) -> Result<Message, AuthError> {
    let message = Message::parse(&input.message).ok_or_else(|| refused(MISMATCH))?;
    if !nonce::take(context.db.writer(), context, &message.nonce).await? {
        return Err(refused(INVALID_NONCE));
    }
    check_place(context, &message).map_err(refused)?;
    check_times(context, &message).map_err(refused)?;
    let signer = crypto::ethereum::signer_of(&input.message, &input.signature);
    if signer.as_ref() != Some(&message.address) {
        return Err(refused(INVALID_SIGNATURE));
    }
    Ok(message)
}

/// Refuses a message for another site. The URI may be of a trusted origin, too.
fn check_place(context: &Context, message: &Message) -> Result<(), ErrorCode> {
    let domain = context.config.plugins.siwe.domain.as_deref();
    let own = context.config.base_url.as_str();
    let domain = normalized(domain.unwrap_or(own));
    let is_own_uri = message.host_of_uri() == domain
        || context.origins.trusts(&message.uri.origin().ascii_serialization());
    if message.domain == domain && is_own_uri { Ok(()) } else { Err(MISMATCH) }
}

fn check_times(context: &Context, message: &Message) -> Result<(), ErrorCode> {
    let now = context.clock.now();
    if message.expires_at.is_some_and(|end| end <= now) {
        return Err(EXPIRED);
    }
    let is_ahead = message.issued_at > now + SKEW;
    if is_ahead || message.not_before.is_some_and(|start| start > now) {
        return Err(NOT_YET_VALID);
    }
    Ok(())
}

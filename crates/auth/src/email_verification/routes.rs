//! `send-verification-email`, `verify-email`.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    change, service,
    token::{Purpose, Token},
};
use crate::{
    context::Context,
    error::AuthError,
    extract::{Body, Client, Fields, Input, Query},
    gate::SignedIn,
    method::{get, post},
    redirect,
    session::{CurrentSession, MaybeSession, With},
    wire::UserView,
};

/// The room's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new()
        .route(&format!("{base}/send-verification-email"), post(send))
        .route(&format!("{base}/verify-email"), get(follow).post(verify))
}

pub(super) struct Send {
    email: String,
    callback_url: Option<String>,
}

impl Input for Send {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            email: fields.email("email"),
            callback_url: fields.optional_string("callbackURL").map(str::to_owned),
        }
    }
}

async fn send(
    State(context): State<Arc<Context>>,
    With(MaybeSession(current), input): With<MaybeSession, Send>,
) -> Result<Response, AuthError> {
    let callback = input.callback_url.as_deref();
    service::send_again(&context, current, &input.email, callback).await?;
    Ok(Json(json!({ "status": true })).into_response())
}

pub(super) struct Verify {
    token: String,
    callback_url: Option<String>,
}

impl Input for Verify {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            token: fields.string("token").unwrap_or_default().to_owned(),
            callback_url: fields.optional_string("callbackURL").map(str::to_owned),
        }
    }
}

/// A link that was followed.
async fn follow(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    Query(input): Query<Verify>,
    MaybeSession(current): MaybeSession,
) -> Result<Response, AuthError> {
    finish(&context, &client, &headers, input, current).await
}

/// The same for programs that post.
async fn verify(
    State(context): State<Arc<Context>>,
    client: Client,
    MaybeSession(current): MaybeSession,
    headers: HeaderMap,
    Body(input): Body<Verify>,
) -> Result<Response, AuthError> {
    finish(&context, &client, &headers, input, current).await
}

/// What a token led to.
enum Done {
    /// To a mail for the next step.
    Mailed,
    /// To a proved address; perhaps to a session.
    Verified(Option<SignedIn>),
    /// To another address.
    Changed(SignedIn),
}

/// Does what the token says; answers, or sends the browser on if it said where to.
async fn finish(
    context: &Context,
    client: &Client,
    headers: &HeaderMap,
    input: Verify,
    current: Option<CurrentSession>,
) -> Result<Response, AuthError> {
    let Verify { token, callback_url } = input;
    let callback = callback_url.as_deref().filter(|url| !url.is_empty());
    let done = match act(context, client, &token, current, callback).await {
        Ok(done) => done,
        Err(AuthError::Refused(refusal)) => {
            let (Some(callback), Some(code)) = (callback, refusal.code) else {
                return Err(AuthError::Refused(refusal));
            };
            return redirect::to(&redirect::with_query(callback, "error", code));
        }
        Err(failed) => return Err(failed),
    };
    let response = match (callback, &done) {
        (Some(callback), _) => redirect::to(callback)?,
        (None, Done::Mailed) => Json(json!({ "status": true })).into_response(),
        (None, Done::Verified(_)) => Json(json!({ "status": true, "user": null })).into_response(),
        (None, Done::Changed(SignedIn { user, .. })) => {
            Json(json!({ "status": true, "user": UserView::from(user) })).into_response()
        }
    };
    Ok(match done {
        Done::Verified(Some(signed_in)) | Done::Changed(signed_in) => {
            signed_in.admits(context, headers, response)
        }
        Done::Mailed | Done::Verified(None) => response,
    })
}

async fn act(
    context: &Context,
    client: &Client,
    token: &str,
    current: Option<CurrentSession>,
    callback: Option<&str>,
) -> Result<Done, AuthError> {
    let token = Token::verify(context, token)?;
    Ok(match token.purpose.clone() {
        Purpose::Verify => Done::Verified(service::verify(context, token, current, client).await?),
        Purpose::ConfirmChange(to) => {
            change::confirm(context, token, to, current.as_ref(), callback).await?;
            Done::Mailed
        }
        Purpose::VerifyChange(to) => {
            Done::Changed(change::take(context, token, &to, current, client).await?)
        }
    })
}

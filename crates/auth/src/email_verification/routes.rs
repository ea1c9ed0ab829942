//! `send-verification-email`, `verify-email`.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use domain::User;
use serde_json::{Value, json};

use super::{
    change,
    error::CONFIRMATION_REQUIRED,
    page::{self, Question},
    service,
    token::{Purpose, Token},
};
use crate::{
    context::Context,
    error::{AuthError, Refusal},
    extract::{Accepts, Body, Client, Fields, Input, Query},
    gate::SignedIn,
    method::{and_post, get, post},
    redirect,
    session::{CurrentSession, MaybeSession, With},
    wire::UserView,
};

/// The room's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new()
        .route(&format!("{base}/send-verification-email"), post(send))
        .route(&format!("{base}/verify-email"), and_post(get(follow), Accepts::FormOrJson, verify))
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

/// A link that was followed, perhaps by a program that looks for what is dangerous.
async fn follow(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    Query(input): Query<Verify>,
    MaybeSession(current): MaybeSession,
) -> Result<Response, AuthError> {
    let opened = Opened { client: &client, headers: &headers, is_posted: false };
    finish(&context, &opened, input, current).await
}

/// The button that the page shows, or a program that posts.
async fn verify(
    State(context): State<Arc<Context>>,
    client: Client,
    MaybeSession(current): MaybeSession,
    headers: HeaderMap,
    Body(input): Body<Verify>,
) -> Result<Response, AuthError> {
    let opened = Opened { client: &client, headers: &headers, is_posted: true };
    finish(&context, &opened, input, current).await
}

/// How a link was opened.
struct Opened<'a> {
    client: &'a Client,
    headers: &'a HeaderMap,
    is_posted: bool,
}

/// What a token led to.
enum Done {
    /// To the page whose button does it.
    Asked(Response),
    /// To a mail for the next step.
    Mailed,
    /// To a proved address; perhaps to a session.
    Verified(Option<SignedIn>),
    /// To another address; in the session that there is, if there is one.
    Changed(User, Option<CurrentSession>),
}

/// Does what the token says; answers, or sends the browser on if it said where to.
async fn finish(
    context: &Context,
    opened: &Opened<'_>,
    input: Verify,
    current: Option<CurrentSession>,
) -> Result<Response, AuthError> {
    let Verify { token, callback_url } = input;
    let callback = callback_url.as_deref().filter(|url| !url.is_empty());
    let done = match act(context, opened, &token, current, callback).await {
        Err(AuthError::Refused(refusal)) => return refused(refusal, callback),
        done => done?,
    };
    let answer = |body: Value| match callback {
        Some(callback) => redirect::to(callback),
        None => Ok(Json(body).into_response()),
    };
    let headers = opened.headers;
    Ok(match done {
        Done::Asked(page) => page,
        Done::Mailed => answer(json!({ "status": true }))?,
        Done::Verified(signed_in) => {
            let response = answer(json!({ "status": true, "user": null }))?;
            match signed_in {
                Some(signed_in) => signed_in.admits(context, headers, response),
                None => response,
            }
        }
        Done::Changed(user, current) => {
            let response = answer(json!({ "status": true, "user": UserView::from(&user) }))?;
            match current {
                Some(current) => SignedIn::again(user, current).admits(context, headers, response),
                None => response,
            }
        }
    })
}

/// Tells the page where the browser shall go, if there is one.
fn refused(refusal: Refusal, callback: Option<&str>) -> Result<Response, AuthError> {
    match (callback, refusal.code) {
        (Some(callback), Some(code)) => {
            redirect::to(&redirect::with_query(callback, "error", code))
        }
        _ => Err(AuthError::Refused(refusal)),
    }
}

async fn act(
    context: &Context,
    opened: &Opened<'_>,
    text: &str,
    current: Option<CurrentSession>,
    callback: Option<&str>,
) -> Result<Done, AuthError> {
    let token = Token::verify(&context.secrets, text, context.clock.now())?;
    let client = opened.client;
    let (to, is_last) = match &token.purpose {
        Purpose::Verify => {
            let signed_in = service::verify(context, &token, current, client).await?;
            return Ok(Done::Verified(signed_in));
        }
        Purpose::ConfirmChange(to) => (to, false),
        Purpose::VerifyChange(to) => (to, true),
    };
    if !opened.is_posted && current.is_none() {
        change::check(context, &token).await?;
        if !page::is_wanted(opened.headers) {
            return Err(CONFIRMATION_REQUIRED.into());
        }
        let question = Question { to, is_last, token: text, callback };
        return Ok(Done::Asked(page::show(&question)?));
    }
    if is_last {
        let user = change::take(context, &token, to, current.as_ref(), client).await?;
        return Ok(Done::Changed(user, current));
    }
    change::confirm(context, &token, to, current.as_ref(), callback, client).await?;
    Ok(Done::Mailed)
}

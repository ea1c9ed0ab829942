//! `send-verification-email`, `verify-email`.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{FromRequestParts, State},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use domain::User;
use serde_json::{Value, json};

use super::{
    challenged, confirmation_page, email_change,
    error::CONFIRMATION_REQUIRED,
    service::{self, Holder},
    token::{Purpose, Received},
};
use crate::{
    context::Context,
    error::{AuthError, Refusal},
    error_page,
    extract::{Accepts, Body, Client, Fields, Input, Query},
    middleware::origin::may_get_sign_in,
    page::{self, Destination, HOME, Page},
    plugin::Plugins,
    redirect,
    routing::{and_post, get, post},
    session::{CurrentSession, MaybeSession, SessionAndInput},
    sign_in::{Outcome, UserSession},
    views::UserView,
};

/// The module's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new().route(&format!("{base}/send-verification-email"), post(send)).route(
        &format!("{base}/verify-email"),
        and_post(get(open_link), Accepts::FormOrJson, post_token),
    )
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
    SessionAndInput(MaybeSession(current), input): SessionAndInput<MaybeSession, Send>,
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
    const SIGNS_IN: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            token: fields.string("token").unwrap_or_default().to_owned(),
            callback_url: fields.optional_string("callbackURL").map(str::to_owned),
        }
    }
}

/// Handles a link that was opened, perhaps by a mail scanner.
async fn open_link(
    State(context): State<Arc<Context>>,
    client: Client,
    parts: Parts,
    Query(input): Query<Verify>,
) -> Result<Response, AuthError> {
    let request = LinkRequest { client: &client, parts: &parts, input: &input, is_posted: false };
    respond(&context, &request).await
}

/// Handles the button of the confirmation page, or a program that posts the token.
async fn post_token(
    State(context): State<Arc<Context>>,
    client: Client,
    parts: Parts,
    Body(input): Body<Verify>,
) -> Result<Response, AuthError> {
    let request = LinkRequest { client: &client, parts: &parts, input: &input, is_posted: true };
    respond(&context, &request).await
}

/// A request with a link's token.
struct LinkRequest<'a> {
    client: &'a Client,
    parts: &'a Parts,
    input: &'a Verify,
    is_posted: bool,
}

impl<'a> LinkRequest<'a> {
    fn callback(&self) -> Option<&'a str> {
        self.input.callback_url.as_deref().filter(|url| !url.is_empty())
    }

    fn destination(&self) -> Destination<'a> {
        Destination::of(&self.parts.headers, self.callback())
    }
}

/// The effect of a token.
enum Effect {
    /// The link of the next step was mailed to this address.
    Mailed(String),
    /// The address was verified; perhaps a session was created.
    Verified(Option<Outcome>),
    /// The address was changed, now or `before`, in the current session if there is one.
    Changed { user: Box<User>, current: Option<Box<CurrentSession>>, before: bool },
}

impl Effect {
    fn body(&self, plugins: &Plugins) -> Value {
        match self {
            Self::Mailed(_) => json!({ "status": true }),
            Self::Verified(_) => json!({ "status": true, "user": null }),
            // A client with a used link does not get the user's current data.
            Self::Changed { current: None, before: true, .. } => {
                json!({ "status": true, "user": null })
            }
            Self::Changed { user, .. } => {
                json!({ "status": true, "user": UserView::new(user, plugins) })
            }
        }
    }

    fn page(&self) -> Page<'static> {
        match self {
            Self::Mailed(to) => Page::new(
                "One more step",
                format!("We have sent a mail to {to}. Open the link in it to finish the change."),
            ),
            Self::Verified(Some(Outcome::SignedIn(_))) => {
                Page::new("Your address is confirmed", "You are signed in.")
            }
            Self::Verified(_) => Page::new("Your address is confirmed", "You can sign in now."),
            Self::Changed { user, .. } => Page::new(
                "Your address was changed",
                format!("Your account has the address {} from now on.", user.email),
            ),
        }
    }
}

/// Uses the token. Responds with JSON or a page, or redirects to the link's `callbackURL`.
async fn respond(context: &Arc<Context>, request: &LinkRequest<'_>) -> Result<Response, AuthError> {
    match use_token(context, request).await {
        Err(AuthError::Refused(refusal)) => {
            respond_refused(context, refusal, request.destination())
        }
        response => response,
    }
}

/// Redirects to the error page, or to the link's `callbackURL` with `?error=`, or fails.
fn respond_refused(
    context: &Context,
    refusal: Refusal,
    destination: Destination<'_>,
) -> Result<Response, AuthError> {
    match (destination, refusal.code) {
        (Destination::Page, _) => error_page::redirect_to(context, &refusal),
        (Destination::Target(target), Some(code)) => {
            redirect::to(&redirect::with_query(target, "error", code))
        }
        _ => Err(AuthError::Refused(refusal)),
    }
}

async fn use_token(
    context: &Arc<Context>,
    request: &LinkRequest<'_>,
) -> Result<Response, AuthError> {
    let received =
        Received::verify(&context.config.secrets, &request.input.token, context.clock.now())?;
    // An invalid link does not extend the session.
    let mut parts = request.parts.clone();
    let MaybeSession(current) = MaybeSession::from_request_parts(&mut parts, context).await?;
    if let Some(page) = confirmation(context, request, &received, current.as_ref()).await? {
        return Ok(page);
    }
    let effect = apply(context, request, &received, current).await?;
    if let Effect::Verified(Some(Outcome::Challenged(challenge))) = &effect {
        return challenged::respond(context, request.destination(), challenge, effect.page());
    }
    let response = match request.destination() {
        Destination::Target(target) => redirect::to(target)?,
        Destination::Page => effect.page().link(HOME).response()?,
        Destination::Program => Json(effect.body(&context.config.plugins)).into_response(),
    };
    let signed_in = match effect {
        Effect::Verified(Some(Outcome::SignedIn(session))) => Some(*session),
        Effect::Changed { user, current: Some(current), .. } => {
            Some(UserSession::current(*user, *current))
        }
        Effect::Verified(_) | Effect::Changed { current: None, .. } | Effect::Mailed(_) => None,
    };
    Ok(match signed_in {
        Some(signed_in) => {
            signed_in.with_session_cookies(context, &request.parts.headers, response)
        }
        None => response,
    })
}

/// The confirmation page, for an unused link that requires its button.
async fn confirmation(
    context: &Context,
    request: &LinkRequest<'_>,
    received: &Received<'_>,
    current: Option<&CurrentSession>,
) -> Result<Option<Response>, AuthError> {
    let token = &received.token;
    let accepts_page = page::accepts_page(&request.parts.headers);
    let needs_button = match token.purpose {
        // The link would create a session. A request of a trusted page's script comes neither
        // from a mail scanner nor from another site, which could sign its visitor in as
        // another user.
        Purpose::Verify => {
            let is_holder = current.is_some_and(|current| current.user.id == token.user);
            let may_sign_in = may_get_sign_in(&context.origins, &request.parts.headers);
            context.config.email_verification.auto_sign_in
                && !is_holder
                && (accepts_page || !may_sign_in)
        }
        Purpose::ConfirmChange(_) | Purpose::VerifyChange(_) => current.is_none(),
    };
    if request.is_posted || !needs_button {
        return Ok(None);
    }
    let Holder { user, is_used } = service::find_holder(context, received).await?;
    if is_used || token.purpose == Purpose::Verify && user.email_verified {
        return Ok(None);
    }
    if !accepts_page {
        return Err(CONFIRMATION_REQUIRED.into());
    }
    Ok(Some(confirmation_page::show(received, request.callback())?))
}

async fn apply(
    context: &Context,
    request: &LinkRequest<'_>,
    received: &Received<'_>,
    current: Option<CurrentSession>,
) -> Result<Effect, AuthError> {
    let LinkRequest { client, .. } = request;
    match &received.token.purpose {
        Purpose::Verify => {
            let signed_in = service::verify(context, received, current, client).await?;
            Ok(Effect::Verified(signed_in))
        }
        Purpose::ConfirmChange(to) => {
            let callback = request.callback();
            email_change::confirm(context, received, to, current.as_ref(), callback, client)
                .await?;
            Ok(Effect::Mailed(to.clone()))
        }
        Purpose::VerifyChange(to) => {
            let (user, before) =
                email_change::set_new_address(context, received, to, current.as_ref(), client)
                    .await?;
            let (user, current) = (Box::new(user), current.map(Box::new));
            Ok(Effect::Changed { user, current, before })
        }
    }
}

//! `sign-in/magic-link`, and the link.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, request::Parts},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    confirmation_page,
    error::{CONFIRMATION_REQUIRED, INVALID_CALLBACK_URL, INVALID_TOKEN},
    input::{Request, Verify},
    requester,
    service::{self, Used},
};
use crate::{
    context::Context,
    error::AuthError,
    extract::{Accepts, Body, Client, UncheckedQuery},
    middleware::origin::may_get_sign_in,
    page::{Destination, HOME, Page, accepts_page, is_navigation},
    redirect,
    routing::{and_post, get, post},
    sign_in::Outcome,
    views::{SessionView, UserView},
};

/// The module's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new().route(&format!("{base}/sign-in/magic-link"), post(request)).route(
        &format!("{base}/magic-link/verify"),
        and_post(get(open_link), Accepts::FormOrJson, post_token),
    )
}

async fn request(
    State(context): State<Arc<Context>>,
    headers: HeaderMap,
    Body(input): Body<Request>,
) -> Result<Response, AuthError> {
    service::request(&context, &input, &headers).await?;
    Ok(Json(json!({ "status": true })).into_response())
}

/// Handles a link that was opened.
async fn open_link(
    State(context): State<Arc<Context>>,
    client: Client,
    parts: Parts,
    UncheckedQuery(input): UncheckedQuery<Verify>,
) -> Result<Response, AuthError> {
    let headers = &parts.headers;
    if input.targets().any(|(_, url)| !context.origins.trusts_target(url)) {
        return Err(INVALID_CALLBACK_URL.into());
    }
    let foreign = if is_navigation(headers) {
        requester::foreign_address(&context, &input.token, headers).await?
    } else {
        None
    };
    if foreign.is_some() || needs_button(&context, headers) {
        if !service::is_valid(&context, &input.token).await? {
            return respond_refused(&context, headers, &input, INVALID_TOKEN);
        }
        if !accepts_page(headers) {
            return Err(CONFIRMATION_REQUIRED.into());
        }
        return Ok(confirmation_page::show(&input, foreign.as_deref())?);
    }
    respond(&context, headers, &input, &client).await
}

/// Handles the button of the confirmation page, or a program that posts the token.
async fn post_token(
    State(context): State<Arc<Context>>,
    client: Client,
    headers: HeaderMap,
    Body(input): Body<Verify>,
) -> Result<Response, AuthError> {
    respond(&context, &headers, &input, &client).await
}

/// Whether opening a link creates no session: a setting says so, unless a program or a trusted page's
/// script opens it; or another site's page embeds it, e.g. as an image, to sign its visitor in as
/// another user.
fn needs_button(context: &Context, headers: &HeaderMap) -> bool {
    let may_sign_in = may_get_sign_in(&context.origins, headers);
    if context.config.plugins.magic_link.confirm {
        return accepts_page(headers) || !may_sign_in;
    }
    let is_in_frame = headers.get("sec-fetch-dest").is_some_and(|dest| dest != "document");
    !may_sign_in && (!is_navigation(headers) || is_in_frame)
}

/// Uses the link.
async fn respond(
    context: &Context,
    headers: &HeaderMap,
    input: &Verify,
    client: &Client,
) -> Result<Response, AuthError> {
    match service::use_link(context, &input.token, client).await {
        Ok(Used::SignIn { outcome, is_new }) => {
            respond_signed_in(context, headers, input, (&outcome, is_new))
        }
        Ok(Used::Refused(code)) => respond_refused(context, headers, input, code),
        // A rule of the application refused the new user.
        Err(AuthError::Refused(refusal)) if refusal.status.is_client_error() => {
            let code = refusal.code.unwrap_or("failed_to_create_user");
            respond_refused(context, headers, input, code)
        }
        Err(error) => Err(error),
    }
}

/// Responds with the session, or redirects to the link's page with its cookies. A person whose link
/// names no page sees one of this server.
fn respond_signed_in(
    context: &Context,
    headers: &HeaderMap,
    input: &Verify,
    (outcome, is_new): (&Outcome, bool),
) -> Result<Response, AuthError> {
    let target = if is_new { input.new_user_callback() } else { input.callback() };
    // As in better-auth, a link without `callbackURL` does not redirect.
    let target = target.filter(|_| input.callback().is_some());
    let error_target = input.error_callback().unwrap_or(HOME);
    match (Destination::of(headers, target), outcome) {
        (Destination::Page, Outcome::SignedIn(session)) => {
            let page = Page::new("You are signed in", "You can close this page.");
            let response = page.link(HOME).response()?;
            Ok(session.with_session_cookies(context, headers, response))
        }
        (Destination::Page, outcome) => outcome.redirect(context, headers, HOME, error_target),
        (Destination::Target(target), outcome) => {
            let target = absolute(context, target)?;
            let error_target = absolute(context, error_target)?;
            outcome.redirect(context, headers, &target, &error_target)
        }
        (Destination::Program, Outcome::SignedIn(session)) => {
            let view = SessionView::from(&session.session);
            let body = |token: &str, user: UserView<'_>| {
                Json(json!({ "token": token, "user": user, "session": view })).into_response()
            };
            Ok(session.response(context, headers, body))
        }
        (Destination::Program, Outcome::Refused(_)) => {
            outcome.redirect(context, headers, HOME, &absolute(context, error_target)?)
        }
        (Destination::Program, Outcome::Challenged(_)) => {
            outcome.response(context, headers, |_, _| Json(json!({})).into_response())
        }
    }
}

/// The URL of a target, a path of this server or a trusted URL.
fn absolute(context: &Context, target: &str) -> Result<String, AuthError> {
    Ok(context.url.join(target).map_err(domain::Error::internal)?.into())
}

/// Redirects to the link's page for errors, or else to `callbackURL`, with the code. A person whose
/// link names neither sees the page that explains it.
fn respond_refused(
    context: &Context,
    headers: &HeaderMap,
    input: &Verify,
    code: &str,
) -> Result<Response, AuthError> {
    let target = input.error_callback();
    if Destination::of(headers, target) == Destination::Page {
        return redirect::to(&context.url_for("/error", &[("error", code)]));
    }
    let target = target.unwrap_or(HOME);
    redirect::to(&redirect::absolute_with(context, target, "error", code)?)
}

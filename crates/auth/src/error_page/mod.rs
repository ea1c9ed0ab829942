//! The page that explains why a link failed.
//!
//! Endpoint: `GET error`. Table: none.
//!
//! Threats: a page that shows text of an attacker (the page shows only the code, and only if it
//! consists of letters, digits, `-` and `_`).

pub(crate) mod openapi;

use std::sync::Arc;

use axum::{
    Router,
    extract::{RawQuery, State},
    response::Response,
};
use url::form_urlencoded;

use crate::{
    context::Context,
    error::{AuthError, Refusal},
    page::Page,
    redirect,
    routing::get,
};

/// The code for an invalid one.
const UNKNOWN: &str = "UNKNOWN";

/// The module's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new().route(&format!("{base}/error"), get(show))
}

async fn show(
    State(context): State<Arc<Context>>,
    RawQuery(query): RawQuery,
) -> Result<Response, AuthError> {
    let query = query.unwrap_or_default();
    let given = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "error");
    let code = given.map(|(_, code)| code).unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let is_code = (1..=64).contains(&code.len()) && code.chars().all(is_plain);
    let code = if is_code { code.as_ref() } else { UNKNOWN };
    Ok(Page::new("That did not work", explanation(code, &context)).code(code).response()?)
}

/// Redirects a browser to the page that explains a refusal.
pub(crate) fn redirect_to(context: &Context, refusal: &Refusal) -> Result<Response, AuthError> {
    redirect::to(&context.link("/error", &[("error", refusal.code.unwrap_or(UNKNOWN))]))
}

/// Explains an error, and what the user can do.
fn explanation(code: &str, context: &Context) -> String {
    let origin = context.url.origin().ascii_serialization();
    match code.to_ascii_uppercase().as_str() {
        "INVALID_TOKEN" => "This link is not valid, or was used already. Ask for a new one.".into(),
        "TOKEN_EXPIRED" => "This link has expired. Ask for a new one.".into(),
        "RESET_LINK_USED" => {
            "This link was used already, and works once. Sign in with the password that was \
             chosen then, or ask for a new link."
                .into()
        }
        "FAILED_TO_GET_USER_INFO" => {
            "This link works where you are signed in. Sign in to your account in this browser, \
             and open the link again."
                .into()
        }
        "USER_NOT_FOUND" => {
            "The account of this link was deleted, or has another address now.".into()
        }
        "INVALID_USER" => {
            "You are signed in as another user than this link is for. Sign out, and open the link \
             again."
                .into()
        }
        "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL" => {
            "Another account has this address meanwhile. Choose another one.".into()
        }
        "EMAIL_NOT_VERIFIED" => "Verify your address first, by the link that was mailed.".into(),
        "STATE_MISMATCH" | "STATE_NOT_FOUND" | "INVALID_STATE" | "PLEASE_RESTART_THE_PROCESS" => {
            format!(
                "The sign-in began elsewhere than it ended: its cookie is missing or of another \
                 sign-in. It must begin and end at {origin}, in one browser that keeps cookies. \
                 Begin again."
            )
        }
        _ => "Something went wrong. Go back and try again.".into(),
    }
}

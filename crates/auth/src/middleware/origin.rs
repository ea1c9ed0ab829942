//! Checks of the page that sent a request, and of redirect targets.
//!
//! A request that changes state and has cookies must come from a trusted origin (`Origin`, else
//! `Referer`). Sign-in and sign-up must even without cookies, if a browser sends any header about
//! the page. Redirect targets must be URLs of trusted origins, or local paths.
//!
//! Threats: cross-site request forgery, sign-in into an attacker's account, open
//! redirects by ambiguous URLs (`//host`, `/\host`, `https://us@them`).

use axum::http::{HeaderMap, Method, StatusCode, header::COOKIE};

use super::trusted_origin::Origins;
use crate::{
    error::{AuthError, Refusal},
    error_code::ErrorCode,
    extract::{Document, Object, Value},
};

pub(crate) const INVALID_ORIGIN: ErrorCode = forbidden("INVALID_ORIGIN", "Invalid origin");
pub(crate) const MISSING_OR_NULL_ORIGIN: ErrorCode =
    forbidden("MISSING_OR_NULL_ORIGIN", "Missing or null Origin");
pub(crate) const CROSS_SITE_NAVIGATION_LOGIN_BLOCKED: ErrorCode = forbidden(
    "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED",
    "Cross-site navigation login blocked. This request appears to be a CSRF attack.",
);

/// The fields with a redirect target: their names in requests, their names in better-auth's
/// messages, and their refusals.
const TARGETS: [(&str, &str, ErrorCode); 4] = [
    ("callbackURL", "callbackURL", forbidden("INVALID_CALLBACK_URL", "Invalid callbackURL")),
    ("redirectTo", "redirectURL", forbidden("INVALID_REDIRECT_URL", "Invalid redirectURL")),
    (
        "errorCallbackURL",
        "errorCallbackURL",
        forbidden("INVALID_ERROR_CALLBACK_URL", "Invalid errorCallbackURL"),
    ),
    (
        "newUserCallbackURL",
        "newUserCallbackURL",
        forbidden("INVALID_NEW_USER_CALLBACK_URL", "Invalid newUserCallbackURL"),
    ),
];

const fn forbidden(name: &'static str, message: &'static str) -> ErrorCode {
    ErrorCode::new(StatusCode::FORBIDDEN, name, message)
}

/// Refuses a request that changes state, has cookies and comes from an untrusted page.
pub(crate) fn check_change(
    origins: &Origins,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(), AuthError> {
    let safe = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || !headers.contains_key(COOKIE) {
        return Ok(());
    }
    check(origins, headers)
}

/// Refuses a request to a route of the application: as [`check_change`] does, and a WebSocket with
/// cookies from an untrusted page. A page of any origin can open one without a preflight request.
pub(crate) fn check_route(
    origins: &Origins,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(), AuthError> {
    let is_websocket = text(headers, "upgrade").to_ascii_lowercase().contains("websocket");
    if is_websocket && headers.contains_key(COOKIE) {
        return check(origins, headers);
    }
    check_change(origins, method, headers)
}

/// Refuses a sign-in from another site's page. Clients other than browsers send no headers about a
/// page, and are allowed.
pub(crate) fn check_sign_in(origins: &Origins, headers: &HeaderMap) -> Result<(), AuthError> {
    if headers.contains_key(COOKIE) {
        return Ok(()); // `check_change` has checked the page.
    }
    let site = text(headers, "sec-fetch-site");
    let mode = text(headers, "sec-fetch-mode");
    if site == "cross-site" && mode == "navigate" {
        tracing::info!("sign-in from another site refused");
        return Err(CROSS_SITE_NAVIGATION_LOGIN_BLOCKED.into());
    }
    if has_page_headers(headers) { check(origins, headers) } else { Ok(()) }
}

/// Whether a GET that signs in comes from no page, or from the script of a trusted page. Images and
/// forms of a trusted page may have a URL that an attacker wrote. A cookie does not make the
/// request trusted.
pub(crate) fn may_get_sign_in(origins: &Origins, headers: &HeaderMap) -> bool {
    if !has_page_headers(headers) {
        return true;
    }
    let is_of_script = !["no-cors", "navigate"].contains(&&*text(headers, "sec-fetch-mode"));
    let is_own = text(headers, "sec-fetch-site") == "same-origin";
    is_of_script && (is_own || check(origins, headers).is_ok())
}

/// Whether a browser sent any header about the page that sent the request.
fn has_page_headers(headers: &HeaderMap) -> bool {
    ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "origin", "referer"]
        .iter()
        .any(|name| !text(headers, name).is_empty())
}

/// Refuses untrusted redirect targets in the body, or else in the query.
pub(crate) fn check_targets(
    origins: &Origins,
    body: Option<&Document>,
    query: &Object,
) -> Result<(), AuthError> {
    let is_set = |target: Option<&'_ Value>| target.is_some_and(Value::is_truthy);
    for (field, label, refusal) in TARGETS {
        let target = body.and_then(|body| body.get(field));
        let target = match field {
            "callbackURL" if !is_set(target) => query.get(field),
            _ => target,
        };
        match target {
            Some(Value::Text(url)) if url.is_empty() || origins.trusts_target(url) => {}
            Some(Value::Text(_)) => return Err(refusal.into()),
            target if is_set(target) => return Err(not_a_text(label).into()),
            _ => {}
        }
    }
    Ok(())
}

fn not_a_text(label: &str) -> Refusal {
    Refusal::plain(StatusCode::BAD_REQUEST, format!("Invalid {label}: expected a string"))
}

/// The refusals of [`check_targets`] for this field of a body or a query. Values of a query are
/// always texts.
pub(crate) fn refusals_of(field: &str, in_body: bool) -> Vec<Refusal> {
    let Some((_, label, refusal)) = TARGETS.iter().find(|(name, ..)| *name == field) else {
        return Vec::new();
    };
    in_body.then(|| not_a_text(label)).into_iter().chain([(*refusal).into()]).collect()
}

/// The trusted origin of the page that sent a request. `None` without the header `Origin`, or if
/// the page is not trusted.
pub(crate) fn trusted_page(origins: &Origins, headers: &HeaderMap) -> Option<String> {
    let page = origin(origins, headers);
    (page != NO_ORIGIN && origins.trusts(&page)).then_some(page)
}

/// What a browser sends in place of an origin that it hides.
const NO_ORIGIN: &str = "null";

/// The origin that the request's headers name; empty if they name none, `null` if it is hidden.
fn origin(origins: &Origins, headers: &HeaderMap) -> String {
    let origin = text(headers, "origin");
    // A page of this server that hides its origin, e.g. by its referrer policy.
    if origin == NO_ORIGIN && text(headers, "sec-fetch-site") == "same-origin" {
        return origins.own_at(&text(headers, "host"));
    }
    origin
}

/// Checks the page that the request's headers name.
fn check(origins: &Origins, headers: &HeaderMap) -> Result<(), AuthError> {
    let page = Some(origin(origins, headers)).filter(|origin| !origin.is_empty());
    let page = page.unwrap_or_else(|| text(headers, "referer"));
    if page.is_empty() || page == NO_ORIGIN {
        return Err(MISSING_OR_NULL_ORIGIN.into());
    }
    if origins.trusts(&page) {
        return Ok(());
    }
    tracing::info!("request from an untrusted origin refused");
    Err(INVALID_ORIGIN.into())
}

/// A header's value; empty if the header is absent. As Node does, joins several values into a list,
/// except of `Referer`, of which the first is used.
fn text(headers: &HeaderMap, name: &str) -> String {
    let limit = if name == "referer" { 1 } else { usize::MAX };
    let values = headers.get_all(name).iter().take(limit);
    let values: Vec<_> =
        values.map(|value| String::from_utf8_lossy(value.as_bytes().trim_ascii())).collect();
    values.join(", ")
}

#[cfg(test)]
mod tests;

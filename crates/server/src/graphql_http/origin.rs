//! Refusal of requests with a cookie from untrusted pages.
//!
//! A browser adds cookies by itself, so a request with a cookie must come from a trusted page, or
//! from no page. A page's script sends `Origin`. An embedded URL (`<img src="/graphql?query=…">`)
//! or a link does not, but the browser tells in `Sec-Fetch-Site` whether the page is the server's
//! own. A query by GET from the server's own pages, as urql sends it, has no `Origin` either. A
//! program sends neither header.

use auth::Auth;
use axum::http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{COOKIE, ORIGIN},
};

use super::response::{Refusal, bad_request};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Fails for a request with a cookie from a page of an untrusted origin.
pub(super) fn check(auth: &Auth, headers: &HeaderMap) -> Result<(), Refusal> {
    if !headers.contains_key(COOKIE) {
        return Ok(());
    }
    let Some(origin) = headers.get(ORIGIN) else { return check_site(headers) };
    if origin.to_str().is_ok_and(|origin| auth.is_trusted_origin(origin)) {
        return Ok(());
    }
    Err(refusal("this origin is not among BETTER_AUTH_URL and BETTER_AUTH_TRUSTED_ORIGINS"))
}

/// `none` is a typed address or a bookmark.
fn check_site(headers: &HeaderMap) -> Result<(), Refusal> {
    let own = |site: &HeaderValue| site == "same-origin" || site == "none";
    if headers.get(SEC_FETCH_SITE).is_none_or(own) {
        return Ok(());
    }
    Err(refusal("a page of another origin must send Origin to use cookies"))
}

fn refusal(message: &str) -> Refusal {
    bad_request(message).with(StatusCode::FORBIDDEN, "INVALID_ORIGIN")
}

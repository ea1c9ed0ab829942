//! Where a request comes from, when it brings a cookie.
//!
//! A browser adds cookies by itself, so whoever sends one must be a page that is
//! trusted, or no page at all. Pages that ask for an answer to read say their `Origin`;
//! those that embed an address (`<img src="/graphql?query=…">`) or lead somebody to it
//! don't, but browsers then say in `Sec-Fetch-Site` whether it is the server's own page.
//! A query by GET without any header, as urql sends it from the server's own pages, is
//! one of these, and so is that of a program, which says nothing at all.

use auth::Auth;
use axum::http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{COOKIE, ORIGIN},
};

use super::response::{Refusal, bad_request};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A page of an origin that is not trusted may not use the visitor's cookie.
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

/// `none` is somebody who typed the address, or follows a bookmark.
fn check_site(headers: &HeaderMap) -> Result<(), Refusal> {
    let own = |site: &HeaderValue| site == "same-origin" || site == "none";
    if headers.get(SEC_FETCH_SITE).is_none_or(own) {
        return Ok(());
    }
    Err(refusal("a page of another origin that does not say which may not use cookies"))
}

fn refusal(message: &str) -> Refusal {
    bad_request(message).with(StatusCode::FORBIDDEN, "INVALID_ORIGIN")
}

//! Where a request comes from.

use auth::Auth;
use axum::http::{
    HeaderMap, StatusCode,
    header::{COOKIE, ORIGIN},
};

use super::response::{Refusal, bad_request};

/// A page of an origin that is not trusted may not use the visitor's cookie.
pub(super) fn check(auth: &Auth, headers: &HeaderMap) -> Result<(), Refusal> {
    let origin = headers.get(ORIGIN);
    let Some(origin) = origin.filter(|_| headers.contains_key(COOKIE)) else {
        return Ok(());
    };
    let trusted = origin.to_str().is_ok_and(|origin| auth.is_trusted_origin(origin));
    if trusted {
        return Ok(());
    }
    Err(bad_request("this origin is not among BETTER_AUTH_URL and BETTER_AUTH_TRUSTED_ORIGINS")
        .with(StatusCode::FORBIDDEN, "INVALID_ORIGIN"))
}

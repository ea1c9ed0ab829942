//! Sending browsers on, to targets that were checked before.

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, LOCATION},
    },
    response::{IntoResponse, Response},
};
use url::form_urlencoded;

use crate::{context::Context, error::AuthError, extract::JSON};

/// A redirect to `target` as it is.
pub(crate) fn to(target: &str) -> Result<Response, AuthError> {
    // A path with characters beyond ASCII goes encoded, as in better-auth.
    let target: String = target
        .chars()
        .map(|c| {
            if c.is_ascii() {
                c.to_string()
            } else {
                percent_encoding::utf8_percent_encode(
                    &c.to_string(),
                    percent_encoding::NON_ALPHANUMERIC,
                )
                .to_string()
            }
        })
        .collect();
    let location = HeaderValue::from_str(&target).map_err(domain::Error::internal)?;
    // Nothing follows, of the type that better-auth gives to everything.
    let kind = HeaderValue::from_static(JSON);
    Ok((StatusCode::FOUND, [(LOCATION, location), (CONTENT_TYPE, kind)]).into_response())
}

/// `target` with one more value in its query, before its fragment.
pub(crate) fn with_query(target: &str, name: &str, value: &str) -> String {
    let (target, fragment) = match target.split_once('#') {
        Some((target, fragment)) => (target, format!("#{fragment}")),
        None => (target, String::new()),
    };
    let mark = if target.contains('?') { '&' } else { '?' };
    let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
    format!("{target}{mark}{name}={value}{fragment}")
}

/// `target` as an absolute URL of the service, with one more value in its query.
pub(crate) fn absolute_with(
    context: &Context,
    target: &str,
    name: &str,
    value: &str,
) -> Result<String, AuthError> {
    let mut url = context.url.join(target).map_err(domain::Error::internal)?;
    let others: Vec<_> =
        url.query_pairs().into_owned().filter(|(known, _)| known != name).collect();
    url.query_pairs_mut().clear().extend_pairs(others).append_pair(name, value);
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As better-auth answers `verify-email`, 2026-11-21.
    #[test]
    fn values_are_added_before_the_fragment() {
        for (target, expected) in [
            ("/welcome", "/welcome?error=X"),
            ("/welcome?x=1", "/welcome?x=1&error=X"),
            ("/welcome#frag", "/welcome?error=X#frag"),
            ("http://127.0.0.1:4901/abs", "http://127.0.0.1:4901/abs?error=X"),
        ] {
            assert_eq!(with_query(target, "error", "X"), expected);
        }
    }
}

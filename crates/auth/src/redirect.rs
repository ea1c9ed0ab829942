//! Redirects. The targets were checked before.

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, LOCATION},
    },
    response::{IntoResponse, Response},
};
use url::{Url, form_urlencoded};

use crate::{context::Context, error::AuthError, extract::JSON};

/// An origin against which paths are resolved.
const ANY_ORIGIN: &str = "https://local.invalid";

/// Redirects to `target`.
pub(crate) fn to(target: &str) -> Result<Response, AuthError> {
    // Characters beyond ASCII are percent-encoded, as in better-auth.
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
    // better-auth sends this type even for an empty body.
    let kind = HeaderValue::from_static(JSON);
    Ok((StatusCode::FOUND, [(LOCATION, location), (CONTENT_TYPE, kind)]).into_response())
}

/// Adds a value to the query of `target`, before its fragment.
pub(crate) fn with_query(target: &str, name: &str, value: &str) -> String {
    let (target, fragment) = match target.split_once('#') {
        Some((target, fragment)) => (target, format!("#{fragment}")),
        None => (target, String::new()),
    };
    let mark = if target.contains('?') { '&' } else { '?' };
    let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
    format!("{target}{mark}{name}={value}{fragment}")
}

/// Adds values to the query of `target`, a URL or a path of the service, before its fragment: as
/// better-auth's `appendQueryParams`. `None` if it is neither.
pub(crate) fn with_values(target: &str, values: &[(&str, &str)]) -> Option<String> {
    let is_path = target.starts_with('/');
    let mut url = match Url::parse(ANY_ORIGIN) {
        Ok(origin) if is_path => origin.join(target).ok()?,
        _ => Url::parse(target).ok()?,
    };
    let added: String =
        form_urlencoded::Serializer::new(String::new()).extend_pairs(values).finish();
    let query = match url.query().filter(|query| !query.is_empty()) {
        Some(query) if query.ends_with('&') => format!("{query}{added}"),
        Some(query) => format!("{query}&{added}"),
        None => added,
    };
    url.set_query(Some(&query));
    if !is_path {
        return Some(url.into());
    }
    url.as_str().strip_prefix(ANY_ORIGIN).map(str::to_owned)
}

/// Makes `target` an absolute URL of the service, with a further value in its query.
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

    /// The results of better-auth's `appendQueryParams`, 2026-11-30.
    #[test]
    fn values_are_added_to_urls_and_paths() {
        let values = [("error", "access_denied"), ("error_description", "No, thanks & bye")];
        let added = "error=access_denied&error_description=No%2C+thanks+%26+bye";
        for (target, expected) in [
            ("/sorry", format!("/sorry?{added}")),
            ("/sorry?a=%20b&", format!("/sorry?a=%20b&{added}")),
            ("/a/../sorry?a#f", format!("/sorry?a&{added}#f")),
            ("https://app.example", format!("https://app.example/?{added}")),
            ("myapp://done?x=1", format!("myapp://done?x=1&{added}")),
        ] {
            assert_eq!(with_values(target, &values), Some(expected));
        }
        assert_eq!(with_values("sorry", &values), None);
        assert_eq!(with_values("//evil.example/x", &values), None);
    }

    /// Recorded from `verify-email` of better-auth, 2026-11-21.
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

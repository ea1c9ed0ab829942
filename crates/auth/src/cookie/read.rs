//! The cookies of a request.
//!
//! The crate `cookie` parses them without decoding names: browsers reserve `__Secure-` for https
//! by comparing names as they are sent, so a name that becomes one by percent-decoding
//! (`%5F%5FSecure-`) may be from an http page of another subdomain. The crate trims Unicode
//! whitespace from names, browsers only spaces and tabs; therefore names that are not ASCII are
//! skipped.

use ::cookie::Cookie;
use axum::http::{HeaderMap, header::COOKIE};
use percent_encoding::percent_decode_str;

/// The cookies with an ASCII name that begins with `start`, name and value as they were sent.
/// Others are not parsed.
pub(super) fn cookies<'h>(headers: &'h HeaderMap, start: &str) -> impl Iterator<Item = Cookie<'h>> {
    let lines = headers.get_all(COOKIE).iter();
    let pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    pairs
        .filter(move |pair| pair.trim_ascii_start().starts_with(start.as_bytes()))
        .filter(|pair| pair.iter().take_while(|byte| **byte != b'=').all(u8::is_ascii))
        .filter_map(|pair| Cookie::parse(String::from_utf8_lossy(pair)).ok())
}

/// The values of the cookies with this name, in the request's order.
pub(super) fn values(headers: &HeaderMap, name: &str) -> impl Iterator<Item = String> {
    let cookies = cookies(headers, name);
    cookies.filter(move |cookie| cookie.name() == name).map(|cookie| decoded(&cookie))
}

/// A cookie's value as better-auth reads it: without quotes, decoded where that gives text.
pub(super) fn decoded(cookie: &Cookie<'_>) -> String {
    let value = cookie.value();
    let bare = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    let value = bare.unwrap_or(value);
    let decoded = percent_decode_str(value).decode_utf8();
    decoded.map_or_else(|_| value.to_owned(), Into::into)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(line: &str) -> Vec<(String, String)> {
        let line = HeaderValue::from_bytes(line.as_bytes()).unwrap();
        let headers = [(COOKIE, line)].into_iter().collect();
        cookies(&headers, "").map(|cookie| (cookie.name().to_owned(), decoded(&cookie))).collect()
    }

    #[test]
    fn cookie_values_are_decoded_and_names_are_kept() {
        for (line, name, value) in [
            ("a=b", "a", "b"),
            (" a = b ", "a", "b"),
            ("\ta=\tb", "a", "b"),
            ("a=b=c", "a", "b=c"),
            ("a=%2B%2f", "a", "+/"),
            ("a=100%", "a", "100%"),
            ("a=%ff", "a", "%ff"),
            ("a=\"b%20c\"", "a", "b c"),
            ("a=é", "a", "é"),
            ("%5F%5FSecure-a=b", "%5F%5FSecure-a", "b"),
        ] {
            assert_eq!(read(line), [(name.to_owned(), value.to_owned())], "{line}");
        }
        assert_eq!(read("a; =; b=1;;c=2").len(), 2);
    }

    #[test]
    fn a_name_that_is_not_ascii_is_skipped() {
        for line in ["\u{a0}__Secure-a=b", "\u{2003}__Secure-a=b", "é=b"] {
            assert_eq!(read(line), [], "{line}");
        }
    }
}

//! Cookies of a request.
//!
//! A name is compared byte by byte as the browser sent it. Browsers keep `__Secure-`
//! for pages of https by the same comparison: a name that becomes one by percent-decoding
//! (`%5F%5FSecure-`), or by trimming more than blanks and tabs, may come from a page of
//! http next door.

use axum::http::{HeaderMap, header::COOKIE};
use percent_encoding::percent_decode;

/// What surrounds names and values (RFC 6265, section 5.2).
const BLANK: &[u8] = b" \t";

/// Every cookie's name and value, as they were sent.
pub(super) fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&[u8], &[u8])> {
    let lines = headers.get_all(COOKIE).iter();
    lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';')).filter_map(|text| {
        let equals = text.iter().position(|byte| *byte == b'=')?;
        let (name, value) = text.split_at_checked(equals)?;
        Some((trimmed(name), trimmed(value.strip_prefix(b"=")?)))
    })
}

/// A value as better-auth reads it: without quotes, decoded where that gives text.
pub(super) fn decoded(value: &[u8]) -> String {
    let bare = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
    let value = bare.unwrap_or(value);
    let decoded = percent_decode(value).decode_utf8();
    decoded.unwrap_or_else(|_| String::from_utf8_lossy(value)).into_owned()
}

fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && BLANK.contains(first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && BLANK.contains(last)
    {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(line: &str) -> Vec<(String, String)> {
        let line = HeaderValue::from_bytes(line.as_bytes()).unwrap();
        let headers = [(COOKIE, line)].into_iter().collect();
        let text = |name: &[u8]| str::from_utf8(name).unwrap().to_owned();
        pairs(&headers).map(|(name, value)| (text(name), decoded(value))).collect()
    }

    #[test]
    fn values_are_decoded_and_names_are_not() {
        for (line, name, value) in [
            ("a=b", "a", "b"),
            (" a = b ", "a", "b"),
            ("\ta=\tb", "a", "b"),
            ("a=b=c", "a", "b=c"),
            ("a=%2B%2f", "a", "+/"),
            ("a=100%", "a", "100%"),
            ("a=%ff", "a", "%ff"),
            ("a=\"b%20c\"", "a", "b c"),
            ("%5F%5FSecure-a=b", "%5F%5FSecure-a", "b"),
            ("\u{a0}__Secure-a=b", "\u{a0}__Secure-a", "b"),
            ("\u{2003}__Secure-a=b", "\u{2003}__Secure-a", "b"),
        ] {
            assert_eq!(read(line), [(name.to_owned(), value.to_owned())], "{line}");
        }
        assert_eq!(read("a; =; b=1;;c=2").len(), 3);
    }
}

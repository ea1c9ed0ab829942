//! Answers as parts of one body, in Apollo's protocol of subscriptions over HTTP.
//!
//! A part ends where the next one begins, so each is sent with the boundary after it.
//!
//! Source: Apollo, "HTTP callback and multipart protocols for GraphQL subscriptions",
//! `subscriptionSpec=1.0`.

use axum::{body::Bytes, http::HeaderValue};

pub(super) const CONTENT: HeaderValue =
    HeaderValue::from_static("multipart/mixed; boundary=graphql; subscriptionSpec=1.0");

/// Before the first part.
pub(super) const BEGIN: Bytes = Bytes::from_static(b"--graphql");
/// An empty part.
pub(super) const SIGN: Bytes =
    Bytes::from_static(b"\r\nContent-Type: application/json\r\n\r\n{}\r\n--graphql");
/// After the last part.
pub(super) const END: Bytes = Bytes::from_static(b"--\r\n");

/// An answer, which is JSON.
pub(super) fn answer(json: &[u8]) -> Bytes {
    part(&[b"{\"payload\":", json, b"}"])
}

/// Why nothing more comes: `{"errors": […]}`.
pub(super) fn failure(json: &[u8]) -> Bytes {
    let errors = json.strip_prefix(b"{").unwrap_or(json);
    part(&[b"{\"payload\":null,", errors])
}

fn part(json: &[&[u8]]) -> Bytes {
    let json = json.concat();
    [b"\r\nContent-Type: application/json\r\n\r\n", &*json, b"\r\n--graphql"].concat().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_as_apollo_has_them() {
        let body = [BEGIN, SIGN, answer(br#"{"data":1}"#), failure(br#"{"errors":[]}"#), END];
        let head = "\r\nContent-Type: application/json\r\n\r\n";
        assert_eq!(
            String::from_utf8(body.concat()).unwrap(),
            format!(
                "--graphql{head}{{}}\r\n--graphql{head}{{\"payload\":{{\"data\":1}}}}\r\n--graphql\
                 {head}{{\"payload\":null,\"errors\":[]}}\r\n--graphql--\r\n"
            )
        );
    }
}

//! HTTP caching. The result of a query by GET without cookie, token and errors is public; no
//! other response may be stored.
//!
//! Caches revalidate by entity tag (`If-None-Match`), and get 304 for an unchanged response.
//! `Vary` names all headers that a response depends on.
//!
//! Source: RFC 9110, sections 8.8.3 and 13.1.2; RFC 9111.

use axum::{
    body::{Body, to_bytes},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{
            AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, ETAG,
            IF_NONE_MATCH, VARY,
        },
        request::Parts,
    },
    response::Response,
};
use sha2::{Digest, Sha256};

use super::response::internal_error;

/// CORS adds `Origin`.
const VARIES: HeaderValue =
    HeaderValue::from_static("accept, accept-encoding, authorization, cookie");

/// Adds `Vary` to the response of a GET request.
pub(super) fn vary(parts: &Parts, mut response: Response) -> Response {
    if reads(parts) {
        response.headers_mut().append(VARY, VARIES);
    }
    response
}

fn reads(parts: &Parts) -> bool {
    parts.method == Method::GET || parts.method == Method::HEAD
}

/// Whether the response does not depend on the client.
pub(super) fn is_public(parts: &Parts) -> bool {
    reads(parts)
        && !parts.headers.contains_key(COOKIE)
        && !parts.headers.contains_key(AUTHORIZATION)
}

/// Makes the response public, fresh for `max_age` seconds.
pub(super) async fn publish(parts: &Parts, response: Response, max_age: u32) -> Response {
    let (mut head, body) = response.into_parts();
    // The body is in memory, so reading cannot fail.
    let Ok(bytes) = to_bytes(body, usize::MAX).await else { return internal_error() };
    let tag = tag_of(&bytes);
    let known = is_known(&parts.headers, &tag);
    let lifetime = format!("public, max-age={max_age}, must-revalidate");
    for (name, value) in [(CACHE_CONTROL, lifetime), (ETAG, tag)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            head.headers.insert(name, value);
        }
    }
    if !known {
        return Response::from_parts(head, Body::from(bytes));
    }
    head.status = StatusCode::NOT_MODIFIED;
    head.headers.remove(CONTENT_TYPE);
    head.headers.remove(CONTENT_LENGTH);
    Response::from_parts(head, Body::empty())
}

/// Returns a weak tag, because a response may be compressed or not.
fn tag_of(bytes: &[u8]) -> String {
    let hash = hex::encode(Sha256::digest(bytes));
    format!("W/\"{}\"", hash.get(..32).unwrap_or_default())
}

/// Whether the client has the response with this tag.
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let values = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut known = values.flat_map(|value| value.split(','));
    known.any(|known| known.trim() == "*" || opaque(known) == opaque(tag))
}

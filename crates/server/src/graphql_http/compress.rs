//! Compression of long responses.
//!
//! The length of a compressed response depends on its content. An attacker who can repeatedly
//! add chosen text to a response with a secret learns the secret (BREACH). Responses here have
//! no secrets: tokens are sent by `/api/auth`, which is not compressed, and another site's page
//! cannot send requests with the visitor's cookie (`origin`).
//!
//! The layer is applied here instead of around the endpoint, so that short responses, and
//! clients that accept no compression, do not pass it.

use std::{convert::Infallible, future::ready};

use axum::{
    body::{Body, HttpBody},
    http::{Request, header::ACCEPT_ENCODING, request::Parts},
    response::Response,
};
use tower::{Layer, ServiceExt, service_fn};
use tower_http::compression::{CompressionLayer, CompressionLevel, predicate::SizeAbove};

/// Responses up to this many bytes fit one packet uncompressed.
const SMALL: u64 = 1024;

/// Compresses a response with gzip, at the fastest level, because it is used once. Short
/// responses and streams, whose events must not wait for each other, stay as they are.
pub(super) async fn compressed(parts: &Parts, response: Response) -> Response {
    let is_long = response.body().size_hint().exact().is_some_and(|bytes| bytes > SMALL);
    if !is_long || !parts.headers.contains_key(ACCEPT_ENCODING) {
        return response;
    }
    let mut request = Request::new(());
    *request.headers_mut() = parts.headers.clone();
    let mut response = Some(response);
    let answer = service_fn(|_| ready(Ok::<_, Infallible>(response.take().unwrap_or_default())));
    let layer = CompressionLayer::new().quality(CompressionLevel::Fastest);
    let Ok(response) =
        layer.compress_when(SizeAbove::new(SMALL)).layer(answer).oneshot(request).await;
    response.map(Body::new)
}

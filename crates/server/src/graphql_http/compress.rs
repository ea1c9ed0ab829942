//! Compression of long answers.
//!
//! A compressed answer's length tells of its content, and whoever can put text of their
//! choice beside a secret, again and again, learns the secret from it (BREACH). Answers
//! here hold no secret: tokens travel by `/api/auth`, which is not compressed. Nor can
//! another site's page have them made with the visitor's cookie (`origin`).

use std::{convert::Infallible, future::ready};

use axum::{
    body::{Body, HttpBody},
    http::{Request, header::ACCEPT_ENCODING, request::Parts},
    response::Response,
};
use tower::{Layer, ServiceExt, service_fn};
use tower_http::compression::{CompressionLayer, CompressionLevel, predicate::SizeAbove};

/// Answers up to this many bytes fit one packet as they are.
const SMALL: u64 = 1024;

/// The answer compressed with gzip, lightly, as it is made for this request alone; as it
/// is, if it is short, or a stream, whose events must not wait for each other.
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

//! Answers as server-sent events: in the "distinct connections mode" of graphql-sse an
//! operation has a response of its own, which ends with it; in the "single connection
//! mode" ([`super::single`]) all operations of a client share one.
//!
//! Source: `PROTOCOL.md` of graphql-sse 2; HTML, section 9.2.

use axum::{
    body::{Bytes, to_bytes},
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE},
    },
    response::Response,
};
use serde_json::{Value, json};

use super::response::internal_error;

pub(super) const CONTENT: HeaderValue =
    HeaderValue::from_static("text/event-stream; charset=utf-8");

/// A comment, which clients ignore.
pub(super) const SIGN: Bytes = Bytes::from_static(b":\n\n");
pub(super) const END: Bytes = Bytes::from_static(b"event: complete\ndata:\n\n");

/// An answer, which is JSON without line breaks.
pub(super) fn answer(json: &[u8]) -> Bytes {
    [b"event: next\ndata: ", json, b"\n\n"].concat().into()
}

/// An answer to one operation of several, which is JSON without line breaks.
pub(super) fn answer_to(id: &str, json: &[u8]) -> Bytes {
    let head = format!("event: next\ndata: {{\"id\":{},\"payload\":", Value::from(id));
    [head.as_bytes(), json, b"}\n\n"].concat().into()
}

/// The end of one operation of several.
pub(super) fn end_of(id: &str) -> Bytes {
    format!("event: complete\ndata: {}\n\n", json!({ "id": id })).into()
}

/// The answer to a query or mutation of a client that takes nothing but events. What is
/// wrong with the request itself, its status says.
pub(super) async fn whole(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    if head.status != StatusCode::OK {
        return Response::from_parts(head, body);
    }
    // It is in memory: there is nothing to fail.
    let Ok(json) = to_bytes(body, usize::MAX).await else { return internal_error() };
    head.headers.insert(CONTENT_TYPE, CONTENT);
    head.headers.remove(CONTENT_LENGTH);
    Response::from_parts(head, [answer(&json), END].concat().into())
}

//! Server-sent events in graphql-sse's "distinct connections mode": each operation has its own
//! response.
//!
//! async-graphql lacks server-sent events. axum has them, but cannot write an event without data,
//! which graphql-sse requires for `complete`.
//!
//! Source: `PROTOCOL.md` of graphql-sse 2; HTML, section 9.2.

use std::time::Duration;

use axum::{
    body::{Bytes, to_bytes},
    http::{
        HeaderValue, StatusCode,
        header::{self, CONTENT_LENGTH},
    },
    response::Response,
};
use futures_util::{Stream, StreamExt, stream};
use graphql::json;

use super::{keep_alive::keep_alive, response::internal_error, subscription::Reply};

pub(super) const CONTENT_TYPE: HeaderValue =
    HeaderValue::from_static("text/event-stream; charset=utf-8");

/// A comment, which clients ignore.
const KEEP_ALIVE: Bytes = Bytes::from_static(b":\n\n");
const COMPLETE: &[u8] = b"event: complete\ndata:\n\n";

/// Writes the replies of a subscription. The first comment shows the client that the subscription
/// is open.
pub(super) fn encode(
    replies: impl Stream<Item = Reply> + Send + 'static,
    interval: Duration,
) -> impl Stream<Item = Bytes> + Send {
    let events = Box::pin(replies.map(|reply| event(&reply)));
    let rest = stream::unfold((events, keep_alive(interval)), async |(mut events, mut ticks)| {
        let chunk = tokio::select! {
            biased;
            event = events.next() => event?,
            _ = ticks.tick() => KEEP_ALIVE,
        };
        Some((chunk, (events, ticks)))
    });
    stream::iter([KEEP_ALIVE]).chain(rest)
}

fn event(reply: &Reply) -> Bytes {
    match reply {
        Reply::Result(json, _) => next(json).into(),
        Reply::Errors(errors) => [&*next(&json::response(errors, None)), COMPLETE].concat().into(),
        Reply::Lagged(_) => Bytes::new(),
    }
}

/// A result, which is JSON without line breaks.
fn next(json: &[u8]) -> Vec<u8> {
    [b"event: next\ndata: ", json, b"\n\n"].concat()
}

/// Writes the response of a query or mutation for a client that accepts only events. A request
/// error is not converted: its status describes the problem.
pub(super) async fn single_event(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    if head.status != StatusCode::OK {
        return Response::from_parts(head, body);
    }
    // The body is in memory, so reading cannot fail.
    let Ok(json) = to_bytes(body, usize::MAX).await else { return internal_error() };
    head.headers.insert(header::CONTENT_TYPE, CONTENT_TYPE);
    head.headers.remove(CONTENT_LENGTH);
    Response::from_parts(head, [&*next(&json), COMPLETE].concat().into())
}

//! The formats of subscriptions over plain HTTP.

use std::time::Duration;

use axum::{
    body::Bytes,
    http::{HeaderValue, header::CONTENT_TYPE},
    response::Response,
};
use futures_util::{Stream, StreamExt, stream::BoxStream};

use super::{accept::Accept, multipart, sse, subscription::Reply};

/// Format of a streaming response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StreamFormat {
    /// Server-sent events.
    Events,
    /// Apollo's multipart protocol.
    Parts,
}

impl StreamFormat {
    /// Returns the client's preferred format, if its `Accept` names one.
    pub(super) fn wanted(accept: &Accept<'_>) -> Option<Self> {
        let events = accept.named("text/event-stream");
        let parts = accept.named("multipart/mixed");
        match (events, parts) {
            (0, 0) => None,
            (events, parts) if events >= parts => Some(Self::Events),
            _ => Some(Self::Parts),
        }
    }

    pub(super) fn content_type(self) -> HeaderValue {
        match self {
            Self::Events => sse::CONTENT_TYPE,
            Self::Parts => multipart::CONTENT_TYPE,
        }
    }

    /// Writes the replies of a subscription.
    pub(super) fn encode(
        self,
        replies: impl Stream<Item = Reply> + Send + 'static,
        keep_alive: Duration,
    ) -> BoxStream<'static, Bytes> {
        match self {
            Self::Events => sse::encode(replies, keep_alive).boxed(),
            Self::Parts => multipart::encode(replies, keep_alive).boxed(),
        }
    }
}

/// Whether this is the response to a subscription.
pub(super) fn is_stream(response: &Response) -> bool {
    response.headers().get(CONTENT_TYPE).is_some_and(|content| {
        [StreamFormat::Events, StreamFormat::Parts]
            .iter()
            .any(|format| content == format.content_type())
    })
}

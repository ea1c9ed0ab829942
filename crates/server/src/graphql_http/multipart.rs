//! Apollo's multipart protocol of subscriptions over HTTP.
//!
//! async-graphql's [`create_multipart_mixed_stream`] writes the parts and the heartbeats. It
//! lacks the envelope `payload`, a body that ends without the closing boundary, and early
//! boundaries: it writes a boundary before each part. Clients read up to a boundary, so they
//! would see a result only with the next part.
//!
//! Source: Apollo, "HTTP callback and multipart protocols for GraphQL subscriptions",
//! `subscriptionSpec=1.0`.

use std::{mem, pin::Pin, time::Duration};

use async_graphql::{http::create_multipart_mixed_stream, runtime::TokioTimer};
use axum::{body::Bytes, http::HeaderValue};
use futures_util::{Stream, StreamExt, future::ready, stream};
use graphql::json;

use super::subscription::{Reply, ReplySlot};

pub(super) const CONTENT_TYPE: HeaderValue =
    HeaderValue::from_static("multipart/mixed; boundary=graphql; subscriptionSpec=1.0");

/// Boundary and heartbeat, which tell the client that the subscription is open.
const BEGIN: Bytes =
    Bytes::from_static(b"--graphql\r\nContent-Type: application/json\r\n\r\n{}\r\n--graphql");
const BOUNDARY: &[u8] = b"--graphql";
/// The end of the last boundary.
const CLOSE: &[u8] = b"--\r\n";

/// Writes the replies of a subscription.
pub(super) fn encode(
    replies: impl Stream<Item = Reply> + Send + 'static,
    heartbeat: Duration,
) -> impl Stream<Item = Bytes> + Send {
    let slot = ReplySlot::default();
    let mut parts = Parts { slot: slot.clone(), part: Vec::new(), has_ended: false };
    let replies: Pin<Box<dyn Stream<Item = _> + Send>> =
        Box::pin(replies.map(move |reply| slot.put(reply)));
    let chunks = create_multipart_mixed_stream(replies, TokioTimer::default(), heartbeat);
    stream::iter([BEGIN]).chain(chunks.filter_map(move |chunk| ready(parts.push(&chunk))))
}

/// Assembles the library's chunks into parts that end with a boundary.
struct Parts {
    slot: ReplySlot,
    part: Vec<u8>,
    /// Whether the client knows why there are no more results.
    has_ended: bool,
}

impl Parts {
    /// Adds a chunk, and returns the part that it completes.
    fn push(&mut self, chunk: &[u8]) -> Option<Bytes> {
        if let Some(rest) = chunk.strip_prefix(BOUNDARY) {
            if rest == CLOSE {
                return self.has_ended.then(|| Bytes::from_static(CLOSE));
            }
            self.part.extend_from_slice(rest);
            return None;
        }
        match self.slot.take() {
            Some(reply) => self.push_reply(&reply),
            // A heartbeat, or the line break after a reply.
            None => self.part.extend_from_slice(chunk),
        }
        if !self.part.ends_with(b"\r\n") {
            return None;
        }
        self.part.extend_from_slice(BOUNDARY);
        Some(mem::take(&mut self.part).into())
    }

    fn push_reply(&mut self, reply: &Reply) {
        match reply {
            Reply::Result(json, _) => {
                self.part.extend_from_slice(b"{\"payload\":");
                self.part.extend_from_slice(json);
                self.part.push(b'}');
            }
            Reply::Errors(errors) => {
                self.has_ended = true;
                let errors = json::response(errors, None);
                self.part.extend_from_slice(b"{\"payload\":null,");
                self.part.extend_from_slice(errors.strip_prefix(b"{").unwrap_or(&errors));
            }
            Reply::Lagged(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::ServerError;

    use super::*;

    const HEAD: &str = "\r\nContent-Type: application/json\r\n\r\n";

    async fn encoded(replies: Vec<Reply>) -> Vec<String> {
        let chunks = encode(stream::iter(replies), Duration::from_mins(1)).collect::<Vec<_>>();
        chunks.await.into_iter().map(|chunk| String::from_utf8(chunk.into()).unwrap()).collect()
    }

    #[tokio::test]
    async fn each_part_ends_with_a_boundary() {
        let result = Reply::Result(Bytes::from_static(br#"{"data":1}"#), None);
        let errors = Reply::Errors(vec![ServerError::new("gone", None)]);
        assert_eq!(
            encoded(vec![result, errors]).await,
            [
                format!("--graphql{HEAD}{{}}\r\n--graphql"),
                format!("{HEAD}{{\"payload\":{{\"data\":1}}}}\r\n--graphql"),
                format!(
                    "{HEAD}{{\"payload\":null,\"errors\":[{{\"message\":\"gone\"}}]}}\r\n--graphql"
                ),
                "--\r\n".to_owned(),
            ]
        );
    }

    #[tokio::test]
    async fn a_stream_that_is_cut_off_has_no_closing_boundary() {
        let begin = format!("--graphql{HEAD}{{}}\r\n--graphql");
        assert_eq!(encoded(Vec::new()).await, [begin]);
    }
}

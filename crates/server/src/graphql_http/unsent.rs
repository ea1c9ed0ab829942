//! Holds the permit of a long response until it was sent. The response occupies memory until its
//! client has read it.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::response::Response,
};
use http_body::{Frame, SizeHint};

use super::concurrency::ConcurrencyPermit;

/// Responses up to this size fit into the connection's buffer, even if the client does not read.
const SMALL: u64 = 64 * 1024;
/// Size of the pieces of a long response. The connection takes the next piece when its buffer has
/// space.
const PIECE: usize = 64 * 1024;

/// Holds the permit that is attached to a response.
pub(super) fn hold_permit(mut response: Response<Body>) -> Response<Body> {
    let Some(permit) = response.extensions_mut().remove::<Arc<ConcurrencyPermit>>() else {
        return response;
    };
    // The body is in memory, so its length is known.
    let bytes = response.body().size_hint().exact().unwrap_or_default();
    if bytes <= SMALL {
        return response;
    }
    permit.count_unsent(usize::try_from(bytes).unwrap_or(usize::MAX));
    response.map(|body| Body::new(Unsent { body, rest: Bytes::new(), permit }))
}

/// A body in pieces.
struct Unsent {
    body: Body,
    /// The rest of the body's last frame.
    rest: Bytes,
    permit: Arc<ConcurrencyPermit>,
}

/// A piece with the permit. A connection that writes without copying keeps all bytes of the
/// response until it has written the last piece.
struct Piece {
    bytes: Bytes,
    _permit: Arc<ConcurrencyPermit>,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Splits the next piece off `rest`.
fn split_piece(rest: &mut Bytes, permit: Arc<ConcurrencyPermit>) -> Bytes {
    let bytes = rest.split_to(rest.len().min(PIECE));
    Bytes::from_owner(Piece { bytes, _permit: permit })
}

impl HttpBody for Unsent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(task)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) => self.rest = bytes,
                    Err(frame) => return Poll::Ready(Some(Ok(frame))),
                },
                over => return Poll::Ready(over),
            }
        }
        let permit = Arc::clone(&self.permit);
        Poll::Ready(Some(Ok(Frame::data(split_piece(&mut self.rest, permit)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, body) = (self.rest.len() as u64, self.body.size_hint());
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower().saturating_add(rest));
        if let Some(upper) = body.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint
    }
}

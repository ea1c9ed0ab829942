//! A long answer on its way: whoever reads slowly keeps its place and its memory.

use std::{
    iter,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::response::Response,
};
use http_body::{Frame, SizeHint};

use super::admission::ConcurrencyPermit;

/// A connection takes this much of an answer at once, whether its client reads or not.
const SMALL: u64 = 64 * 1024;
/// How much of a long answer is handed out at once: its connection takes the next piece
/// when there is room.
const PIECE: usize = 64 * 1024;

/// Keeps the place that goes with a response until a long answer is sent: it fills memory
/// for as long as its client does not read.
pub(super) fn until_sent(mut response: Response<Body>) -> Response<Body> {
    let Some(place) = response.extensions_mut().remove::<Arc<ConcurrencyPermit>>() else {
        return response;
    };
    // It is in memory: its length is known.
    let bytes = response.body().size_hint().exact().unwrap_or_default();
    if bytes <= SMALL {
        return response;
    }
    place.wait(usize::try_from(bytes).unwrap_or(usize::MAX));
    response.map(|body| Body::new(Sending { body, rest: Bytes::new(), place }))
}

/// A body on its way. It is handed out in pieces, of which the connection takes no more
/// than it has room for.
struct Sending {
    body: Body,
    /// What is to be handed out before the body goes on.
    rest: Bytes,
    place: Arc<ConcurrencyPermit>,
}

/// A connection that writes what it has without copying keeps all bytes of the answer for
/// its last piece: so the place stays with every piece.
struct Piece {
    bytes: Bytes,
    _place: Arc<ConcurrencyPermit>,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The pieces of an answer that a stream carries.
pub(super) fn pieces(
    mut rest: Bytes,
    place: &Arc<ConcurrencyPermit>,
) -> impl Iterator<Item = Bytes> {
    iter::from_fn(move || (!rest.is_empty()).then(|| piece(&mut rest, Arc::clone(place))))
}

/// Takes the next piece of the rest.
fn piece(rest: &mut Bytes, place: Arc<ConcurrencyPermit>) -> Bytes {
    let bytes = rest.split_to(rest.len().min(PIECE));
    Bytes::from_owner(Piece { bytes, _place: place })
}

impl HttpBody for Sending {
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
        let place = Arc::clone(&self.place);
        Poll::Ready(Some(Ok(Frame::data(piece(&mut self.rest, place)))))
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

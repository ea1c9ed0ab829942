//! The time limit of request bodies, which grows with the bytes received.

use std::{
    error::Error,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::{Body, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

use super::{
    rest::{Exchange, UnreadBody},
    shutdown::ended_for,
};
use crate::time_limit;

/// Bytes that extend the deadline by a millisecond, i.e. 8 KB a second. A burst does not save
/// up time: the deadline is never later than the timeout from now.
const BYTES_PER_MILLISECOND: u64 = 8;
/// The time limit of a body during shutdown.
const SHUTDOWN_TIME: Duration = Duration::from_secs(3);

/// A body that fails with `TimedOut` unless it is received fast enough. If it is dropped
/// unread, the connection gets the rest.
pub(crate) struct BodyTimeout {
    /// `None` after its end.
    body: Option<Incoming>,
    timeout: Duration,
    exchange: Arc<Exchange>,
    /// Present once the body was awaited: most bodies are complete at once.
    waiting: Option<Waiting>,
    /// Bytes received since the deadline was last extended.
    read: u64,
}

/// The events that end the wait for a body.
struct Waiting {
    deadline: Pin<Box<Sleep>>,
    /// Shutdown.
    end: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl BodyTimeout {
    /// Limits the time of `body`: `timeout` to begin, more as it is received, and little during
    /// shutdown.
    pub(super) fn wrap(body: Incoming, timeout: Duration, exchange: &Arc<Exchange>) -> Body {
        if body.is_end_stream() {
            return Body::empty();
        }
        let exchange = Arc::clone(exchange);
        Body::new(Self { body: Some(body), timeout, exchange, waiting: None, read: 0 })
    }

    /// Gives up the body.
    fn lose(&mut self) {
        self.body = None;
        self.exchange.store_rest(UnreadBody::Lost);
    }

    /// Ready when the time is over.
    fn poll_timeout(&mut self, task: &mut Context<'_>) -> Poll<()> {
        let latest = Instant::now() + self.timeout;
        let Waiting { deadline, end } = self.waiting.get_or_insert_with(|| {
            let deadline = Box::pin(sleep_until(latest));
            Waiting { deadline, end: Box::pin(ended_for(self.exchange.ended(), SHUTDOWN_TIME)) }
        });
        let gained = Duration::from_millis(self.read / BYTES_PER_MILLISECOND);
        self.read %= BYTES_PER_MILLISECOND;
        let due = (deadline.deadline() + gained).min(latest);
        if deadline.deadline() != due {
            deadline.as_mut().reset(due);
        }
        if end.as_mut().poll(task).is_ready() {
            return Poll::Ready(());
        }
        deadline.as_mut().poll(task)
    }
}

impl HttpBody for BodyTimeout {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        match Pin::new(body).poll_frame(task) {
            Poll::Ready(Some(Ok(frame))) => {
                let length = frame.data_ref().map_or(0, Bytes::len);
                self.read = self.read.saturating_add(length as u64);
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                self.lose();
                Poll::Ready(Some(Err(error.into())))
            }
            Poll::Ready(None) => {
                self.body = None;
                Poll::Ready(None)
            }
            Poll::Pending => {
                time_limit::body_is_awaited();
                ready!(self.poll_timeout(task));
                self.lose();
                let error =
                    io::Error::new(io::ErrorKind::TimedOut, "the body was not received in time");
                Poll::Ready(Some(Err(error.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or(SizeHint::with_exact(0), Incoming::size_hint)
    }
}

impl Drop for BodyTimeout {
    fn drop(&mut self) {
        if let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) {
            self.exchange.store_rest(UnreadBody::Body(body));
        }
    }
}

//! Bodies that come in time.

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
    ended_for,
    rest::{Exchange, UnreadBody},
};
use crate::time_limit;

/// How many bytes gain another millisecond: 8 KB in a second. No client saves time:
/// after a burst it must go on as soon as others.
const PER_MILLISECOND: u64 = 8;
/// How long a body has during shutdown.
const LAST: Duration = Duration::from_secs(3);

/// A body that fails, as what is timed out, unless it comes fast enough. Whoever drops it
/// leaves its rest to the connection.
pub(crate) struct Paced {
    /// Until it is over.
    body: Option<Incoming>,
    patience: Duration,
    exchange: Arc<Exchange>,
    /// Since it was waited for, as most bodies are there at once.
    waiting: Option<Waiting>,
    /// Bytes that came since time was last gained.
    read: u64,
}

/// What ends the wait for a body.
struct Waiting {
    deadline: Pin<Box<Sleep>>,
    /// The end of the server.
    end: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Paced {
    /// `body`, which has so much time to begin, and more as it goes on, but little once the
    /// server ends.
    pub(super) fn body(body: Incoming, patience: Duration, exchange: &Arc<Exchange>) -> Body {
        if body.is_end_stream() {
            return Body::empty();
        }
        let exchange = Arc::clone(exchange);
        Body::new(Self { body: Some(body), patience, exchange, waiting: None, read: 0 })
    }

    /// Nothing more of the body is of use.
    fn lose(&mut self) {
        self.body = None;
        self.exchange.store_rest(UnreadBody::Lost);
    }

    /// Ready when there is no time left.
    fn poll_late(&mut self, task: &mut Context<'_>) -> Poll<()> {
        let latest = Instant::now() + self.patience;
        let Waiting { deadline, end } = self.waiting.get_or_insert_with(|| {
            let deadline = Box::pin(sleep_until(latest));
            Waiting { deadline, end: Box::pin(ended_for(self.exchange.ended(), LAST)) }
        });
        let gained = Duration::from_millis(self.read / PER_MILLISECOND);
        self.read %= PER_MILLISECOND;
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

impl HttpBody for Paced {
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
                ready!(self.poll_late(task));
                self.lose();
                let late = io::Error::new(io::ErrorKind::TimedOut, "the body did not come in time");
                Poll::Ready(Some(Err(late.into())))
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

impl Drop for Paced {
    fn drop(&mut self) {
        if let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) {
            self.exchange.store_rest(UnreadBody::Body(body));
        }
    }
}

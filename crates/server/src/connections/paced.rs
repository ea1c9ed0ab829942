//! Bodies that come in time.

use std::{
    error::Error,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::{Body, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

/// How many bytes gain another millisecond: 8 KB in a second.
const PER_MILLISECOND: u64 = 8;

/// A body that fails with [`Late`] unless it comes fast enough.
pub(crate) struct Paced {
    body: Incoming,
    patience: Duration,
    /// Since it was waited for, as most bodies are there at once.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
    read: u64,
}

/// The body did not come in time.
#[derive(Debug)]
pub(crate) struct Late;

impl fmt::Display for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body did not come in time")
    }
}

impl Error for Late {}

impl Late {
    /// Whether this is why a body could not be read.
    pub(crate) fn caused(error: &axum::Error) -> bool {
        let mut cause: Option<&dyn Error> = Some(error);
        while let Some(error) = cause {
            if error.is::<Self>() {
                return true;
            }
            cause = error.source();
        }
        false
    }
}

impl Paced {
    /// `body`, which has so much time, and more the longer it is.
    pub(super) fn body(body: Incoming, patience: Duration) -> Body {
        if body.is_end_stream() {
            return Body::empty();
        }
        Body::new(Self { body, patience, waiting: None, read: 0 })
    }

    /// Ready when there is no time left.
    fn poll_late(&mut self, task: &mut Context<'_>) -> Poll<()> {
        let gained = Duration::from_millis(self.read / PER_MILLISECOND);
        let patience = self.patience + gained;
        let (start, sleep) = self.waiting.get_or_insert_with(|| {
            let now = Instant::now();
            (now, Box::pin(sleep_until(now + patience)))
        });
        let deadline = *start + patience;
        if sleep.deadline() != deadline {
            sleep.as_mut().reset(deadline);
        }
        sleep.as_mut().poll(task)
    }
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match Pin::new(&mut self.body).poll_frame(task) {
            Poll::Ready(Some(Ok(frame))) => {
                let length = frame.data_ref().map_or(0, Bytes::len);
                self.read = self.read.saturating_add(length as u64);
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                ready!(self.poll_late(task));
                Poll::Ready(Some(Err(Late.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

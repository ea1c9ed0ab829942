//! Bytes that a client still sends after the response to its request.
//!
//! Most clients read the response only after they have sent everything. If the server closes a
//! socket with unread bytes, the system resets the connection, and the client may lose the
//! response. So the server reads the rest of a short body before the response, and keeps the
//! connection. Otherwise the response has `Connection: close`, and [`Lingering`] then discards
//! further bytes, within limits.
//!
//! Source: RFC 9112, section 9.6.

use std::{
    convert::Infallible,
    mem::MaybeUninit,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    http::{HeaderValue, StatusCode, header::CONNECTION},
    response::Response,
};
use futures_util::future::BoxFuture;
use http_body::Body as HttpBody;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use pin_project_lite::pin_project;
use tokio::{
    io::{AsyncRead, ReadBuf},
    sync::watch,
    time::{Instant, Sleep, sleep, timeout},
};

use super::shutdown::until;

/// The longest rest that is read before the response, in bytes.
const SHORT: u64 = 64 * 1024;
/// Reading it takes at most this time.
const SHORT_TIME: Duration = Duration::from_secs(1);
/// The number of bytes that are discarded after a response.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Discarding takes at most this time in total.
const TOTAL_TIME: Duration = Duration::from_secs(10);
/// Discarding ends when the client has sent nothing for this time.
const IDLE_TIME: Duration = Duration::from_secs(5);
/// Discarding goes on for this time after the server began to shut down.
const SHUTDOWN_TIME: Duration = Duration::from_millis(500);
/// Bytes that are discarded at a time.
const BUFFER: usize = 16 * 1024;

/// The state that a connection's stream, request bodies and responses share.
pub(super) struct Exchange {
    ended: watch::Receiver<bool>,
    /// Whether the client sent bytes that belong to no request with a response.
    has_unread_bytes: AtomicBool,
    /// Whether [`Self::rest`] contains an unread body.
    is_unread: AtomicBool,
    rest: Mutex<Option<UnreadBody>>,
}

/// The unread rest of a request's body.
pub(super) enum UnreadBody {
    /// The handler did not read it to its end.
    Body(Incoming),
    /// It was malformed, or was not received in time.
    Lost,
}

impl Exchange {
    pub(super) fn new(ended: watch::Receiver<bool>) -> Self {
        Self {
            ended,
            has_unread_bytes: false.into(),
            is_unread: false.into(),
            rest: Mutex::default(),
        }
    }

    pub(super) fn ended(&self) -> watch::Receiver<bool> {
        self.ended.clone()
    }

    /// Records that bytes were received; 0 means that the client closed.
    pub(super) fn received(&self, bytes: usize) {
        self.has_unread_bytes.store(bytes > 0, Relaxed);
    }

    /// Stores the unread rest of the body.
    pub(super) fn store_rest(&self, rest: UnreadBody) {
        *self.rest() = Some(rest);
        self.is_unread.store(true, Relaxed);
    }

    fn rest(&self) -> MutexGuard<'_, Option<UnreadBody>> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the whole body was read before the response.
    pub(super) fn is_read(&self) -> bool {
        let is_read = !self.is_unread.load(Relaxed);
        if is_read {
            self.has_unread_bytes.store(false, Relaxed);
        }
        is_read
    }

    /// The response to a request whose body was not read to its end. The connection is kept only
    /// if `may_stay` is true and the rest of the body is short and arrives soon.
    pub(super) async fn finish_response(&self, mut response: Response, may_stay: bool) -> Response {
        self.is_unread.store(false, Relaxed);
        let rest = self.rest().take();
        let is_over = match rest {
            Some(UnreadBody::Body(body)) if may_stay => {
                timeout(SHORT_TIME, ends_soon(body)).await.unwrap_or(false)
            }
            Some(_) => false,
            None => true,
        };
        if is_over {
            self.has_unread_bytes.store(false, Relaxed);
        } else if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    /// Discards unread bytes before the socket is closed; `None` if the client has closed, or
    /// sent only what was read.
    pub(super) fn lingering(&self, idle_time: Duration) -> Option<Box<Lingering>> {
        self.has_unread_bytes
            .load(Relaxed)
            .then(|| Box::new(Lingering::new(self.ended(), idle_time)))
    }
}

pin_project! {
    /// The response to a request, once it is known whether its connection is kept.
    pub(super) struct Answering<F> {
        #[pin]
        response: F,
        exchange: Arc<Exchange>,
        may_stay: bool,
        // For an unread body, which is rare.
        finishing: Option<BoxFuture<'static, Response>>,
    }
}

impl<F> Answering<F> {
    pub(super) fn new(response: F, exchange: Arc<Exchange>, may_stay: bool) -> Self {
        Self { response, exchange, may_stay, finishing: None }
    }
}

impl<F: Future<Output = Response>> Future for Answering<F> {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if this.finishing.is_none() {
            let response = ready!(this.response.poll(task));
            if this.exchange.is_read() {
                return Poll::Ready(Ok(response));
            }
            let (exchange, may_stay) = (Arc::clone(this.exchange), *this.may_stay);
            *this.finishing =
                Some(Box::pin(async move { exchange.finish_response(response, may_stay).await }));
        }
        let finishing = this.finishing.as_mut();
        finishing.map_or(Poll::Pending, |finishing| finishing.as_mut().poll(task)).map(Ok)
    }
}

/// Whether a body ends within [`SHORT`] bytes.
async fn ends_soon(mut body: Incoming) -> bool {
    let mut left = SHORT;
    while body.size_hint().lower() <= left {
        match body.frame().await {
            None => return true,
            Some(Err(_)) => return false,
            Some(Ok(frame)) => {
                let length = frame.data_ref().map_or(0, |data| data.len() as u64);
                left = left.saturating_sub(length);
            }
        }
        if left == 0 {
            return body.is_end_stream();
        }
    }
    false
}

/// Discards what a client sends after the response, within limits of bytes and time.
pub(super) struct Lingering {
    /// The latest end.
    end: Pin<Box<dyn Future<Output = ()> + Send>>,
    idle_time: Duration,
    idle: Pin<Box<Sleep>>,
    left: usize,
    buffer: [MaybeUninit<u8>; BUFFER],
}

impl Lingering {
    fn new(mut ended: watch::Receiver<bool>, idle_time: Duration) -> Self {
        let idle_time = idle_time.min(IDLE_TIME);
        let end = async move {
            let last = async {
                until(&mut ended).await;
                sleep(SHUTDOWN_TIME).await;
            };
            _ = timeout(TOTAL_TIME, last).await;
        };
        let idle = Box::pin(sleep(idle_time));
        let buffer = [MaybeUninit::uninit(); BUFFER];
        Self { end: Box::pin(end), idle_time, idle, left: MAX_BYTES, buffer }
    }

    /// Ready when the client has closed, or a limit is reached.
    pub(super) fn poll<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        task: &mut Context<'_>,
    ) -> Poll<()> {
        loop {
            if self.end.as_mut().poll(task).is_ready() {
                return Poll::Ready(());
            }
            let mut discarded = ReadBuf::uninit(&mut self.buffer);
            match Pin::new(&mut *stream).poll_read(task, &mut discarded) {
                Poll::Pending => return self.idle.as_mut().poll(task),
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Ready(Ok(())) => {}
            }
            let bytes = discarded.filled().len();
            self.left = self.left.saturating_sub(bytes);
            if bytes == 0 || self.left == 0 {
                return Poll::Ready(());
            }
            self.idle.as_mut().reset(Instant::now() + self.idle_time);
        }
    }
}

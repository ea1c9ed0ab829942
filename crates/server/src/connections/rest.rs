//! What a client still sends when its request has been answered.
//!
//! Most clients look for an answer only when they have sent everything. If the server
//! closes a socket in which bytes wait, the system resets the connection, and the client
//! may lose the answer. So the server reads the rest of a short body before it answers, and
//! keeps the connection. Otherwise the answer says `Connection: close`, and after it
//! [`Lingering`] discards what comes, for a while.
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

use super::until;

/// The longest rest that is read before the answer, in bytes.
const SHORT: u64 = 64 * 1024;
/// How long that may take.
const SHORT_TIME: Duration = Duration::from_secs(1);
/// How many bytes are discarded after an answer.
const MOST: usize = 64 * 1024 * 1024;
/// How long that may take, nothing may come meanwhile, and it goes on once the server ends.
const TIME: Duration = Duration::from_secs(10);
const QUIET: Duration = Duration::from_secs(5);
const LAST: Duration = Duration::from_millis(500);
/// How much is discarded at a time, in bytes.
const BUFFER: usize = 16 * 1024;

/// What the stream of a connection, its request's body and its answers know of each other.
pub(super) struct Exchange {
    ended: watch::Receiver<bool>,
    /// Whether bytes came that belong to no request that was answered and read.
    heard: AtomicBool,
    /// Whether [`Self::rest`] has something.
    is_unread: AtomicBool,
    rest: Mutex<Option<Rest>>,
}

/// What is left of a request's body.
pub(super) enum Rest {
    /// The handler did not read on.
    Body(Incoming),
    /// It was malformed, or did not come in time.
    Lost,
}

impl Exchange {
    pub(super) fn new(ended: watch::Receiver<bool>) -> Self {
        Self { ended, heard: false.into(), is_unread: false.into(), rest: Mutex::default() }
    }

    pub(super) fn ended(&self) -> watch::Receiver<bool> {
        self.ended.clone()
    }

    /// Notes how many bytes came; none is the client's end.
    pub(super) fn hear(&self, bytes: usize) {
        self.heard.store(bytes > 0, Relaxed);
    }

    /// Notes what is left of the body.
    pub(super) fn leave(&self, rest: Rest) {
        *self.rest() = Some(rest);
        self.is_unread.store(true, Relaxed);
    }

    fn rest(&self) -> MutexGuard<'_, Option<Rest>> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the whole body was read before this answer to it.
    pub(super) fn is_read(&self) -> bool {
        let is_read = !self.is_unread.load(Relaxed);
        if is_read {
            self.heard.store(false, Relaxed);
        }
        is_read
    }

    /// The answer to a request whose body has a rest. The connection is kept only if it
    /// `may_stay` and the rest is short and comes at once.
    pub(super) async fn settled(&self, mut response: Response, may_stay: bool) -> Response {
        self.is_unread.store(false, Relaxed);
        let rest = self.rest().take();
        let is_over = match rest {
            Some(Rest::Body(body)) if may_stay => {
                timeout(SHORT_TIME, ends_soon(body)).await.unwrap_or(false)
            }
            Some(_) => false,
            None => true,
        };
        if is_over {
            self.heard.store(false, Relaxed);
        } else if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    /// What is to be discarded before the socket is closed; nothing, if the client has
    /// ended, or sent only what was read.
    pub(super) fn lingering(&self, patience: Duration) -> Option<Box<Lingering>> {
        self.heard.load(Relaxed).then(|| Box::new(Lingering::new(self.ended(), patience)))
    }
}

pin_project! {
    /// The answer to a request, once it is known whether its connection is kept.
    pub(super) struct Answering<F> {
        #[pin]
        answer: F,
        exchange: Arc<Exchange>,
        may_stay: bool,
        // Of a body that is not read, which is rare.
        settled: Option<BoxFuture<'static, Response>>,
    }
}

impl<F> Answering<F> {
    pub(super) fn new(answer: F, exchange: Arc<Exchange>, may_stay: bool) -> Self {
        Self { answer, exchange, may_stay, settled: None }
    }
}

impl<F: Future<Output = Response>> Future for Answering<F> {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if this.settled.is_none() {
            let response = ready!(this.answer.poll(task));
            if this.exchange.is_read() {
                return Poll::Ready(Ok(response));
            }
            let (exchange, may_stay) = (Arc::clone(this.exchange), *this.may_stay);
            *this.settled =
                Some(Box::pin(async move { exchange.settled(response, may_stay).await }));
        }
        let settled = this.settled.as_mut();
        settled.map_or(Poll::Pending, |settled| settled.as_mut().poll(task)).map(Ok)
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

/// Discards what a client still sends, within limits of bytes and of time.
pub(super) struct Lingering {
    /// The latest end.
    end: Pin<Box<dyn Future<Output = ()> + Send>>,
    patience: Duration,
    quiet: Pin<Box<Sleep>>,
    left: usize,
    buffer: [MaybeUninit<u8>; BUFFER],
}

impl Lingering {
    fn new(mut ended: watch::Receiver<bool>, patience: Duration) -> Self {
        let patience = patience.min(QUIET);
        let end = async move {
            let last = async {
                until(&mut ended).await;
                sleep(LAST).await;
            };
            _ = timeout(TIME, last).await;
        };
        let quiet = Box::pin(sleep(patience));
        let buffer = [MaybeUninit::uninit(); BUFFER];
        Self { end: Box::pin(end), patience, quiet, left: MOST, buffer }
    }

    /// Ready when the client has ended, or there is no reason to wait for it any more.
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
                Poll::Pending => return self.quiet.as_mut().poll(task),
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Ready(Ok(())) => {}
            }
            let bytes = discarded.filled().len();
            self.left = self.left.saturating_sub(bytes);
            if bytes == 0 || self.left == 0 {
                return Poll::Ready(());
            }
            self.quiet.as_mut().reset(Instant::now() + self.patience);
        }
    }
}

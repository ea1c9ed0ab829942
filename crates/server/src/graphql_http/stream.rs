//! Subscriptions over plain HTTP: a streaming response ([`super::sse`], [`super::multipart`]).
//!
//! When the session ends or the client reads too slowly, the last result reports it. When the
//! server shuts down or may have missed changes of other processes, the response just ends;
//! clients treat that as a lost connection and retry.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    http::{
        HeaderName, HeaderValue, Method, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use domain::Error;
use futures_util::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, Interval, MissedTickBehavior, interval_at, timeout},
};
use tracing::Instrument;

use super::{
    RequestContext,
    accept::Accept,
    caller::Caller,
    concurrency::Client,
    execute::Prepared,
    multipart,
    response::{Refusal, Reporter},
    sse,
    subscription::{
        ClientContext, ConnectionQuota, Lag, NotOpened, Reply, SessionState, StreamItem,
        SubscriptionStream,
    },
};

/// Timeout for sending a chunk to a client.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

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

    fn content_type(self) -> HeaderValue {
        match self {
            Self::Events => sse::CONTENT_TYPE,
            Self::Parts => multipart::CONTENT_TYPE,
        }
    }

    fn encode(
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

/// Opens a subscription, in the format that the client accepts.
pub(super) async fn subscribe(
    context: &RequestContext<'_>,
    prepared: Prepared,
    caller: &Caller,
) -> Result<Response, Refusal> {
    let RequestContext { app, parts, log, .. } = *context;
    let format = context.stream.filter(|_| parts.method != Method::HEAD);
    let format = format.ok_or_else(Refusal::needs_a_stream)?;
    let hub = &app.graphql.subscriptions;
    let mut quotas = hub.count_connection(app.auth.address(&parts.extensions, &parts.headers))?;
    let session = caller.watch_session(app);
    quotas.extend(hub.count_user(&session)?);
    let client = Client::of(&app.auth, parts, &caller.viewer);
    let client = ClientContext { client, session, log: log.clone() };
    let opened = SubscriptionStream::open(app, hub.changes(), prepared, client.clone()).await;
    match opened {
        Ok(subscription) => {
            let chunks = format.encode(replies(subscription, client), hub.settings.keep_alive);
            Ok(respond(format.content_type(), chunks, hub.shutdown(), quotas))
        }
        Err(NotOpened::Refused(refusal)) => Err(refusal),
        Err(NotOpened::Invalid(response)) => {
            Ok(Reporter { viewer: &caller.viewer, log }.respond(response, context.media_type))
        }
    }
}

/// Returns the results of a subscription, and the reason for its end if the client must know it.
fn replies(
    subscription: SubscriptionStream,
    client: ClientContext,
) -> impl Stream<Item = Reply> + Send {
    stream::unfold(Some((subscription, client)), async |open| {
        let (mut subscription, mut client) = open?;
        let refusal = tokio::select! {
            biased;
            state = client.session.ended() => session_ended(&state),
            item = subscription.next() => match item {
                StreamItem::Result(json) => {
                    return Some((Reply::Result(json, None), Some((subscription, client))));
                }
                StreamItem::Lagged(Lag::SlowReader) => too_slow(),
                StreamItem::Lagged(Lag::MissedChanges) => return None,
                StreamItem::Ended => session_ended(&SessionState::Ended),
            },
        };
        Some((Reply::Errors(vec![refusal.error(&client.log)]), None))
    })
}

/// Starts a task that sends `chunks` until the client stops reading. The connection is counted
/// until its response is dropped.
fn respond(
    content_type: HeaderValue,
    chunks: BoxStream<'static, Bytes>,
    shutdown: watch::Receiver<bool>,
    quotas: Vec<ConnectionQuota>,
) -> Response {
    // One chunk is buffered while the connection sends another, so a slow reader delays the task.
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(send_all(chunks, sender, shutdown).in_current_span());
    let body = stream::unfold((receiver, quotas), async |(mut receiver, quotas)| {
        let chunk: Bytes = receiver.recv().await?;
        Some((Ok::<_, std::convert::Infallible>(chunk), (receiver, quotas)))
    });
    let headers = [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        // Without this header, a proxy may hold back each result until the next one.
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    (headers, Body::from_stream(body)).into_response()
}

async fn send_all(
    mut chunks: BoxStream<'static, Bytes>,
    sender: mpsc::Sender<Bytes>,
    mut shutdown: watch::Receiver<bool>,
) {
    let sent = async {
        while let Some(chunk) = chunks.next().await {
            let Ok(Ok(())) = timeout(WRITE_TIMEOUT, sender.send(chunk)).await else { return };
        }
    };
    tokio::select! {
        () = sent => {}
        () = sender.closed() => {}
        _ = shutdown.wait_for(|is_down| *is_down) => {}
    }
}

/// Ticks when a silent connection needs a keep-alive message.
pub(super) fn keep_alive(interval: Duration) -> Interval {
    let mut ticks = interval_at(Instant::now() + interval, interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

fn session_ended(state: &SessionState) -> Refusal {
    match state {
        SessionState::Unknown => Refusal::of(&Error::Busy, StatusCode::SERVICE_UNAVAILABLE),
        SessionState::Anonymous | SessionState::SignedIn(_) | SessionState::Ended => {
            Refusal::of(&Error::Unauthenticated, StatusCode::UNAUTHORIZED)
        }
    }
}

fn too_slow() -> Refusal {
    Refusal::rate_limited("results were not read fast enough, and some are missing", 1)
}

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
    time::timeout,
};
use tracing::Instrument;

use super::{
    caller::Caller,
    concurrency::Client,
    prepared::Prepared,
    request_context::RequestContext,
    response::{Refusal, Reporter},
    subscription::{
        ClientContext, ConnectionQuota, Lag, NotOpened, Reply, SessionState, StreamItem,
        SubscriptionStream,
    },
};

/// Timeout for sending a chunk to a client.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens a subscription, in the format that the client accepts.
pub(super) async fn subscribe(
    context: &RequestContext<'_>,
    prepared: Prepared,
    caller: &Caller,
) -> Result<Response, Refusal> {
    let RequestContext { graphql, parts, log, .. } = *context;
    let format = context.stream.filter(|_| parts.method != Method::HEAD);
    let format = format.ok_or_else(Refusal::needs_a_stream)?;
    let hub = &graphql.subscriptions;
    let mut quotas =
        hub.count_connection(graphql.auth.address(&parts.extensions, &parts.headers))?;
    let session = caller.watch_session(&hub.sessions);
    quotas.extend(hub.count_user(&session)?);
    let client = Client::of(&graphql.auth, parts, &caller.viewer);
    let client = ClientContext { client, session, log: log.clone() };
    let opened = SubscriptionStream::open(graphql, hub.changes(), prepared, client.clone()).await;
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
        loop {
            // The next chunk is made while the client reads the previous one: an execution that
            // has begun holds a permit of the concurrency limiter, which must not wait for a slow
            // reader.
            let slot = async {
                let reserved = timeout(WRITE_TIMEOUT, sender.reserve()).await;
                reserved.ok().and_then(Result::ok).ok_or(())
            };
            let chunk = async { chunks.next().await.ok_or(()) };
            let Ok((slot, chunk)) = tokio::try_join!(slot, chunk) else { return };
            slot.send(chunk);
        }
    };
    tokio::select! {
        () = sent => {}
        () = sender.closed() => {}
        _ = shutdown.wait_for(|is_down| *is_down) => {}
    }
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

//! Subscriptions over plain HTTP: a response that goes on ([`super::sse`],
//! [`super::multipart_stream`]).
//!
//! It ends, with the reason as its last answer, when the session ends or the client reads
//! too slowly; and without one, which clients take for a lost connection and try again,
//! when the server ends or may have missed what another machine did.

use std::{io, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{
        HeaderName, HeaderValue, Method, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use domain::Error;
use futures_util::{Stream, StreamExt, stream};
use tokio::{
    pin,
    sync::mpsc,
    time::{Instant, Interval, MissedTickBehavior, interval_at, timeout},
};
use tracing::Instrument;

use super::{
    Call, Caller,
    accept::Accept,
    admission::Client,
    execute::Prepared,
    live::{
        ClientContext, ConnectionQuota, Lag, Live, NotOpened, SessionState, SessionWatch,
        StreamItem, SubscriptionStream,
    },
    multipart_stream,
    response::{Refusal, Reporter},
    sse,
};
use crate::{App, telemetry::RequestLog};

/// How long a client may take to read an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How answers are written one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Server-sent events.
    Events,
    /// Parts of one body.
    Parts,
}

impl Form {
    /// The one that the client prefers of those that it names, if it names any.
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
            Self::Events => sse::CONTENT,
            Self::Parts => multipart_stream::CONTENT,
        }
    }

    /// What comes at once, so that the client knows that the subscription has begun.
    fn begin(self) -> Bytes {
        match self {
            Self::Events => sse::SIGN,
            Self::Parts => [multipart_stream::BEGIN, multipart_stream::SIGN].concat().into(),
        }
    }

    fn sign(self) -> Bytes {
        match self {
            Self::Events => sse::SIGN,
            Self::Parts => multipart_stream::SIGN,
        }
    }

    fn answer(self, json: &[u8]) -> Bytes {
        match self {
            Self::Events => sse::answer(json),
            Self::Parts => multipart_stream::answer(json),
        }
    }

    fn failure(self, json: &[u8]) -> Bytes {
        match self {
            Self::Events => sse::answer(json),
            Self::Parts => multipart_stream::failure(json),
        }
    }

    fn end(self) -> Bytes {
        match self {
            Self::Events => sse::END,
            Self::Parts => multipart_stream::END,
        }
    }
}

/// Begins a subscription, in the form that the client takes.
pub(super) async fn subscribe(
    call: &Call<'_>,
    operation: Prepared,
    caller: &Caller,
) -> Result<Response, Refusal> {
    let Call { app, parts, log, .. } = *call;
    let form = call.stream.filter(|_| parts.method != Method::HEAD);
    let form = form.ok_or_else(Refusal::needs_a_stream)?;
    let live = &app.graphql.live;
    let address = app.auth.address(&parts.extensions, &parts.headers);
    let mut seats = live.seats_at(address)?;
    let presence = caller.presence(live);
    seats.extend(live.seat_of(&presence)?);
    let client = Client::of(&app.auth, parts, &caller.viewer);
    let party = ClientContext { client, presence: presence.clone(), log: log.clone() };
    match SubscriptionStream::open(app, operation, party).await {
        Ok(feed) => Ok(respond(call, form, Open { feed, presence, seats })),
        Err(NotOpened::Refused(refusal)) => Err(refusal),
        Err(NotOpened::Invalid(answer)) => {
            Ok(Reporter { viewer: &caller.viewer, log }.respond(answer, call.media_type))
        }
    }
}

impl Caller {
    pub(super) fn presence(&self, live: &Live) -> SessionWatch {
        match (&self.viewer.0, &self.key) {
            (Some(user), Some(key)) => live.sessions.watch(user.clone(), key.clone()),
            _ => SessionWatch::nobody(),
        }
    }
}

/// Whether this is the response to a subscription.
pub(super) fn has_begun(response: &Response) -> bool {
    response.headers().get(CONTENT_TYPE).is_some_and(|content| {
        [Form::Events, Form::Parts].iter().any(|form| content == form.content_type())
    })
}

/// A subscription whose response has begun.
struct Open {
    feed: SubscriptionStream,
    presence: SessionWatch,
    seats: Vec<ConnectionQuota>,
}

fn respond(call: &Call<'_>, form: Form, Open { feed, presence, seats }: Open) -> Response {
    let Call { app, log, .. } = *call;
    // One waits while the connection takes another: whoever has more to say waits, too.
    let (sender, receiver) = mpsc::channel(1);
    let writer = Writer { app: app.clone(), form, log: log.clone(), sender };
    tokio::spawn(writer.write(feed, presence).in_current_span());
    going_on(form.content_type(), receiver, seats)
}

/// A response that ends when nobody has anything to send any more.
pub(super) fn going_on(
    content_type: HeaderValue,
    receiver: mpsc::Receiver<Chunk>,
    seats: Vec<ConnectionQuota>,
) -> Response {
    let headers = [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        // Proxies that gather answers would keep each until the next.
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    (headers, Body::from_stream(sent(receiver, seats))).into_response()
}

/// A piece of such a response.
pub(super) type Chunk = Result<Bytes, io::Error>;

/// What is written; the seats are taken until the connection is done with it.
fn sent(receiver: mpsc::Receiver<Chunk>, seats: Vec<ConnectionQuota>) -> impl Stream<Item = Chunk> {
    stream::unfold((receiver, seats), async |(mut receiver, seats)| {
        Some((receiver.recv().await?, (receiver, seats)))
    })
}

/// Writes a response.
struct Writer {
    app: App,
    form: Form,
    log: RequestLog,
    sender: mpsc::Sender<Chunk>,
}

/// Nobody reads any more, or not fast enough.
pub(super) struct Lost;

impl Writer {
    async fn write(self, feed: SubscriptionStream, presence: SessionWatch) {
        let mut ending = self.app.graphql.live.ending();
        tokio::select! {
            _ = self.write_all(feed, presence) => {}
            () = self.sender.closed() => {}
            _ = ending.wait_for(|ending| *ending) => {}
        }
    }

    async fn write_all(
        &self,
        feed: SubscriptionStream,
        mut presence: SessionWatch,
    ) -> Result<(), Lost> {
        let form = self.form;
        let pause = self.app.graphql.live.settings.keep_alive;
        let mut signs = signs_of_life(pause);
        // As a stream, so that an answer that is being made survives the other branches.
        let answers = stream::unfold(feed, async |mut feed| Some((feed.next().await, feed)));
        pin!(answers);
        self.send(form.begin()).await?;
        loop {
            let refusal = tokio::select! {
                biased;
                standing = presence.over() => over(&standing),
                next = answers.next() => match next {
                    Some(StreamItem::Answer(json)) => {
                        self.send(form.answer(&json)).await?;
                        continue;
                    }
                    Some(StreamItem::Lost(Lag::TooSlow)) => too_slow(),
                    Some(StreamItem::Lost(Lag::Unheard)) => return Ok(()),
                    Some(StreamItem::Over) | None => over(&SessionState::Ended),
                },
                _ = signs.tick() => {
                    self.send(form.sign()).await?;
                    continue;
                }
            };
            self.send(form.failure(&refusal.body(&self.log))).await?;
            return self.send(form.end()).await;
        }
    }

    async fn send(&self, chunk: Bytes) -> Result<(), Lost> {
        send(&self.sender, chunk).await
    }
}

/// When a silent connection shows that it is there.
pub(super) fn signs_of_life(pause: Duration) -> Interval {
    let mut signs = interval_at(Instant::now() + pause, pause);
    signs.set_missed_tick_behavior(MissedTickBehavior::Delay);
    signs
}

/// Sends a chunk, which the client must take in time.
pub(super) async fn send(sender: &mpsc::Sender<Chunk>, chunk: Bytes) -> Result<(), Lost> {
    match timeout(PATIENCE, sender.send(Ok(chunk))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Lost),
    }
}

/// Why the response of a session ends that is over.
pub(super) fn over(standing: &SessionState) -> Refusal {
    match standing {
        SessionState::Unknown => Refusal::of(&Error::Busy, StatusCode::SERVICE_UNAVAILABLE),
        SessionState::Nobody | SessionState::SignedIn(_) | SessionState::Ended => {
            Refusal::of(&Error::Unauthenticated, StatusCode::UNAUTHORIZED)
        }
    }
}

pub(super) fn too_slow() -> Refusal {
    Refusal::rate_limited("answers were not read fast enough, and some are missing", 1)
}

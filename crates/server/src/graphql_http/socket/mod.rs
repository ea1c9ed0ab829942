//! GraphQL over WebSocket, in the protocol `graphql-transport-ws`.
//!
//! A browser lets any page open a socket, with the cookies of its visitor and without
//! asking (cross-site WebSocket hijacking): where a request comes from is checked as for
//! any other ([`super::origin`]). Who is there is decided when the client says so, and
//! ends with the session ([`super::live`]).
//!
//! One task reads and writes: a client that does not read what it is sent is not read
//! either, and after [`PATIENCE`] it is gone. [`close`] tells how sockets end.

mod close;
mod init;
mod message;

use std::{mem, time::Duration};

use axum::{
    body::Bytes,
    extract::{
        FromRequestParts,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    http::{Method, header::UPGRADE, request::Parts},
    response::Response,
};
use graphql::{LimitKind, Viewer};
use serde_json::{Map, Value};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite;
use tracing::Instrument;

use self::{close::Close, message::Incoming};
use super::{
    accept::MediaType,
    admission::Client,
    live::{Action, ClientContext, ConnectionQuota, Lag, Operations, SessionState, SessionWatch},
    origin,
    response::{Refusal, bad_request},
    stream::signs_of_life,
};
use crate::{App, telemetry::RequestLog, time_limit::within};

const PROTOCOL: &str = "graphql-transport-ws";
/// How long a client may take to read a message.
const PATIENCE: Duration = Duration::from_secs(5);
/// What is read at once, and kept for each socket.
const BUFFER: usize = 4 * 1024;

/// Whether a request asks for a socket.
pub(super) fn is_wanted(parts: &Parts) -> bool {
    let upgrade = parts.headers.get(UPGRADE).and_then(|value| value.to_str().ok());
    parts.method == Method::GET
        && upgrade.is_some_and(|name| name.eq_ignore_ascii_case("websocket"))
}

/// Answers such a request.
pub(super) async fn open(app: &App, parts: &mut Parts, log: &RequestLog) -> Response {
    match accept(app, parts, log).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(MediaType::Json, log),
    }
}

async fn accept(app: &App, parts: &mut Parts, log: &RequestLog) -> Result<Response, Refusal> {
    origin::check(&app.auth, &parts.headers)?;
    let address = app.auth.address(&parts.extensions, &parts.headers);
    let seats = app.graphql.live.seats_at(address)?;
    let upgrade = WebSocketUpgrade::from_request_parts(parts, &()).await.map_err(|rejection| {
        bad_request(rejection.body_text()).with(rejection.status(), "BAD_REQUEST")
    })?;
    let most = app.graphql.engine.limits().of(LimitKind::BodyBytes);
    let guest = Guest { app: app.clone(), parts: parts.clone(), log: log.clone(), seats };
    let span = tracing::Span::current();
    let upgrade = upgrade
        .protocols([PROTOCOL])
        .max_message_size(most)
        .max_frame_size(most)
        .read_buffer_size(BUFFER)
        .write_buffer_size(0);
    Ok(upgrade.on_upgrade(|socket| Connection::new(socket, guest).serve().instrument(span)))
}

/// Whoever opened a socket.
struct Guest {
    app: App,
    parts: Parts,
    log: RequestLog,
    seats: Vec<ConnectionQuota>,
}

/// An open socket.
struct Connection {
    socket: WebSocket,
    app: App,
    /// The request that opened it.
    parts: Parts,
    log: RequestLog,
    /// Who is there, once they have said so.
    caller: Option<ClientContext>,
    presence: SessionWatch,
    operations: Operations,
    /// Whether anything was heard since the last sign of life.
    heard: bool,
    seats: Vec<ConnectionQuota>,
}

/// How a socket ends.
enum End {
    /// With these words.
    Close(Close),
    /// The client is gone.
    Gone,
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Close(close)
    }
}

impl Connection {
    fn new(socket: WebSocket, Guest { app, parts, log, seats }: Guest) -> Self {
        Self {
            socket,
            app,
            parts,
            log,
            caller: None,
            presence: SessionWatch::nobody(),
            operations: Operations::new(),
            heard: true,
            seats,
        }
    }

    async fn serve(mut self) {
        let mut ending = self.app.graphql.live.ending();
        let end = tokio::select! {
            end = self.talk() => end,
            _ = ending.wait_for(|ending| *ending) => Close::going_away().into(),
        };
        if let End::Close(close) = end {
            tracing::debug!(code = close.code, "socket closed");
            // Whoever does not take it is gone.
            _ = timeout(PATIENCE, self.close(close)).await;
        }
    }

    /// Says good-bye and hears the client out: a connection that is closed with something
    /// unread is reset, and the client may never read why.
    async fn close(&mut self, close: Close) {
        let frame = Message::Close(Some(close.frame()));
        if self.socket.send(frame).await.is_ok() {
            while let Some(Ok(_)) = self.socket.recv().await {}
        }
    }

    /// Talks until the end.
    async fn talk(&mut self) -> End {
        if self.socket.protocol().is_none() {
            return Close::other_protocol().into();
        }
        let settings = self.app.graphql.live.settings;
        let deadline = Instant::now() + settings.init_timeout;
        let mut signs = signs_of_life(settings.keep_alive);
        loop {
            let done = tokio::select! {
                standing = self.presence.over() => return over(&standing).into(),
                () = sleep_until(deadline), if self.caller.is_none() => {
                    return Close::init_timeout().into();
                }
                heard = self.socket.recv() => self.hear(heard).await,
                Some(said) = self.operations.next() => match self.operations.due(said) {
                    // The loop is about to end.
                    Action::Send(..) if self.presence.is_over() => Ok(()),
                    Action::Send(id, words, _place) => self.say(message::of(&id, &words)).await,
                    Action::Nothing => Ok(()),
                    Action::End(loss) => return lost(loss).into(),
                },
                _ = signs.tick() => self.show_life().await,
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    async fn say(&mut self, text: String) -> Result<(), End> {
        self.send(Message::text(text)).await
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        match timeout(PATIENCE, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(Close::try_again_later("Too slow").into()),
        }
    }

    /// Asks the client's end of the connection whether it is there, which it shows without
    /// the app's knowing. One that did not answer the last time is gone.
    async fn show_life(&mut self) -> Result<(), End> {
        if !mem::take(&mut self.heard) {
            return Err(End::Gone);
        }
        self.send(Message::Ping(Bytes::new())).await
    }

    async fn hear(&mut self, heard: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        self.heard = true;
        match heard {
            Some(Ok(Message::Text(text))) => {
                let message = Incoming::read(&text).map_err(Close::invalid_message)?;
                self.obey(message).await
            }
            Some(Ok(Message::Binary(_))) => {
                Err(Close::invalid_message("Invalid message: it must be text").into())
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Err(error)) if is_too_long(&error) => Err(Close::too_long().into()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => Err(End::Gone),
        }
    }

    async fn obey(&mut self, message: Incoming) -> Result<(), End> {
        match message {
            Incoming::Init(payload) => self.init(&payload).await,
            Incoming::Ping(payload) => self.say(message::pong(payload)).await,
            Incoming::Pong => Ok(()),
            Incoming::Subscribe { id, request } => self.subscribe(id, request).await,
            Incoming::Complete { id } => {
                self.operations.stop(&id);
                Ok(())
            }
        }
    }

    async fn init(&mut self, payload: &Map<String, Value>) -> Result<(), End> {
        if self.caller.is_some() {
            return Err(Close::second_init().into());
        }
        let (app, log) = (&self.app, &self.log);
        let identified = init::identify(app, &self.parts.headers, payload, log);
        let identified = within(app.request_time, identified).await;
        let presence = identified.ok_or_else(|| over(&SessionState::Unknown))??;
        let seat = app.graphql.live.seat_of(&presence);
        self.seats.extend(seat.map_err(|_| Close::try_again_later("Too many connections"))?);
        let client = Client::of(&app.auth, &self.parts, &Viewer(presence.user()));
        self.presence = presence.clone();
        self.caller = Some(ClientContext { client, presence, log: log.clone() });
        self.say(message::ack()).await
    }

    async fn subscribe(&mut self, id: String, request: Map<String, Value>) -> Result<(), End> {
        let Some(caller) = &self.caller else { return Err(Close::unauthorized().into()) };
        if self.operations.has(&id) {
            return Err(Close::duplicate(&id).into());
        }
        match self.operations.begin(&self.app, &id, request.into(), caller).await {
            Ok(()) => Ok(()),
            Err(errors) => self.say(message::error(&id, &errors)).await,
        }
    }
}

/// Why the connection of a session ends that is over.
fn over(standing: &SessionState) -> Close {
    match standing {
        SessionState::Unknown => Close::try_again_later("Sessions cannot be read"),
        SessionState::Nobody | SessionState::SignedIn(_) | SessionState::Ended => {
            Close::forbidden()
        }
    }
}

/// Why the connection of a client ends that has missed something.
fn lost(loss: Lag) -> Close {
    Close::try_again_later(match loss {
        Lag::TooSlow => "Too slow",
        Lag::Unheard => "Changes may be missing",
    })
}

fn is_too_long(error: &axum::Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref());
    matches!(cause, Some(tungstenite::Error::Capacity(_)))
}

//! The "single connection mode" of graphql-sse: one response carries the answers to all
//! operations of a client, each of which it sends by a request of its own. Browsers open
//! few connections to a server over HTTP/1, which streams of their own would use up.
//!
//! `PUT /graphql/stream` reserves a stream and answers with its token, `GET` opens it,
//! `POST` begins an operation on it, under the id that `extensions.operationId` gives,
//! and `DELETE ?operationId=` stops one. The token counts for the user who reserved the
//! stream, on the machine that did, until the stream is closed.
//!
//! Source: `PROTOCOL.md` of graphql-sse 2.

mod carrier;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_graphql::ServerError;
use axum::{
    Extension,
    body::Body,
    extract::{Request, State},
    http::{
        HeaderName, HeaderValue, Method, StatusCode,
        header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE},
        request::Parts,
    },
    response::{IntoResponse, Response},
    routing::{MethodRouter, any},
};
use domain::{UserId, id::random_alphanumeric};
use graphql::json;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tracing::Instrument;

use self::carrier::Carrier;
use super::{
    Caller,
    accept::MediaType,
    admission::Client,
    fields::GraphqlParams,
    live::{ClientContext, ConnectionQuota, Operations},
    origin, request,
    response::{Refusal, bad_request, written},
    sse,
    stream::{Chunk, going_on},
};
use crate::{App, telemetry::RequestLog};

const TOKEN: HeaderName = HeaderName::from_static("x-graphql-event-stream-token");
/// The longest id of an operation, in bytes; those of clients are UUIDs.
const LONGEST_ID: usize = 256;

/// The streams that are reserved or open, by their tokens.
#[derive(Debug, Default)]
pub(super) struct Streams(Mutex<HashMap<String, Line>>);

/// How a stream is reached.
#[derive(Clone, Debug)]
struct Line {
    owner: Option<UserId>,
    orders: mpsc::Sender<Order>,
}

/// What a stream is told by its client's requests.
#[derive(Debug)]
enum Order {
    /// To be this response; without an answer it is one already.
    Open(oneshot::Sender<(mpsc::Receiver<Chunk>, Vec<ConnectionQuota>)>),
    /// To execute this; the answer is its errors, if it is not begun.
    Begin(String, Box<GraphqlParams>, oneshot::Sender<Result<(), Vec<ServerError>>>),
    /// To stop that.
    Stop(String),
}

impl Streams {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A token; forgotten when it is dropped.
struct Token {
    streams: Arc<Streams>,
    text: String,
}

impl Drop for Token {
    fn drop(&mut self) {
        self.streams.lock().remove(&self.text);
    }
}

/// The route `/graphql/stream`.
pub(crate) fn route() -> MethodRouter<App> {
    any(handle)
}

async fn handle(
    State(app): State<App>,
    Extension(log): Extension<RequestLog>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let call = Call { app: &app, parts: &parts, log: &log };
    call.answer(body).await.unwrap_or_else(|refusal| refusal.into_response(MediaType::Json, &log))
}

/// One request on its way.
struct Call<'a> {
    app: &'a App,
    parts: &'a Parts,
    log: &'a RequestLog,
}

impl Call<'_> {
    async fn answer(&self, body: Body) -> Result<Response, Refusal> {
        let Self { app, parts, log } = self;
        origin::check(&app.auth, &parts.headers)?;
        let caller = Caller::of(app, parts, log).await?;
        let mut response = match parts.method {
            Method::PUT => self.reserve(&caller),
            Method::GET => self.open(&caller).await,
            Method::POST => self.begin(&caller, body).await,
            Method::DELETE => self.stop(&caller).await,
            _ => Err(bad_request("a stream is reserved by PUT, opened by GET, used by POST")
                .with(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED")
                .header(ALLOW, "GET, POST, PUT, DELETE")),
        }?;
        caller.keep_cookies(&mut response);
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        Ok(response)
    }

    /// Reserves a stream, which takes its seats from now on.
    fn reserve(&self, caller: &Caller) -> Result<Response, Refusal> {
        let Self { app, parts, log } = *self;
        let live = &app.graphql.live;
        let mut seats = live.seats_at(app.auth.address(&parts.extensions, &parts.headers))?;
        let presence = caller.presence(live);
        seats.extend(live.seat_of(&presence)?);
        let client = Client::of(&app.auth, parts, &caller.viewer);
        let party = ClientContext { client, presence: presence.clone(), log: log.clone() };
        let (sender, orders) = mpsc::channel(1);
        let token =
            Token { streams: Arc::clone(&app.graphql.streams), text: random_alphanumeric() };
        let owner = caller.viewer.0.as_ref().map(|user| user.id.clone());
        token.streams.lock().insert(token.text.clone(), Line { owner, orders: sender });
        let text = token.text.clone();
        let operations = Operations::new();
        let carrier =
            Carrier { app: app.clone(), party, presence, operations, seats, sender: None };
        tokio::spawn(carrier.serve(orders, token).in_current_span());
        let plain = [(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))];
        Ok((StatusCode::CREATED, plain, text).into_response())
    }

    /// Opens the stream, whose response this is.
    async fn open(&self, caller: &Caller) -> Result<Response, Refusal> {
        let (sender, opened) = oneshot::channel();
        self.order(caller, Order::Open(sender)).await?;
        let (receiver, seats) = opened.await.map_err(|_| conflict("the stream is open already"))?;
        Ok(going_on(sse::CONTENT, receiver, seats))
    }

    /// Begins an operation, whose answers the stream carries.
    async fn begin(&self, caller: &Caller, body: Body) -> Result<Response, Refusal> {
        let limits = self.app.graphql.body_limits;
        let fields = request::fields(&self.parts.headers, body, limits).await?;
        let id = fields.extensions.as_ref().and_then(|value| value.get("operationId"));
        let id = id.and_then(Value::as_str).filter(|id| (1..=LONGEST_ID).contains(&id.len()));
        let id = id.map(str::to_owned).ok_or_else(|| {
            bad_request("extensions.operationId must be a text of 1 to 256 bytes")
        })?;
        let (sender, begun) = oneshot::channel();
        self.order(caller, Order::Begin(id, Box::new(fields), sender)).await?;
        match begun.await {
            Ok(Ok(())) => Ok(StatusCode::ACCEPTED.into_response()),
            Ok(Err(errors)) => {
                let body = json::response(&errors, None);
                Ok(written(StatusCode::BAD_REQUEST, MediaType::Json, body))
            }
            Err(_) => Err(conflict("another operation has this id, or the stream has ended")),
        }
    }

    async fn stop(&self, caller: &Caller) -> Result<Response, Refusal> {
        let id = self.parameter("operationId");
        let id = id.ok_or_else(|| bad_request("operationId must say what to stop"))?;
        self.order(caller, Order::Stop(id)).await?;
        Ok(StatusCode::OK.into_response())
    }

    /// Tells the stream of this request's token what to do.
    async fn order(&self, caller: &Caller, order: Order) -> Result<(), Refusal> {
        let header = self.parts.headers.get(TOKEN).and_then(|value| value.to_str().ok());
        let token = header.map(str::to_owned).or_else(|| self.parameter("token"));
        let user = caller.viewer.0.as_ref().map(|user| &user.id);
        let line = token.and_then(|token| self.app.graphql.streams.lock().get(&token).cloned());
        let line = line.filter(|line| line.owner.as_ref() == user).ok_or_else(unknown)?;
        line.orders.send(order).await.map_err(|_| unknown())
    }

    fn parameter(&self, name: &str) -> Option<String> {
        let query = self.parts.uri.query().unwrap_or_default();
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

/// Also for those of others.
fn unknown() -> Refusal {
    bad_request("this token is of no stream; PUT reserves one, which must be opened at once")
        .with(StatusCode::NOT_FOUND, "NOT_FOUND")
}

fn conflict(message: &str) -> Refusal {
    bad_request(message).with(StatusCode::CONFLICT, "CONFLICT")
}

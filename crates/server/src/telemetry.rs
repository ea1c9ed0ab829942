//! Logging: its format, and one line for each request.

use std::{
    error::Error as StdError,
    fmt::Write as _,
    io::{self, IsTerminal},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use domain::UserId;
use tracing::Instrument;
use tracing_subscriber::EnvFilter;
use uuid::Uuid;

use crate::{
    config::{Config, LogFormat},
    paths,
};

/// Starts logging to standard error. A second call, as in tests, has no effect.
pub(crate) fn start(config: &Config) {
    let filter = EnvFilter::try_new(&config.log_filter).unwrap_or_default();
    // If a line cannot be written, the subscriber's `eprintln!` would panic within a request.
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .log_internal_errors(false);
    // An error means that a subscriber is set already.
    _ = match config.log_format {
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(true).try_init(),
        LogFormat::Text => {
            let colored = io::stderr().is_terminal() && !no_color();
            lines.compact().with_target(false).with_ansi(colored).try_init()
        }
    };
}

/// Whether `NO_COLOR` forbids colors, see no-color.org.
#[must_use]
pub(crate) fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// What handlers note about a request, for its log line.
#[derive(Clone, Debug)]
pub(crate) struct RequestLog(Arc<Line>);

#[derive(Debug)]
struct Line {
    id: HeaderValue,
    noted: Mutex<Noted>,
}

#[derive(Debug, Default)]
struct Noted {
    route: Option<MatchedPath>,
    operation: Option<String>,
    user: Option<UserId>,
    outcome: Option<&'static str>,
}

impl RequestLog {
    /// The log of the request with this id.
    fn new(id: HeaderValue) -> Self {
        Self(Arc::new(Line { id, noted: Mutex::default() }))
    }

    /// The request's id.
    pub(crate) fn id(&self) -> &str {
        self.0.id.to_str().unwrap_or_default()
    }

    /// The id as the value of [`X_REQUEST_ID`].
    pub(crate) fn header(&self) -> HeaderValue {
        self.0.id.clone()
    }

    /// Notes the route.
    fn route(&self, route: MatchedPath) {
        self.note(|noted| noted.route = Some(route));
    }

    /// Notes the name of the GraphQL operation, truncated, as clients choose it.
    pub(crate) fn operation(&self, name: &str) {
        self.note(|noted| noted.operation = Some(name.chars().take(100).collect()));
    }

    /// Notes the user.
    pub(crate) fn user(&self, id: &UserId) {
        self.note(|noted| noted.user = Some(id.clone()));
    }

    /// Notes the code of the first error.
    pub(crate) fn outcome(&self, code: &'static str) {
        self.note(|noted| noted.outcome = noted.outcome.or(Some(code)));
    }

    fn note(&self, change: impl FnOnce(&mut Noted)) {
        change(&mut self.0.noted.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The header of the request's id.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id that a proxy gave the request, if it is short and plain, or a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let plain = |id: &&HeaderValue| {
        (1..=64).contains(&id.len())
            && id
                .as_bytes()
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
    };
    let new = || HeaderValue::try_from(Uuid::now_v7().to_string());
    let given = headers.get(X_REQUEST_ID).filter(plain).cloned();
    given.or_else(|| new().ok()).unwrap_or(const { HeaderValue::from_static("none") })
}

/// The logged path of a request without a route. The path itself may be a misspelled mailed link,
/// whose secret must not be in the log.
const NO_ROUTE: &str = "/…";

/// Notes the route, whose path is logged instead of the request's.
pub(crate) async fn note_route(route: MatchedPath, request: Request, next: Next) -> Response {
    if let Some(log) = request.extensions().get::<RequestLog>() {
        log.route(route);
    }
    next.run(request).await
}

/// Gives a request its id, answers it, and writes its log line.
pub(crate) async fn logged(
    request: Request,
    answer: impl AsyncFnOnce(Request, &RequestLog) -> Response,
) -> Response {
    let start = Instant::now();
    let log = RequestLog::new(request_id(request.headers()));
    let method = request.method().clone();
    let is_graphql = request.uri().path() == paths::GRAPHQL;
    let span = tracing::info_span!("request", request_id = %log.id());

    let mut response = answer(request, &log).instrument(span.clone()).await;

    if let Some(user) = response.extensions().get::<UserId>() {
        log.user(user);
    }
    let Noted { route, operation, user, outcome } =
        std::mem::take(&mut *log.0.noted.lock().unwrap_or_else(PoisonError::into_inner));
    let status = response.status().as_u16();
    let outcome = outcome.unwrap_or(match status {
        ..400 => "ok",
        400..500 => "refused",
        500.. => "failed",
    });
    // Rounded to microseconds.
    let ms = (start.elapsed().as_secs_f64() * 1e6).round() / 1e3;
    let path = match &route {
        _ if is_graphql => paths::GRAPHQL,
        Some(route) => route.as_str(),
        None => NO_ROUTE,
    };
    span.in_scope(|| {
        let (operation, user_id) = (operation.as_deref(), user.as_ref().map(UserId::as_str));
        tracing::info!(
            %method, path, status, operation, user_id, ms, outcome, "request"
        );
    });
    response.headers_mut().insert(X_REQUEST_ID, log.header());
    response
}

/// An error with all its causes on one line, without repetitions.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let reason = database::reason(error);
        next = if reason.is_some() { None } else { error.source() };
        let message = reason.unwrap_or_else(|| error.to_string());
        // Many errors repeat the text of their source.
        if !text.contains(&message) {
            let colon = if text.is_empty() { "" } else { ": " };
            _ = write!(text, "{colon}{message}");
        }
    }
    text
}

//! Log lines: how they look, and the one of each request.

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

/// Begins logging to standard error. A second call, as in tests, changes nothing.
pub(crate) fn start(config: &Config) {
    let filter = EnvFilter::try_new(&config.log_filter).unwrap_or_default();
    // Where a line cannot be written, telling so with `eprintln!` would panic in the middle
    // of a request.
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .log_internal_errors(false);
    // Failing means that somebody else is logging already.
    _ = match config.log_format {
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(true).try_init(),
        LogFormat::Text => {
            let coloured = io::stderr().is_terminal() && !no_color();
            lines.compact().with_target(false).with_ansi(coloured).try_init()
        }
    };
}

/// The convention of no-color.org.
#[must_use]
pub(crate) fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// What a handler learns about its request, for the request's log line.
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
    /// The log of the request with this id, by which it is found among the lines.
    fn new(id: HeaderValue) -> Self {
        Self(Arc::new(Line { id, noted: Mutex::default() }))
    }

    /// The request's id.
    pub(crate) fn id(&self) -> &str {
        self.0.id.to_str().unwrap_or_default()
    }

    /// The value of [`X_REQUEST_ID`].
    pub(crate) fn header(&self) -> HeaderValue {
        self.0.id.clone()
    }

    /// The route that answers.
    fn route(&self, route: MatchedPath) {
        self.note(|noted| noted.route = Some(route));
    }

    /// The name of the GraphQL operation; clients choose it, so it is cut.
    pub(crate) fn operation(&self, name: &str) {
        self.note(|noted| noted.operation = Some(name.chars().take(100).collect()));
    }

    /// Who is asking.
    pub(crate) fn user(&self, id: &UserId) {
        self.note(|noted| noted.user = Some(id.clone()));
    }

    /// The code of the first error.
    pub(crate) fn outcome(&self, code: &'static str) {
        self.note(|noted| noted.outcome = noted.outcome.or(Some(code)));
    }

    fn note(&self, change: impl FnOnce(&mut Noted)) {
        change(&mut self.0.noted.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The header that names a request.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The proxy's id of a request, if it is short and plain, or a new one.
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

/// What is logged for the path of a request that no route answers. Whoever misspells a
/// mailed link sends its secret in a path of their own, and whoever reads the log could
/// use it.
const NO_ROUTE: &str = "/…";

/// Notes the route that answers, whose path stands in the log instead of the request's.
pub(crate) async fn note_route(route: MatchedPath, request: Request, next: Next) -> Response {
    if let Some(log) = request.extensions().get::<RequestLog>() {
        log.route(route);
    }
    next.run(request).await
}

/// Gives a request its id, has it answered, and writes its log line.
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
    // To the microsecond.
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

/// An error with all its causes, each once, on one line.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let reason = repositories::reason(error);
        next = if reason.is_some() { None } else { error.source() };
        let said = reason.unwrap_or_else(|| error.to_string());
        // The text of many an error ends with that of its source.
        if !text.contains(&said) {
            let colon = if text.is_empty() { "" } else { ": " };
            _ = write!(text, "{colon}{said}");
        }
    }
    text
}

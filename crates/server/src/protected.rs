//! REST for who is signed in: everything under `/api/protected`.
//!
//! | route | who | answer |
//! |---|---|---|
//! | `GET /api/protected/me` | anyone signed in | the user, as better-auth writes them |
//! | `GET /api/protected/audit-events?limit=` | `admin_ro`, `admin_rw` | the latest audit events, newest first; `count` is how many one sums up |
//!
//! Whoever is not signed in, by cookie or `Authorization: Bearer`, meets 401 on every
//! path, so that nobody learns which ones there are; then what changes something by
//! cookie must come from a trusted page. Answers hold personal data, which no cache
//! may keep.
//!
//! To add a route, write its handler here or in a file of its own and add a line to
//! [`router`]; nothing else is needed for 401 and the check of origins.
//!
//! ```text
//! .route("/api/protected/dashboard", get(dashboard))
//! .route("/api/protected/report", get(report).layer(require_role(&[Role::AdminRw])))
//!
//! async fn dashboard(Extension(user): Extension<CurrentUser>) -> Response { … }
//! ```
//!
//! A role is the coarse check, before the handler. Whether somebody may touch a
//! certain row is what the ability says: call a service with the user.

use axum::{
    Extension, Json, Router,
    extract::{MatchedPath, Query, Request, State, rejection::QueryRejection},
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, RETRY_AFTER, SET_COOKIE},
    },
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{Route, any, get},
};
use chrono::SecondsFormat;
use domain::{CurrentUser, Error, Role};
use repositories::audit::entity::Model as AuditRow;
use serde::Deserialize;
use serde_json::{Value, json};
use tower::{Layer, Service};

use crate::{App, telemetry::chain};

/// The path below which everything is protected.
pub(crate) const BASE: &str = "/api/protected";

/// Who may read what happened to accounts.
const READERS: &[Role] = &[Role::AdminRo, Role::AdminRw];
/// Events in an answer unless the client asks for another number.
const EVENTS: u64 = 50;
/// Events in an answer at most.
const MOST_EVENTS: u64 = 200;

pub(crate) fn router(app: &App) -> Router<App> {
    let path = |rest: &str| format!("{BASE}{rest}");
    Router::new()
        .route(&path("/me"), get(me))
        .route(&path("/audit-events"), get(audit_events).layer(require_role(READERS)))
        .route(BASE, any(not_found))
        .route(&path("/"), any(not_found))
        .route(&path("/{*rest}"), any(not_found))
        .method_not_allowed_fallback(method_not_allowed)
        .route_layer(from_fn_with_state(app.clone(), require_session))
}

/// Lets nobody pass who is not signed in, and tells the handler who is.
async fn require_session(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let found = match app.auth.authenticate(request.headers()).await {
        Ok(Some(found)) => found,
        Ok(None) => return refusal(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Unauthorized"),
        Err(error) => return failure(&error),
    };
    let id = found.user.id.clone();
    let mut response = if let Some(refused) = app.auth.refuses(request.method(), request.headers())
    {
        refused
    } else {
        request.extensions_mut().insert(found.user);
        next.run(request).await
    };
    // For the request's log line.
    response.extensions_mut().insert(id);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in found.set_cookies {
        headers.append(SET_COOKIE, cookie);
    }
    response
}

/// Lets only users of these roles pass; others meet 403. Goes on a route below
/// [`BASE`].
fn require_role(
    roles: &'static [Role],
) -> impl Layer<
    Route,
    Service: Service<
        Request,
        Response = Response,
        Error = std::convert::Infallible,
        Future: Send,
    > + Clone
                 + Send
                 + Sync
                 + 'static,
> + Clone
+ Send
+ Sync
+ 'static {
    from_fn(async move |request: Request, next: Next| {
        let user = request.extensions().get::<CurrentUser>();
        if user.is_some_and(|user| roles.contains(&user.role)) {
            return next.run(request).await;
        }
        let user_id = user.map(|user| user.id.as_str());
        let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        tracing::warn!(user_id, path, "refused for the role");
        let names: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
        let message = format!("This needs the role {}", names.join(" or "));
        refusal(StatusCode::FORBIDDEN, "FORBIDDEN", &message)
    })
}

async fn me(State(app): State<App>, Extension(user): Extension<CurrentUser>) -> Response {
    let found = match app.abilities.readable(Some(&user)) {
        Ok(readable) => app.db.users().find_readable(&readable, &user.id).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(Some(user)) => Json(auth::UserView::from(&user)).into_response(),
        // Removed since the session was found, or hidden by a rule.
        Ok(None) => refusal(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Unauthorized"),
        Err(error) => failure(&error),
    }
}

#[derive(Deserialize)]
struct Limit {
    limit: Option<u64>,
}

async fn audit_events(
    State(app): State<App>,
    query: Result<Query<Limit>, QueryRejection>,
) -> Response {
    let limit = query.ok().map(|Query(Limit { limit })| limit.unwrap_or(EVENTS));
    let Some(limit) = limit.filter(|limit| (1..=MOST_EVENTS).contains(limit)) else {
        let message = format!("[query.limit] must be a number from 1 to {MOST_EVENTS}");
        return refusal(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", &message);
    };
    match app.db.audit().list(None, limit).await {
        Ok(events) => Json(events.into_iter().map(event).collect::<Value>()).into_response(),
        Err(error) => failure(&error),
    }
}

fn event(row: AuditRow) -> Value {
    let AuditRow {
        id,
        at,
        actor,
        action,
        subject,
        ip,
        user_agent,
        request_id,
        outcome,
        count,
        summary: _,
    } = row;
    let at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
    json!({
        "id": id, "at": at, "actor": actor, "action": action, "subject": subject, "ip": ip,
        "userAgent": user_agent, "requestId": request_id, "outcome": outcome, "count": count,
    })
}

async fn not_found() -> Response {
    refusal(StatusCode::NOT_FOUND, "NOT_FOUND", "There is no such route")
}

async fn method_not_allowed() -> Response {
    let message = "This route takes another method";
    refusal(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
}

/// What was refused, in the shape of every error under `/api`.
fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    let body = Json(json!({ "message": message, "code": code }));
    (status, [(CACHE_CONTROL, "no-store")], body).into_response()
}

/// What is answered under `/api` when there is no room, or was too little time.
pub(crate) fn busy() -> Response {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let busy = refusal(status, "SERVICE_UNAVAILABLE", "The server is busy; try again");
    ([(RETRY_AFTER, "1")], busy).into_response()
}

fn failure(error: &Error) -> Response {
    if matches!(error, Error::Busy) {
        return busy();
    }
    tracing::error!(error = %chain(error), "a protected route failed to answer");
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    refusal(status, "INTERNAL_SERVER_ERROR", "Internal error")
}

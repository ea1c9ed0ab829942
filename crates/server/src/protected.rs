//! REST endpoints that require a session: everything below `/api/protected`.
//!
//! | endpoint | allowed for | response |
//! |---|---|---|
//! | `GET /api/protected/me` | every signed-in user | the user, as better-auth writes it |
//! | `GET /api/protected/audit-events?limit=` | `admin_ro`, `admin_rw` | the latest audit events, newest first; `count` is the number of events that one row sums up |
//!
//! A request without a session (cookie or `Authorization: Bearer`) gets 401 on every path, so
//! that the response does not reveal which paths exist. A request that changes something by
//! cookie must come from a trusted page. Responses contain personal data: no cache may store
//! them.
//!
//! To add an endpoint, write its handler here or in a file of its own, and add a line to
//! [`routes`](crate::routes), which checks the session and the origin for all endpoints:
//!
//! ```text
//! .route(&path("/dashboard"), get(dashboard))
//! .route(&path("/report"), get(report).layer(protected::require_role(&[Role::AdminRw])))
//!
//! async fn dashboard(Extension(user): Extension<CurrentUser>) -> Response { … }
//! ```
//!
//! The role is a coarse check before the handler. The ability decides whether a user may read
//! or change a row: call a service with the user.

use auth::Auth;
use axum::{
    Extension, Json,
    extract::{MatchedPath, Query, Request, State, rejection::QueryRejection},
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, SET_COOKIE},
    },
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::Route,
};
use chrono::SecondsFormat;
use database::{Database, audit::entity::Model as AuditRow};
use domain::{AbilityFactory, CurrentUser, Role};
use serde::Deserialize;
use serde_json::{Value, json};
use tower::{Layer, Service};

use crate::rest_error;

/// The roles that may read audit events.
pub(crate) const AUDITORS: &[Role] = &[Role::AdminRo, Role::AdminRw];
/// The number of events in a response, unless the client requests another.
const DEFAULT_LIMIT: u64 = 50;
/// The largest number of events in a response.
const MAX_LIMIT: u64 = 200;

/// Answers 401 to a request without a session, and gives the handler the user of others.
pub(crate) async fn require_session(
    State(auth): State<Auth>,
    mut request: Request,
    next: Next,
) -> Response {
    let found = match auth.authenticate(request.headers()).await {
        Ok(Some(found)) => found,
        Ok(None) => return unauthorized(),
        Err(error) => return rest_error::failed(&error),
    };
    let id = found.user.id.clone();
    let mut response =
        if let Some(refused) = auth.origin_refusal(request.method(), request.headers()) {
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

/// Answers 403 to users of other roles. A layer for a route below `/api/protected`.
pub(crate) fn require_role(
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
        rest_error::private(StatusCode::FORBIDDEN, "FORBIDDEN", &message)
    })
}

pub(crate) async fn me(
    State(auth): State<Auth>,
    State(db): State<Database>,
    State(abilities): State<AbilityFactory>,
    Extension(user): Extension<CurrentUser>,
) -> Response {
    let Ok(readable) = abilities.readable(Some(&user)) else {
        let message = "You may not read users";
        return rest_error::private(StatusCode::FORBIDDEN, "FORBIDDEN", message);
    };
    match db.users().find_readable(&readable, &user.id).await {
        Ok(Some(user)) => Json(auth.user_view(&user)).into_response(),
        // Deleted since the session was found, or hidden by a rule.
        Ok(None) => unauthorized(),
        Err(error) => rest_error::failed(&error),
    }
}

#[derive(Deserialize)]
pub(crate) struct Limit {
    limit: Option<u64>,
}

pub(crate) async fn audit_events(
    State(db): State<Database>,
    query: Result<Query<Limit>, QueryRejection>,
) -> Response {
    let limit = query.ok().map(|Query(Limit { limit })| limit.unwrap_or(DEFAULT_LIMIT));
    let Some(limit) = limit.filter(|limit| (1..=MAX_LIMIT).contains(limit)) else {
        let message = format!("[query.limit] must be a number from 1 to {MAX_LIMIT}");
        return rest_error::private(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", &message);
    };
    match db.audit().list(None, limit).await {
        Ok(events) => Json(events.into_iter().map(event).collect::<Value>()).into_response(),
        Err(error) => rest_error::failed(&error),
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

fn unauthorized() -> Response {
    rest_error::private(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Unauthorized")
}

pub(crate) async fn not_found() -> Response {
    rest_error::private(StatusCode::NOT_FOUND, "NOT_FOUND", "There is no such route")
}

pub(crate) async fn method_not_allowed() -> Response {
    let message = "This route has another method";
    rest_error::private(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
}

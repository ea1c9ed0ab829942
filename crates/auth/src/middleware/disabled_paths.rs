//! Routes that the operator closed.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::route_of;
use crate::context::Context;

/// Answers 404 on closed routes. The route that matched is compared, so that no
/// other spelling of its path gets by.
pub(crate) async fn close(
    State(context): State<Arc<Context>>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    if is_disabled(&context.config.disabled_paths, route_of(&context, &path)) {
        return StatusCode::NOT_FOUND.into_response();
    }
    next.run(request).await
}

/// Every route, each of which can be closed.
pub const PATHS: [&str; 29] = [
    "/change-email",
    "/change-password",
    "/delete-user",
    "/delete-user/callback",
    "/docs",
    "/error",
    "/get-session",
    "/list-accounts",
    "/list-sessions",
    "/ok",
    "/open-api/generate-schema",
    "/reference",
    "/reference/{version}/{file}",
    "/request-password-reset",
    "/reset-password",
    "/reset-password/{token}",
    "/revoke-other-sessions",
    "/revoke-session",
    "/revoke-sessions",
    "/send-verification-email",
    "/session",
    "/sign-in/email",
    "/sign-out",
    "/sign-up/email",
    "/unlink-account",
    "/update-session",
    "/update-user",
    "/verify-email",
    "/verify-password",
];

/// Whether a route, or what it stands for, is among the closed ones.
pub(crate) fn is_disabled(closed: &[String], route: &str) -> bool {
    let names = [Some(route), stands_for(route)];
    closed.iter().any(|closed| names.contains(&Some(closed.trim_end_matches('/'))))
}

/// The route that another one stands for.
fn stands_for(route: &str) -> Option<&'static str> {
    match route {
        "/session" => Some("/get-session"),
        "/docs" => Some("/reference"),
        // Its form does the same, and leads there where a page of the team's has the form.
        "/reset-password/{token}" => Some("/reset-password"),
        _ => None,
    }
}

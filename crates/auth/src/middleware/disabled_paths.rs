//! Routes that the operator disabled.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::route_of;
use crate::context::Context;

/// Answers 404 for disabled routes. The matched route is compared, so that no other spelling of its
/// path is accepted.
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

/// All routes, each of which can be disabled.
pub const PATHS: &[&str] = &[
    "/account-info",
    "/callback/{id}",
    "/callback/{id}/oauth-proxy",
    "/change-email",
    "/change-password",
    "/delete-user",
    "/delete-user/callback",
    "/docs",
    "/error",
    "/get-access-token",
    "/get-session",
    "/link-social",
    "/list-accounts",
    "/list-sessions",
    "/oauth-popup/start",
    "/oauth-proxy-callback",
    "/ok",
    "/one-tap/callback",
    "/open-api/generate-schema",
    "/providers",
    "/reference",
    "/reference/{version}/{file}",
    "/refresh-token",
    "/request-password-reset",
    "/reset-password",
    "/reset-password/{token}",
    "/revoke-other-sessions",
    "/revoke-session",
    "/revoke-sessions",
    "/send-verification-email",
    "/session",
    "/sign-in/email",
    "/sign-in/social",
    "/sign-out",
    "/sign-up/email",
    "/unlink-account",
    "/update-session",
    "/update-user",
    "/verify-email",
    "/verify-password",
];

/// Whether a route, or the one that it is an alias of, is disabled.
pub(crate) fn is_disabled(disabled: &[String], route: &str) -> bool {
    let names = [Some(route), alias_of(route)];
    disabled.iter().any(|disabled| names.contains(&Some(disabled.trim_end_matches('/'))))
}

/// The route that has the same effect.
fn alias_of(route: &str) -> Option<&'static str> {
    match route {
        "/session" => Some("/get-session"),
        "/docs" => Some("/reference"),
        // Its form has the same effect.
        "/reset-password/{token}" => Some("/reset-password"),
        _ => None,
    }
}

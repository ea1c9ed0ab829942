//! Routes that the operator disabled.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{paths::is_disabled, route_of};
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

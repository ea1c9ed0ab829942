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
    let path = route_of(&context, &path);
    let is_closed = |closed: &String| closed.trim_end_matches('/') == path;
    if context.disabled_paths.iter().any(is_closed) {
        return StatusCode::NOT_FOUND.into_response();
    }
    next.run(request).await
}

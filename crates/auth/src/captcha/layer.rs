//! The layer that checks requests.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{context::Context, error::AuthError, middleware::route_of};

/// better-auth's header.
const HEADER: &str = "x-captcha-response";

/// Refuses requests without a valid token to the routes that require one.
pub(crate) async fn require(
    State(context): State<Arc<Context>>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    let Some(captcha) = &context.captcha else { return next.run(request).await };
    let route = route_of(&context, &path);
    let path = request.uri().path();
    let path = path.strip_prefix(&context.config.base_path).unwrap_or(path);
    if !captcha.guards(request.method(), route, path) {
        return next.run(request).await;
    }
    let token = request.headers().get(HEADER).and_then(|token| token.to_str().ok());
    let token = token.unwrap_or_default().to_owned();
    let client = context.proxies.client(request.extensions(), request.headers());
    match captcha.check(&token, client, route).await {
        Ok(()) => next.run(request).await,
        Err(code) => AuthError::from(code).into_response(),
    }
}

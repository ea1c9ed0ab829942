//! Routes of one method. To better-auth a wrong method is an unknown path: 404
//! without a body and without `Allow`, for HEAD and OPTIONS too. What better-auth does not
//! have answers HEAD as GET.

use axum::{
    handler::Handler,
    http::StatusCode,
    routing::{MethodRouter, any},
};

/// Serves GET with `handler`; more methods may follow.
pub(crate) fn get<S, T>(handler: impl Handler<T, S>) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
    T: 'static,
{
    // axum would answer HEAD by the handler of GET.
    any(not_found).get(handler).head(not_found)
}

/// Serves GET with `handler`, and HEAD by the same without the body.
pub(crate) fn get_or_head<S, T>(handler: impl Handler<T, S>) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
    T: 'static,
{
    any(not_found).get(handler)
}

/// Serves POST with `handler`.
pub(crate) fn post<S, T>(handler: impl Handler<T, S>) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
    T: 'static,
{
    any(not_found).post(handler)
}

/// better-auth's answer to what is not there.
pub(crate) async fn not_found() -> StatusCode {
    StatusCode::NOT_FOUND
}

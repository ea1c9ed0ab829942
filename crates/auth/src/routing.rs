//! Routes of one method. To better-auth a wrong method is an unknown path: 404
//! without a body and without `Allow`, for HEAD and OPTIONS too. What better-auth does not
//! have answers HEAD as GET.
//!
//! Whatever changes something stands behind [`check`], so that no handler runs for a page that is not
//! trusted, nor beside a body that is refused.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    handler::Handler,
    http::StatusCode,
    response::IntoResponse,
    routing::{MethodRouter, any},
};

use crate::{
    context::Context,
    extract::{Accepts, check},
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

/// Serves POST with `handler`, which may read JSON.
pub(crate) fn post<T: 'static>(
    handler: impl Handler<T, Arc<Context>>,
) -> MethodRouter<Arc<Context>> {
    and_post(any(not_found), Accepts::Json, handler)
}

/// Serves POST with `handler`, which may read JSON or the form of a page.
pub(crate) fn post_form<T: 'static>(
    handler: impl Handler<T, Arc<Context>>,
) -> MethodRouter<Arc<Context>> {
    and_post(any(not_found), Accepts::FormOrJson, handler)
}

/// Serves POST, beside what `others` serve, with `handler` once a request has passed
/// [`check`].
pub(crate) fn and_post<T: 'static>(
    others: MethodRouter<Arc<Context>>,
    accepts: Accepts,
    handler: impl Handler<T, Arc<Context>>,
) -> MethodRouter<Arc<Context>> {
    others.post(move |State(context): State<Arc<Context>>, request: Request| async move {
        match check(&context, request, accepts).await {
            Ok(request) => handler.call(request, context).await,
            Err(error) => error.into_response(),
        }
    })
}

/// better-auth's answer to what is not there.
pub(crate) async fn not_found() -> StatusCode {
    StatusCode::NOT_FOUND
}

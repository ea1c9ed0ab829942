//! Routes of one method. As in better-auth, a wrong method answers as an unknown path does: 404
//! without a body and without `Allow`, for HEAD and OPTIONS too. Routes that better-auth does not
//! have answer HEAD as GET.
//!
//! Every POST passes [`check`] first, so that no handler runs for an untrusted page or for a
//! refused body.

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

/// Serves GET with `handler`. Methods can be added.
pub(crate) fn get<S, T>(handler: impl Handler<T, S>) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
    T: 'static,
{
    // axum would answer HEAD with the handler of GET.
    any(not_found).get(handler).head(not_found)
}

/// Serves GET with `handler`, and HEAD with the same response without its body.
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

/// Serves POST with `handler`, which may read JSON or a browser's form.
pub(crate) fn post_form<T: 'static>(
    handler: impl Handler<T, Arc<Context>>,
) -> MethodRouter<Arc<Context>> {
    and_post(any(not_found), Accepts::FormOrJson, handler)
}

/// Adds POST to the methods of `others`, with a `handler` for requests that passed [`check`].
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

/// better-auth's response for an unknown path.
pub(crate) async fn not_found() -> StatusCode {
    StatusCode::NOT_FOUND
}

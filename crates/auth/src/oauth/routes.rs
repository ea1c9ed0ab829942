//! The module's routes.

use std::sync::Arc;

use axum::Router;

use super::{callback, social};
use crate::{
    context::Context,
    extract::Accepts,
    routing::{and_post, get, post},
};

/// The module's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new().route(&format!("{base}/sign-in/social"), post(social::sign_in_social)).route(
        &format!("{base}/callback/{{id}}"),
        and_post(get(callback::get), Accepts::FormOrJson, callback::post),
    )
}

//! The module's routes.

use std::sync::Arc;

use axum::Router;

use super::{decision, poll, request};
use crate::{
    context::Context,
    routing::{get, post, post_form},
};

/// The module's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new()
        .route(&format!("{base}/device/code"), post_form(request::request_codes))
        .route(&format!("{base}/device/token"), post(poll::poll))
        .route(&format!("{base}/device"), get(decision::review))
        .route(&format!("{base}/device/approve"), post(decision::approve))
        .route(&format!("{base}/device/deny"), post(decision::deny))
}

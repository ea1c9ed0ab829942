//! The module's routes.

use std::sync::Arc;

use axum::Router;

use super::{nonce, verification};
use crate::{context::Context, routing::post};

/// The module's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    Router::new()
        .route(&format!("{base}/siwe/nonce"), post(nonce::create))
        .route(&format!("{base}/siwe/get-nonce"), post(nonce::create))
        .route(&format!("{base}/siwe/verify"), post(verification::verify))
}

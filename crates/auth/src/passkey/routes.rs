//! The module's routes.

use std::sync::Arc;

use axum::Router;

use super::{manage, options, registration, sign_in};
use crate::{
    context::Context,
    routing::{get, post},
};

/// The module's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    let path = |name: &str| format!("{base}/passkey/{name}");
    Router::new()
        .route(&path("generate-register-options"), get(options::register))
        .route(&path("verify-registration"), post(registration::verify))
        .route(&path("generate-authenticate-options"), get(options::authenticate))
        .route(&path("verify-authentication"), post(sign_in::verify))
        .route(&path("list-user-passkeys"), get(manage::list))
        .route(&path("update-passkey"), post(manage::update))
        .route(&path("delete-passkey"), post(manage::delete))
}

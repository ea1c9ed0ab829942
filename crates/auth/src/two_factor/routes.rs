//! The module's routes.

use std::sync::Arc;

use axum::Router;

use super::{backup_routes, otp_routes, setup, totp_routes};
use crate::{context::Context, routing::post};

/// The module's routes, below `base`.
pub(crate) fn router(base: &str) -> Router<Arc<Context>> {
    let path = |name| format!("{base}/two-factor/{name}");
    Router::new()
        .route(&path("enable"), post(setup::enable))
        .route(&path("disable"), post(setup::disable))
        .route(&path("get-totp-uri"), post(totp_routes::get_uri))
        .route(&path("verify-totp"), post(totp_routes::verify))
        .route(&path("send-otp"), post(otp_routes::send))
        .route(&path("verify-otp"), post(otp_routes::verify))
        .route(&path("generate-backup-codes"), post(backup_routes::generate))
        .route(&path("verify-backup-code"), post(backup_routes::verify))
}

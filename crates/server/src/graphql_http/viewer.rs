//! Who sends a request.

use auth::{Auth, SessionKey};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use domain::Error;
use graphql::Viewer;

use super::response::Refusal;
use crate::telemetry::{RequestLog, chain};

/// Who it is, by cookie or bearer, with the key of their session and the cookies that
/// extend it.
pub(super) async fn identify(
    auth: &Auth,
    headers: &HeaderMap,
    log: &RequestLog,
) -> Result<(Viewer, Option<SessionKey>, Vec<HeaderValue>), Refusal> {
    match auth.authenticate(headers).await {
        Ok(Some(found)) => {
            log.user(&found.user.id);
            Ok((Viewer(Some(found.user)), Some(found.key), found.set_cookies))
        }
        Ok(None) => Ok((Viewer(None), None, Vec::new())),
        Err(error) => {
            // What is away is told once, when it goes.
            let status = if matches!(error, Error::Busy) {
                StatusCode::SERVICE_UNAVAILABLE
            } else {
                tracing::error!(error = %chain(&error), "the session cannot be read");
                StatusCode::INTERNAL_SERVER_ERROR
            };
            Err(Refusal::of(&error, status))
        }
    }
}

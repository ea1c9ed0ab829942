//! Identification of a request's viewer.

use auth::{Auth, SessionKey};
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header::SET_COOKIE},
    response::Response,
};
use domain::Error;
use graphql::Viewer;

use super::{
    response::Refusal,
    subscription::{SessionWatch, Sessions},
};
use crate::telemetry::{RequestLog, chain};

/// The viewer of a request, and the cookies that extend their session.
pub(super) struct Caller {
    pub(super) viewer: Viewer,
    key: Option<SessionKey>,
    cookies: Vec<HeaderValue>,
}

impl Caller {
    /// Identifies the caller by cookie or bearer token.
    pub(super) async fn identify(
        auth: &Auth,
        headers: &HeaderMap,
        log: &RequestLog,
    ) -> Result<Self, Refusal> {
        match auth.authenticate(headers).await {
            Ok(Some(found)) => {
                log.user(&found.user.id);
                let viewer = Viewer(Some(found.user));
                Ok(Self { viewer, key: Some(found.key), cookies: found.set_cookies })
            }
            Ok(None) => Ok(Self { viewer: Viewer(None), key: None, cookies: Vec::new() }),
            Err(error) => {
                // An unreachable store is logged once, when the outage begins.
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

    /// Watches the caller's session.
    pub(super) fn watch_session(&self, sessions: &Sessions) -> SessionWatch {
        match (&self.viewer.0, &self.key) {
            (Some(user), Some(key)) => sessions.watch(user.clone(), key.clone()),
            _ => SessionWatch::anonymous(),
        }
    }

    /// Adds the cookies to the caller's response.
    pub(super) fn append_cookies(self, response: &mut Response) {
        for cookie in self.cookies {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
}

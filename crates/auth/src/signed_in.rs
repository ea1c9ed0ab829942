//! The session of a request to a route of the application that embeds this crate.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use domain::CurrentUser;

use crate::{Auth, error::AuthError, error_code::UNAUTHORIZED};

/// The user of a request that requires a session, by cookie or `Authorization: Bearer`.
///
/// An extractor for routes of the application, whose state is or contains the [`Auth`]. A
/// request without a session is refused with status 401, and one that changes something or opens a
/// WebSocket by cookie and comes from an untrusted page with 403. The extractor does not extend the session:
/// `GET get-session`, which clients send regularly, does.
#[derive(Clone, Debug)]
pub struct SignedIn(pub CurrentUser);

impl<S> FromRequestParts<S> for SignedIn
where
    S: Send + Sync,
    Auth: FromRef<S>,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let auth = Auth::from_ref(state);
        let found = auth.recognize(&parts.headers).await;
        let found = found.map_err(|error| AuthError::from(error).into_response())?;
        let (user, _) = found.ok_or_else(|| AuthError::from(UNAUTHORIZED).into_response())?;
        auth.origin_refusal(&parts.method, &parts.headers).map_or(Ok(Self(user)), Err)
    }
}

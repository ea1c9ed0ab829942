//! How a sign-in ended, and the response to it.

use axum::{http::HeaderMap, response::Response};

use super::UserSession;
use crate::{
    context::Context,
    error::AuthError,
    error_code::{BANNED_USER, EMAIL_NOT_VERIFIED, ErrorCode},
    redirect,
    session::Session,
    two_factor::challenge::{Challenge, SECOND_FACTOR_REQUIRED},
    views::UserView,
};

/// How a sign-in ended. The caller commits its transaction in every case.
#[must_use]
pub(crate) enum Outcome {
    SignedIn(Box<UserSession>),
    /// The user must give their second factor.
    Challenged(Challenge),
    Refused(Refusal),
}

/// Why the user cannot sign in, although their credential is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Banned,
    /// A setting requires a verified email address.
    Unverified,
}

impl Refusal {
    pub(crate) fn code(self) -> ErrorCode {
        match self {
            Self::Banned => BANNED_USER,
            Self::Unverified => EMAIL_NOT_VERIFIED,
        }
    }

    /// The code in `?error=` of a redirect.
    pub(crate) fn query_code(self) -> &'static str {
        match self {
            Self::Banned => "banned",
            Self::Unverified => "email_not_verified",
        }
    }
}

impl Outcome {
    /// The session, or an error: for endpoints that cannot respond with a challenge.
    pub(crate) fn session(self) -> Result<Box<UserSession>, AuthError> {
        match self {
            Self::SignedIn(session) => Ok(session),
            Self::Challenged(_) => Err(SECOND_FACTOR_REQUIRED.into()),
            Self::Refused(refusal) => Err(refusal.code().into()),
        }
    }

    /// The new session, if there is one, for responses that contain it.
    pub(crate) fn new_session(&self) -> Option<&Session> {
        match self {
            Self::SignedIn(session) => Some(&session.session),
            _ => None,
        }
    }

    /// Changes the session, if there is one.
    pub(crate) fn map(self, change: impl FnOnce(UserSession) -> UserSession) -> Self {
        match self {
            Self::SignedIn(session) => Self::SignedIn(Box::new(change(*session))),
            other => other,
        }
    }

    /// The JSON response: the one that `body` makes of the token and the user, with the session's
    /// cookies, or better-auth's challenge.
    pub(crate) fn response(
        &self,
        context: &Context,
        headers: &HeaderMap,
        body: impl FnOnce(&str, UserView<'_>) -> Response,
    ) -> Result<Response, AuthError> {
        match self {
            Self::SignedIn(session) => Ok(session.response(context, headers, body)),
            Self::Challenged(challenge) => Ok(challenge.response()),
            Self::Refused(refusal) => Err(refusal.code().into()),
        }
    }

    /// The redirect to `target` with the session's cookies, or to the page that asks for the
    /// second factor. A refusal redirects to `error_target` with `?error=`.
    pub(crate) fn redirect(
        &self,
        context: &Context,
        headers: &HeaderMap,
        target: &str,
        error_target: &str,
    ) -> Result<Response, AuthError> {
        match self {
            Self::SignedIn(session) => {
                Ok(session.with_session_cookies(context, headers, redirect::to(target)?))
            }
            Self::Challenged(challenge) => challenge.redirect(context, target),
            Self::Refused(refusal) => {
                redirect::to(&redirect::with_query(error_target, "error", refusal.query_code()))
            }
        }
    }
}

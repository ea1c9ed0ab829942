//! The response to a callback: a redirect, or the page that completes a sign-in in a popup window.

use axum::{http::HeaderMap, response::Response};

use super::{
    callback_error::CallbackError,
    popup::Popup,
    sign_in::SignedIn,
    state::{self, ConsumedState, RefusedState, StateError},
};
use crate::{
    context::Context, cookie, error::AuthError, redirect, sign_in::Outcome,
    two_factor::challenge::SECOND_FACTOR_REQUIRED,
};

/// The success of a callback.
pub(super) enum End {
    SignedIn(Box<SignedIn>),
    Linked,
}

impl End {
    fn target<'a>(&self, consumed: &'a ConsumedState) -> &'a str {
        match self {
            Self::SignedIn(signed_in) if signed_in.is_new => {
                consumed.new_user_url.as_ref().unwrap_or(&consumed.callback_url)
            }
            _ => &consumed.callback_url,
        }
    }
}

/// Responds to the browser whose callback has this state.
pub(super) struct Reply<'a> {
    pub(super) context: &'a Context,
    pub(super) headers: &'a HeaderMap,
    pub(super) state: &'a str,
}

impl Reply<'_> {
    /// The response to a callback whose state was consumed.
    pub(super) fn end(
        &self,
        consumed: &ConsumedState,
        ended: Result<End, CallbackError>,
    ) -> Result<Response, AuthError> {
        let Self { context, headers, .. } = *self;
        let expired = state::expired_cookies(context, headers);
        let end = match ended {
            Ok(end) => end,
            Err(error) => {
                let response = self.refuse(consumed.error_url.as_deref(), &error)?;
                return Ok(cookie::with(response, expired));
            }
        };
        let target = end.target(consumed);
        let End::SignedIn(signed_in) = &end else {
            return Ok(cookie::with(redirect::to(target)?, expired));
        };
        let response = match (self.popup(), &signed_in.outcome) {
            (Some(popup), Outcome::SignedIn(session)) => {
                let page = popup.signed_in(context, headers, session, target)?;
                session.with_session_cookies(context, headers, page)
            }
            (Some(popup), Outcome::Challenged(challenge)) => {
                let error = CallbackError::of(SECOND_FACTOR_REQUIRED.name);
                // The page that opened the window answers the challenge.
                challenge.with_challenge_cookies(popup.refused(context, headers, &error)?)
            }
            (None, outcome @ (Outcome::SignedIn(_) | Outcome::Challenged(_))) => {
                outcome.redirect(context, headers, target, target)?
            }
            (_, Outcome::Refused(refusal)) => {
                let error = CallbackError::of(refusal.query_code());
                self.refuse(consumed.error_url.as_deref(), &error)?
            }
        };
        Ok(cookie::with(response, expired))
    }

    /// The response to a callback whose state is refused.
    pub(super) fn refuse_state(&self, error: StateError) -> Result<Response, AuthError> {
        match error {
            StateError::Refused(RefusedState { code, error_url, expire_cookie }) => {
                let response = self.refuse(error_url.as_deref(), &CallbackError::of(code))?;
                let expired =
                    expire_cookie.then(|| state::expired_cookies(self.context, self.headers));
                Ok(cookie::with(response, expired.unwrap_or_default()))
            }
            StateError::Failed(error) => {
                self.refuse(None, &CallbackError::from(AuthError::from(error)))
            }
        }
    }

    /// Responds with an error, on the error page of the sign-in or on the server's.
    pub(super) fn refuse(
        &self,
        error_url: Option<&str>,
        error: &CallbackError,
    ) -> Result<Response, AuthError> {
        match self.popup() {
            Some(popup) => {
                tracing::info!(code = error.code, "sign-in in a popup window refused");
                popup.refused(self.context, self.headers, error)
            }
            None => redirect_refused(self.context, error_url, error),
        }
    }

    /// The popup window of this sign-in, if it runs in one.
    fn popup(&self) -> Option<Popup> {
        Popup::of(self.context, self.headers, self.state)
    }
}

/// Redirects to the error page of the sign-in, or to the server's.
pub(super) fn redirect_refused(
    context: &Context,
    error_url: Option<&str>,
    error: &CallbackError,
) -> Result<Response, AuthError> {
    let code = error.code.as_str();
    tracing::info!(code, "sign-in with a provider refused");
    let own = context.url_for("/error", &[]);
    let mut values = vec![("error", code)];
    values.extend(error.description().map(|text| ("error_description", text)));
    let target = error_url.and_then(|url| redirect::with_values(url, &values));
    redirect::to(&target.or_else(|| redirect::with_values(&own, &values)).unwrap_or(own))
}

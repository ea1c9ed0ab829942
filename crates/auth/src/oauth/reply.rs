//! The response to the browser that brought a provider's answer: a redirect, or the page that ends
//! a sign-in in a popup window.

use axum::{http::HeaderMap, response::Response};

use super::{
    callback_error::CallbackError,
    popup::Popup,
    sign_in::SignedIn,
    state::{self, StateError, TakenState},
};
use crate::{context::Context, cookie, error::AuthError, redirect};

/// How a callback ended.
pub(super) enum End {
    SignedIn(Box<SignedIn>),
    Linked,
}

impl End {
    fn target<'a>(&self, taken: &'a TakenState) -> &'a str {
        match self {
            Self::SignedIn(signed_in) if signed_in.is_new => {
                taken.new_user_url.as_ref().unwrap_or(&taken.callback_url)
            }
            _ => &taken.callback_url,
        }
    }
}

/// Responds to the browser that brought the answer for a state.
pub(super) struct Reply<'a> {
    pub(super) context: &'a Context,
    pub(super) headers: &'a HeaderMap,
    pub(super) state: &'a str,
}

impl Reply<'_> {
    /// The response to an answer whose state was used.
    pub(super) fn end(
        &self,
        taken: &TakenState,
        ended: Result<End, CallbackError>,
    ) -> Result<Response, AuthError> {
        let Self { context, headers, .. } = *self;
        let expired = state::expired_cookies(context, headers);
        let end = match ended {
            Ok(end) => end,
            Err(error) => {
                let response = self.refuse(taken.error_url.as_deref(), &error)?;
                return Ok(cookie::with(response, expired));
            }
        };
        let target = end.target(taken);
        let End::SignedIn(signed_in) = &end else {
            return Ok(cookie::with(redirect::to(target)?, expired));
        };
        let session = &signed_in.session;
        let response = match self.popup() {
            Some(popup) => popup.signed_in(context, headers, session, target)?,
            None => redirect::to(target)?,
        };
        let response = cookie::with(response, expired);
        Ok(session.with_session_cookies(context, headers, response))
    }

    /// The response to an answer whose state is not accepted.
    pub(super) fn refuse_state(&self, error: StateError) -> Result<Response, AuthError> {
        match error {
            StateError::Refused { code, error_url, is_used_up } => {
                let response = self.refuse(error_url.as_deref(), &CallbackError::of(code))?;
                let expired =
                    is_used_up.then(|| state::expired_cookies(self.context, self.headers));
                Ok(cookie::with(response, expired.unwrap_or_default()))
            }
            StateError::Failed(error) => {
                self.refuse(None, &CallbackError::from(AuthError::from(error)))
            }
        }
    }

    /// Responds with an error, on the sign-in's page of errors or on the service's own.
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

/// Redirects to the sign-in's page of errors, or to the service's own.
pub(super) fn redirect_refused(
    context: &Context,
    error_url: Option<&str>,
    error: &CallbackError,
) -> Result<Response, AuthError> {
    let code = error.code.as_str();
    tracing::info!(code, "sign-in with a provider refused");
    let own = context.link("/error", &[]);
    let mut values = vec![("error", code)];
    values.extend(error.description().map(|text| ("error_description", text)));
    let target = error_url.and_then(|url| redirect::with_values(url, &values));
    redirect::to(&target.or_else(|| redirect::with_values(&own, &values)).unwrap_or(own))
}

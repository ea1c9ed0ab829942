//! better-auth's plugin `oauth-popup`: sign-in in a popup window, which posts the session's token
//! or the error to the page that opened it.
//!
//! Endpoint: `GET oauth-popup/start`; the callback ends with the page of [`page`]. Table: none.
//!
//! A signed cookie of the popup window names the page's origin and its nonce.
//!
//! Threats, and where this server is stricter than better-auth:
//! - A token for another page: it is posted to an exact origin, which must be trusted.
//!   `popupOrigin` must be an origin; better-auth accepts any URL of a trusted one.
//! - A sign-in in a second tab that ends as if it ran in the popup window: the cookie names the
//!   state of its sign-in. better-auth uses it for every callback of the browser.
//! - Injected HTML or script: values are JSON in an element that no browser runs, escaped, and the
//!   policy allows one script by its hash.
//! - A framed page: frames are forbidden, so the page posts to its opener only.

mod page;
mod start;

use axum::{http::HeaderMap, response::Response};
use chrono::TimeDelta;
use domain::Error;
use serde::{Deserialize, Serialize};

use self::page::Message;
pub(super) use self::start::start;
use super::callback_error::CallbackError;
use crate::{context::Context, cookie, error::AuthError, plugin::Plugin, sign_in::UserSession};

/// better-auth's lifetime of the cookie.
const COOKIE_LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// A sign-in in a popup window: the content of its cookie.
#[derive(Serialize, Deserialize)]
pub(super) struct Popup {
    /// The origin of the page that opened the window. It was trusted at the start.
    #[serde(rename = "popupOrigin")]
    origin: String,
    /// The value by which that page recognizes its window.
    #[serde(rename = "popupNonce")]
    nonce: String,
    /// The state of the sign-in. A better-auth server omits it.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
}

impl Popup {
    /// The popup window in which the sign-in with this state runs.
    pub(super) fn of(context: &Context, headers: &HeaderMap, state: &str) -> Option<Self> {
        if !context.config.plugins.has(Plugin::OauthPopup) {
            return None;
        }
        let cookies = context.cookies.popups(headers).into_iter();
        let popups = cookies.filter_map(|json| serde_json::from_str::<Self>(&json).ok());
        let mut own = popups.filter(|popup| popup.state.as_ref().is_none_or(|of| of == state));
        own.find(|popup| context.origins.trusts(&popup.origin))
    }

    /// The page after a sign-in.
    pub(super) fn signed_in(
        &self,
        context: &Context,
        headers: &HeaderMap,
        session: &UserSession,
        target: &str,
    ) -> Result<Response, AuthError> {
        let token = context.cookies.signer().sign(session.session.token.as_str());
        end(context, headers, &self.message().signed_in(&token, target))
    }

    /// The page after an error.
    pub(super) fn refused(
        &self,
        context: &Context,
        headers: &HeaderMap,
        error: &CallbackError,
    ) -> Result<Response, AuthError> {
        let message = self.message().failed(&error.code, error.description());
        end(context, headers, &message)
    }

    fn message(&self) -> Message<'_> {
        Message::new(&self.origin, &self.nonce)
    }

    fn to_json(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(Error::internal)
    }
}

/// The page that posts a message. The window has no cookie afterwards.
fn end(
    context: &Context,
    headers: &HeaderMap,
    message: &Message<'_>,
) -> Result<Response, AuthError> {
    let mut set_cookies = context.cookies.set_cookies(headers);
    set_cookies.expire_popup();
    Ok(cookie::with(page::response(message)?, set_cookies.into_lines()))
}

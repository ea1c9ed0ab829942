//! The session that a sign-in created, and its response.

use axum::{
    http::{HeaderMap, HeaderValue, header::ACCESS_CONTROL_EXPOSE_HEADERS},
    response::Response,
};
use chrono::TimeDelta;
use domain::{User, UserId};

use crate::{
    context::Context,
    cookie,
    one_time_token::SET_OTT,
    password::PasswordHash,
    session::{self, CurrentSession, Lifetime, Session},
    views::UserView,
};

/// How long a browser keeps the cookie of a known device.
const DEVICE_MAX_AGE: TimeDelta = TimeDelta::days(365);

/// A user and their session, new or current.
pub(crate) struct UserSession {
    pub(crate) user: User,
    pub(crate) session: Session,
    lifetime: Lifetime,
    /// The hash of the password that the user sent; it makes the browser a known device.
    password: Option<PasswordHash>,
    /// `Set-Cookie` lines of the sign-in besides those of the session.
    further_cookies: Vec<HeaderValue>,
    /// The token that passes the session on, for a header of the response.
    one_time_token: Option<String>,
}

impl UserSession {
    /// A new session.
    pub(super) fn new(
        user: User,
        session: Session,
        lifetime: Lifetime,
        further_cookies: Vec<HeaderValue>,
    ) -> Self {
        Self { user, session, lifetime, password: None, further_cookies, one_time_token: None }
    }

    /// Adds the token that passes the session on.
    pub(super) fn with_one_time_token(self, token: Option<String>) -> Self {
        Self { one_time_token: token, ..self }
    }

    /// The current session of a user whose data changed.
    pub(crate) fn current(user: User, current: CurrentSession) -> Self {
        let CurrentSession { session, lifetime, .. } = current;
        Self {
            user,
            session,
            lifetime,
            password: None,
            further_cookies: Vec::new(),
            one_time_token: None,
        }
    }

    /// Adds the password with which the user signed in. The browser becomes a known device.
    pub(crate) fn by_password(self, password: PasswordHash) -> Self {
        Self { password: Some(password), ..self }
    }

    /// Adds `Set-Cookie` lines to the response.
    pub(crate) fn with_cookies(mut self, cookies: Vec<HeaderValue>) -> Self {
        self.further_cookies.extend(cookies);
        self
    }

    /// The response that `body` makes of the token and the user, with the session's cookies.
    pub(crate) fn response(
        &self,
        context: &Context,
        headers: &HeaderMap,
        body: impl FnOnce(&str, UserView<'_>) -> Response,
    ) -> Response {
        let user = UserView::new(&self.user, &context.config.plugins);
        let response = body(self.session.token.as_str(), user);
        self.with_session_cookies(context, headers, response)
    }

    /// Adds the session's cookies to `response`, and the user's id as an extension for the
    /// request's log line.
    pub(crate) fn with_session_cookies(
        &self,
        context: &Context,
        headers: &HeaderMap,
        response: Response,
    ) -> Response {
        let Self { user, session, lifetime, password, further_cookies, .. } = self;
        let mut cookies = session::session_cookies(context, session, user, *lifetime, headers);
        if let Some(password) = password {
            cookies.extend(device_cookies(context, &user.id, password, *lifetime, headers));
        }
        cookies.extend(further_cookies.iter().cloned());
        let mut response = cookie::with(response, cookies);
        response.extensions_mut().insert(user.id.clone());
        let token = self.one_time_token.as_deref().and_then(|token| token.parse().ok());
        if let Some(token) = token {
            response.headers_mut().insert(SET_OTT, token);
            response.headers_mut().insert(ACCESS_CONTROL_EXPOSE_HEADERS, SET_OTT.into());
        }
        response
    }
}

/// The cookies that make a browser a known device, after its user gave their password. With
/// a browser session, the browser removes them when it closes.
pub(crate) fn device_cookies(
    context: &Context,
    user: &UserId,
    password: &PasswordHash,
    lifetime: Lifetime,
    headers: &HeaderMap,
) -> Vec<HeaderValue> {
    let max_age = (lifetime == Lifetime::Remembered).then_some(DEVICE_MAX_AGE);
    let mut cookies = context.cookies.set_cookies(headers);
    cookies.known_device(&context.devices.issue(user, password), max_age);
    cookies.into_lines()
}

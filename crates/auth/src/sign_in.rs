//! The end of every way to sign in. Only this module creates sessions.

use axum::{
    Json,
    http::{HeaderMap, HeaderValue},
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;
use database::UserRepository;
use domain::{Permit, Result, User, UserId, ability::Update};
use sea_orm::ConnectionTrait;
use serde::Serialize;

use crate::{
    audit::{self, Action, Outcome},
    context::Context,
    cookie,
    extract::Client,
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
    /// The password that the user sent, which makes the browser a known device.
    password: Option<PasswordHash>,
}

/// Creates a session for `user`. The caller has checked the user's credential, e.g. a password.
pub(crate) async fn create_session<C: ConnectionTrait>(
    db: &C,
    context: &Context,
    user: User,
    lifetime: Lifetime,
    client: &Client,
) -> Result<UserSession> {
    let user = if user.pending {
        let permit = Permit::system("sign-in", Update, user);
        UserRepository::new(db).clear_pending(permit).await?
    } else {
        user
    };
    let session = session::create(db, context, &user, lifetime, client).await?;
    audit::record(db, context, Action::SignIn, &user.id, client, Outcome::Done).await?;
    Ok(UserSession { user, session, lifetime, password: None })
}

impl UserSession {
    /// The current session of a user whose data changed.
    pub(crate) fn current(user: User, current: CurrentSession) -> Self {
        let CurrentSession { session, lifetime, .. } = current;
        Self { user, session, lifetime, password: None }
    }

    /// Notes the password with which the user signed in.
    pub(crate) fn by_password(self, password: PasswordHash) -> Self {
        Self { password: Some(password), ..self }
    }

    /// The response that `body` makes of the token and the user, with the session's cookies.
    pub(crate) fn response<'s, B: Serialize>(
        &'s self,
        context: &Context,
        headers: &HeaderMap,
        body: impl FnOnce(&'s str, UserView<'s>) -> B,
    ) -> Response {
        let body = body(self.session.token.as_str(), (&self.user).into());
        self.with_session_cookies(context, headers, Json(body).into_response())
    }

    /// Adds the session's cookies to `response`, and the user's id as an extension for the
    /// request's log line.
    pub(crate) fn with_session_cookies(
        &self,
        context: &Context,
        headers: &HeaderMap,
        response: Response,
    ) -> Response {
        let Self { user, session, lifetime, password } = self;
        let mut cookies = session::session_cookies(context, session, user, *lifetime, headers);
        if let Some(password) = password {
            cookies.extend(device_cookies(context, &user.id, password, *lifetime, headers));
        }
        let mut response = cookie::with(response, cookies);
        response.extensions_mut().insert(user.id.clone());
        response
    }
}

/// The cookies that make a browser a known device, after its user gave their password. A device
/// with a browser session is forgotten when the browser closes.
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

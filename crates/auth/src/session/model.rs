//! A session, its token and its lifetime.

use std::fmt;

use chrono::{DateTime, Utc};
use domain::{CurrentUser, SessionId, User, UserId};
use sea_orm::DeriveValueType;

/// A session of a user.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) token: Token,
    pub(crate) user_id: UserId,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    /// Empty when unknown.
    pub(crate) ip_address: Option<String>,
    /// Empty when the client sent none.
    pub(crate) user_agent: Option<String>,
}

impl Session {
    /// The session's user as the ability's rules see them.
    pub(crate) fn viewer(&self, user: User) -> CurrentUser {
        let User { id, email, name, role, sign_in, .. } = user;
        let is_guest = sign_in.is_anonymous;
        CurrentUser { id, email, name, role, session_id: self.id.clone(), is_guest }
    }
}

/// The secret of a session: 32 letters and digits. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash, DeriveValueType)]
pub(crate) struct Token(String);

impl Token {
    pub(super) fn generate() -> Self {
        Self(domain::id::random_alphanumeric())
    }

    /// A token from a request, or from a row of another server.
    pub(crate) fn from_text(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// Whether a session outlives the browser that began it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lifetime {
    /// [`Config::expires_in`](super::Config::expires_in), extended by requests.
    Remembered,
    /// One day, in a cookie that the browser deletes when it closes.
    BrowserSession,
}

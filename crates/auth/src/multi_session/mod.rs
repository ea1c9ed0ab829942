//! better-auth's plugin `multi-session`: several signed-in users in one browser, which switches
//! between them.
//!
//! Endpoints: `GET multi-session/list-device-sessions`, `POST multi-session/set-active`,
//! `multi-session/revoke`. Tables: none; the sessions are those of [`session`](crate::session).
//!
//! Besides the cookie of the active session, a browser has a signed cookie for each of its sessions,
//! `session_token_multi-` and the token in lower case. A sign-in adds one, and ends the other
//! session of the same user in this browser. A sign-out ends all of them.
//!
//! Threats:
//! - A forged cookie that names another person's session: a cookie counts only with a valid
//!   signature of its token, and under the name that belongs to the token. Others are neither
//!   listed, used, nor ended by a sign-out.
//! - A walk around the second factor: a session is there only after all factors were given, and
//!   switching creates none.
//! - A session that should end with the browser: its cookie ends, too.

mod config;
mod error;
pub(crate) mod openapi;
mod routes;
mod service;

pub use self::config::Config;
pub(crate) use self::{
    routes::router,
    service::{expire, held, join, restored},
};

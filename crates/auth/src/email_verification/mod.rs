//! Proving that an address is its user's, by a mailed link.
//!
//! Endpoints: `POST send-verification-email`, `GET verify-email` (also by POST).
//! Table: none; the link carries a signed token.
//!
//! The token says whose address it proves and until when; it may be used again, which
//! changes nothing. It names its user, so that it proves nothing of somebody else who
//! takes the address later; better-auth's own tokens name none, and count, too.
//! The same link finishes a change of address, see [`user`](crate::user).
//!
//! Threats: a forged token (HS256 alone, see [`crypto::jwt`]), finding out who has an
//! account (the anonymous answer is the same for all, time included), a link opened
//! by somebody else who is signed in (a change of address is refused to them).

mod change;
mod error;
pub(crate) mod openapi;
mod routes;
mod service;
mod token;

use chrono::TimeDelta;

pub(crate) use self::{
    routes::router,
    service::{link, send, send_nobody},
    token::{Purpose, Token},
};

/// How addresses are proved.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Whether signing up mails the link. (`AUTH_SEND_VERIFICATION_ON_SIGN_UP`)
    pub send_on_sign_up: bool,
    /// Whether a refused sign-in mails it again.
    /// (`AUTH_SEND_VERIFICATION_ON_SIGN_IN`)
    pub send_on_sign_in: bool,
    /// Whether following it signs in. (`AUTH_AUTO_SIGN_IN_AFTER_VERIFICATION`)
    pub auto_sign_in: bool,
    /// How long it counts. (`AUTH_VERIFICATION_EXPIRES_IN`)
    pub expires_in: TimeDelta,
}

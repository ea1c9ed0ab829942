//! Proving that an address is its user's, by a mailed link.
//!
//! Endpoints: `POST send-verification-email`, `GET verify-email` (also by POST).
//! Table: none; the link carries a signed token.
//!
//! The token says whose address it proves, in which of the user's epochs
//! (`epoch`) and until when. It has its effect once, which is noted: whoever opens it again
//! is answered the same. Tokens of other servers name no epoch and do not count, as nothing
//! could void them.
//!
//! The same link finishes a change of address, see [`user`](crate::user): it then changes
//! something only for the user's own session, or for who presses the button of a page
//! (which posts it), and signs nobody in. The link that proves an address signs in where
//! that is set, and takes the press then, too.
//!
//! Threats: a forged token (HS256 alone, see [`crypto::jwt`]), a link that was asked for
//! by who had a session for a moment, and is opened after the owner has taken the account
//! back (its epoch is over), a scanner of mails that opens links (a change, and a session, takes more),
//! finding out who has an account (the anonymous answer is the same for all, time
//! included), a link opened by somebody else who is signed in (a change of address is
//! refused to them).

mod config;
mod confirmation_page;
mod email_change;
mod error;
pub(crate) mod openapi;
mod routes;
mod service;
mod token;

pub use self::config::Config;
pub(crate) use self::{
    email_change::notify_old_address,
    routes::router,
    service::{link, send_link},
    token::{Purpose, Token},
};

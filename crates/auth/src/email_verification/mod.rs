//! Verification of e-mail addresses, by a mailed link.
//!
//! Endpoints: `POST send-verification-email`, `GET verify-email` (also by POST). Table: none; the
//! link contains a signed token.
//!
//! The token names the address, the user, the user's epoch (see `epoch`) and its
//! end. A token is used once. Its use is recorded, so opening the link again gives the same
//! response. Tokens of other servers have no epoch and are refused, because they could not be
//! invalidated.
//!
//! The same link finishes a change of address, see [`user`](crate::user). Such a link takes
//! effect only in the user's own session, or after the button of its page was pressed (which
//! posts the token), and creates no session. The link that verifies an address creates a session
//! where a setting says so, and then requires the button, too.
//!
//! Threats: a forged token (only HS256 is accepted, see [`crypto::jwt`]), a link that was
//! requested with a stolen session and is opened after the owner has recovered the account (its
//! epoch is over), a mail scanner that opens links (changes and sessions require more than that),
//! finding out who has an account (anonymous requests get the same response in the same time), a
//! link opened by another signed-in user (a change of address is refused), a user of another
//! person's account at a provider that did not verify the address (the mail names the provider).

mod challenged;
mod config;
mod confirmation_page;
mod email_change;
mod error;
pub(crate) mod openapi;
mod provider;
mod routes;
mod service;
mod token;

pub use self::config::Config;
pub(crate) use self::{
    email_change::notify_old_address,
    provider::find_provider,
    routes::router,
    service::{current_or_new_session, link, send_link, set_verified},
    token::{Purpose, Token},
};

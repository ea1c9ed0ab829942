//! Sign-in with a mailed link.
//!
//! Endpoints: `POST sign-in/magic-link`, `GET magic-link/verify` (also by POST). Table: none of its
//! own; a link is a `verification` with better-auth's identifier and value.
//!
//! Opening the link signs in, as in better-auth. Mail scanners open links, too, and use them up;
//! where a setting says so, the link shows a page with a button instead, which posts the token.
//!
//! Threats: a link used twice (taking it deletes it, in one statement), a link that was mailed
//! before a password reset (it names the user's epoch), finding out who has an account (the response
//! is the same for all addresses, with the same work: where sign-up is closed, the mail to an
//! unknown address is simulated), an account that was prepared with a foreign address
//! (`mailbox`), a second factor (a link is one factor, see
//! `sign_in`), another site that embeds a link to sign its visitor in as another
//! user (only a navigation, a program or a trusted page's script may use it), a link of another
//! person that a guest or a user opens (in a browser with a session of another user than the link's
//! user and the user who requested it, a button signs in), open redirects (every target is checked
//! when the link is requested and when it is opened).

mod config;
mod confirmation_page;
mod error;
mod input;
pub(crate) mod openapi;
mod record;
mod requester;
mod routes;
mod service;

pub use self::config::{Config, StoreToken};
pub(crate) use self::routes::router;

//! better-auth's plugin `anonymous`: guests are users without a credential, whose books and other
//! rows go to the user as whom they sign in later.
//!
//! Endpoints: `POST sign-in/anonymous`, `delete-anonymous-user`. Tables: none of its own; the column
//! `isAnonymous` of `user`.
//!
//! When a guest signs in or up by any sign-in method, `transfer_guest` transfers what they own to
//! the user, in the transaction of the sign-in, records an audit event with both ids, and deletes
//! the guest.
//! The guest is the user of the request's session; of the session that began the sign-in with a
//! provider, which its state names; or of the session that began a challenge for a second factor,
//! which a stored link names.
//!
//! A guest who gets a credential, or verifies an address or a number, is a guest no longer
//! (`account::end_guest`); in better-auth they stay one.
//!
//! A guest whose last session has ended cannot come back. `sweep` deletes such guests after a
//! time, unless they own something.
//!
//! Threats:
//! - Two sign-ins of one guest at once: the guest's row is locked, and the first sign-in gets what
//!   the guest owns.
//! - A row of the guest that is not transferred: new rows of the guest wait for the lock, and are
//!   refused once the guest is deleted.
//! - A guest of another browser: the guest is never named by the client. The state of a provider
//!   and the cookie of a challenge are signed, and the guest must still have a session.
//! - A user who has a credential and the mark of a guest, e.g. of a better-auth server: they are
//!   neither transferred nor deleted.
//! - A link or a request of another person, which signs the guest in as that person: a sign-in needs
//!   the state of this browser, a page of a trusted origin, or a button
//!   ([`magic_link`](crate::magic_link), [`email_verification`](crate::email_verification)).
//! - A user who may not sign in: nothing is transferred before the second factor is given, nor to a
//!   banned user.
//! - Guests without number: the limit of sign-ins counts for clients, and the sweep deletes them.

mod config;
mod error;
mod guest;
pub(crate) mod openapi;
mod retention;
mod routes;
mod transfer;

pub use self::config::Config;
pub(crate) use self::{
    retention::sweep,
    routes::router,
    transfer::{current_guest, store_for_challenge, transfer_guest},
};

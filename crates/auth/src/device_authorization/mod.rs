//! Signing in clients on devices without a keyboard (RFC 8628), better-auth's plugin
//! `device-authorization`.
//!
//! A device client, e.g. an app of a television, requests a device code and a user code, shows the
//! user code, and polls with the device code. The user opens a page in a browser where they are
//! signed in, types the user code, which claims the request, and approves it. The next poll receives
//! the token of a new session.
//!
//! Endpoints: `POST device/code`, `POST device/token`, `GET device`, `POST device/approve`,
//! `POST device/deny`. Table: `deviceCode`, better-auth's.
//!
//! Threats:
//! - A stranger approves a request of another user: only the user who claimed a request by
//!   `GET device` approves or denies it, and of concurrent claims one succeeds.
//! - One device code gives several sessions: a poll locks the row, and the sign-in deletes it in the same
//!   transaction.
//! - Guessing: device codes have 238 bits by default, user codes 40. Requests of `GET device` have
//!   better-auth's limit, and unknown codes of `device/approve` and `device/deny` one for each
//!   user.
//! - A device client polls too often: `slow_down`, decided under the row's lock.
//! - A user who approved is banned, deleted or sets a new password before the next poll: the
//!   sign-in refuses banned users, and the other events delete the user's requests.
//! - Requests fill the table: `device/code` has a limit of its own, stored texts are short, and
//!   expired rows are deleted within minutes.

mod code;
mod config;
mod decision;
mod error;
mod input;
pub(crate) mod openapi;
mod poll;
mod request;
mod routes;
mod store;

pub use self::config::Config;
pub(crate) use self::{
    routes::router,
    store::{delete_all, sweep},
};

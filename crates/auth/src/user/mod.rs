//! What users change of themselves, and how they leave.
//!
//! Endpoints: `POST update-user`, `POST change-password`, `POST verify-password`,
//! `POST change-email`, `POST delete-user`, `GET delete-user/callback`. Table: `user`,
//! of the crate `repositories`.
//!
//! A deleted user's sessions, accounts and links are removed; the row stays as a
//! tombstone, so that books and authors keep an owner, and the address is free.
//!
//! Threats: a stolen session (password, fresh session or mailed link for what cannot
//! be undone; the old address must allow another one, or hears of it; another password or
//! the end of all sessions voids what was asked for), a raised role (refused by
//! name), an address that is somebody else's (answered as if it were free), a
//! session that outlives its user.

mod change_email;
mod config;
mod delete;
mod error;
pub(crate) mod openapi;
mod password;
mod routes;

pub use self::config::Config;
pub(crate) use self::routes::router;

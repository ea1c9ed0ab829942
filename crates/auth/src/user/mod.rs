//! What users change of themselves, and how they leave.
//!
//! Endpoints: `POST update-user`, `POST change-password`, `POST verify-password`,
//! `POST change-email`, `POST delete-user`, `GET delete-user/callback`. Table: `user`,
//! of the crate `database`.
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
mod delete;
mod error;
pub(crate) mod openapi;
mod password;
mod routes;

use chrono::TimeDelta;
use database::user::OwnedTable;

pub(crate) use self::routes::router;

/// What users may change of themselves.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting")]
pub struct Config {
    /// Their address. (`AUTH_CHANGE_EMAIL`)
    pub change_email: bool,
    /// An address that was never verified at once, without a link.
    /// (`AUTH_CHANGE_UNVERIFIED_EMAIL`)
    pub change_unverified_email: bool,
    /// Whether they may delete their account. (`AUTH_DELETE_USER`)
    pub delete: bool,
    /// Whether that takes a mailed link. (`AUTH_DELETE_USER_VERIFICATION`)
    pub delete_by_mail: bool,
    /// How long that link counts. (`AUTH_DELETE_USER_EXPIRES_IN`)
    pub delete_expires_in: TimeDelta,
    /// The application's tables with rows of users: an unproved sign-up is not removed if its
    /// user owns such a row.
    pub owned_tables: &'static [OwnedTable],
}

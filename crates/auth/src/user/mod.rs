//! The user's own profile, password and address, and the deletion of their account.
//!
//! Endpoints: `POST update-user`, `POST change-password`, `POST verify-password`, `POST
//! change-email`, `POST delete-user`, `GET delete-user/callback`. Table: `user`, of the crate
//! `database`.
//!
//! Deleting a user deletes their sessions, accounts and links. The row stays as a tombstone, so
//! that books and authors keep an owner, and the address becomes free.
//!
//! Threats: a stolen session (irreversible actions require the password, a fresh session or a
//! mailed link; the old address must confirm a new one, or is notified; a new password or the end
//! of all sessions invalidates pending links), users who raise their role (refused by name), an
//! address of another user (the response is that of a free one), a session that outlives its
//! user.

mod change_email;
mod config;
mod delete;
mod error;
pub(crate) mod openapi;
mod password;
mod records;
mod routes;

pub use self::config::Config;
pub(crate) use self::{
    error::{CREDENTIAL_ACCOUNT_NOT_FOUND, INVALID_PASSWORD},
    password::check as check_password,
    records::delete_records,
    routes::router,
};

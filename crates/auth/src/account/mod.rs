//! Accounts: the ways in which a user can sign in. So far passwords; later identity providers.
//!
//! Endpoints: `GET list-accounts`, `POST unlink-account`. Table: `account`.
//!
//! Threats: unlinking at an unattended device (a fresh session is required), a user who locks
//! themselves out (the last account cannot be unlinked, unless [`Config::unlink_last`]).

mod config;
mod error;
pub(crate) mod openapi;
mod routes;
mod store;

pub use self::config::Config;
pub(crate) use self::{
    routes::router,
    store::{
        Account, Candidate, delete_all, find_credential, find_password, hold_password,
        insert_credential, password_forms, rehash, replace_password, set_password,
    },
};

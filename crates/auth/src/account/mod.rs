//! Ways of signing in: so far a password, later identity providers.
//!
//! Endpoints: `GET list-accounts`, `POST unlink-account`. Table: `account`.
//!
//! Threats: unlinking in somebody's absence (a fresh session), locking oneself out
//! (the last one stays, unless [`Config::unlink_last`]).

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

//! Accounts: the sign-in methods of a user, a password or identities at providers.
//!
//! Endpoints: `GET list-accounts`, `POST unlink-account`; [`oauth`](crate::oauth) has those that
//! use a provider. Table: `account`.
//!
//! Threats:
//! - Unlinking in an unattended browser: a fresh session is required.
//! - A user who locks themselves out: the last account cannot be unlinked, unless
//!   [`Config::unlink_last`].
//! - A stolen database: passwords are hashed, and the providers' tokens are encrypted if
//!   [`oauth::Config::encrypt_tokens`](crate::oauth::Config::encrypt_tokens).
//! - A token in a log or a response: its type shows nothing in `Debug` and cannot be serialized.
//! - Two users with one identity: `lock_identity` makes concurrent sign-ins wait for each other.

mod config;
mod credential;
mod error;
mod guest;
mod linked;
pub(crate) mod openapi;
mod routes;
mod scopes;
mod store;
mod stored_token;

pub use self::config::Config;
pub(crate) use self::{
    credential::{
        Candidate, Login, find_credential, find_password, hold_password, insert_credential,
        password_forms, rehash, replace_password, set_password,
    },
    error::ACCOUNT_NOT_FOUND,
    guest::end_guest,
    linked::{
        Identity, LinkedAccount, delete_linked, find_account, find_linked, insert_linked,
        list_accounts, lock_identity, store_refreshed, update_tokens,
    },
    routes::router,
    scopes::{merge_scopes, split_scopes},
    store::{Account, CREDENTIAL, delete_all},
    stored_token::StoredToken,
};

//! Accounts: by what a user can sign in. One row per way; a password is the way
//! `credential`.
//!
//! Table: `account`.
//!
//! Threats: a hash in an answer or a log (the row never leaves this room whole, and
//! the hash has no readable `Debug`).

mod store;

pub(crate) use store::{Candidate, find_credential, insert_credential, replace_password};

//! Sign-in of users who proved that they own a mailbox, by a link or a code that was mailed to it.
//!
//! Endpoints: none; [`magic_link`](crate::magic_link) and [`email_otp`](crate::email_otp) sign in.
//! Table: none.
//!
//! Which user an address signs in:
//! - A user who verified the address.
//! - A user who did not: a person who does not own the mailbox may have signed up with its address,
//!   and wait for the owner to use the account. Everything with which that person could sign in is
//!   deleted first, see `unverified`. A user with a second factor is not changed: the challenge
//!   protects them.
//! - Otherwise a user is created, unless a setting forbids it.
//!
//! Threats: an account that was prepared with the address of another person (above), a secret that
//! was mailed before its user's links were invalidated (it names the epoch).

mod owner;
mod signing_in;
mod unverified;
mod verified;

pub(crate) use self::{
    owner::{Found, MAX_INSERT_TRIES, Owner, Profile, find_owner},
    signing_in::sign_in_owner,
    unverified::delete_plugin_credentials,
    verified::verify,
};

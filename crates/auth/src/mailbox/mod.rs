//! Sign-in of users who proved that a mailbox is theirs, by a link or a code that was mailed to it.
//!
//! Endpoints: none; [`magic_link`](crate::magic_link) and [`email_otp`](crate::email_otp) sign in.
//! Table: none.
//!
//! Which user an address signs in:
//! - A user who verified the address.
//! - A user who did not: another person may have signed up with the address, and wait for its owner.
//!   Everything with which that person could sign in is deleted first, see `unproven`. A user with
//!   a second factor is not changed: the challenge protects them.
//! - Otherwise a user is created, unless a setting forbids it.
//!
//! Threats: an account that was prepared with a foreign address (above), a secret that was mailed
//! before its user's links were invalidated (it names the epoch).

mod owner;
mod unproven;
mod verified;

pub(crate) use self::{
    owner::{Found, Owner, Profile, TRIES, find_owner},
    unproven::delete_keys,
    verified::verify,
};

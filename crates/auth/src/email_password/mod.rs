//! Signing up and in with an e-mail address and a password.
//!
//! Endpoints: `POST sign-up/email`, `POST sign-in/email`, with JSON or a form.
//! Table: none of its own; it writes a user and an `account`.
//!
//! Threats: finding out who has an account (sign-in answers alike for all; sign-up
//! tells, as in better-auth, unless signing up does not sign in), giving oneself a
//! role (refused by name), two sign-ups at once (the unique key decides), password
//! guessing (rate limits), sign-in forced by another site (see
//! [`middleware::origin`](crate::middleware::origin)).
//!
//! Where addresses must be verified, whoever signs up first with somebody's address leaves
//! a password that the owner's click would activate. So a sign-up is pending until its
//! address is proved, or its user has signed in: another sign-up of the address takes its
//! place, links and all. The owner of any other account of that address gets a mail that
//! says so. All three are answered alike, with the same work. Users who may have been
//! signed in are never replaced: those who signed up while no proof was asked for, and
//! those of other servers.

mod config;
mod error;
mod input;
pub(crate) mod openapi;
mod operator;
mod routes;
mod sign_in;
mod sign_up;

pub use self::{
    config::Config,
    operator::{NewPasswordUser, Users},
};
pub(crate) use self::{
    error::FIELD_NOT_ALLOWED,
    input::{MAX_NAME_LEN, check_name},
    routes::router,
};

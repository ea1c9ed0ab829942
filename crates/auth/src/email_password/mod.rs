//! Sign-up and sign-in with an e-mail address and a password.
//!
//! Endpoints: `POST sign-up/email`, `POST sign-in/email`, with JSON or a form. Table: none of its
//! own; sign-up writes a user and an `account`.
//!
//! Threats: finding out who has an account (sign-in has the same response for all addresses;
//! sign-up reveals taken addresses, as in better-auth, unless sign-up does not sign in), users
//! who give themselves a role (refused by name), two concurrent sign-ups (the unique key
//! decides), password guessing (rate limits), sign-in forced by another site (see
//! [`middleware::origin`](crate::middleware::origin)).
//!
//! Where addresses must be verified, an attacker could sign up with a foreign address and set a
//! password, which the owner's click on the link would activate. Therefore a sign-up is pending
//! until its address is verified or its user has signed in: a further sign-up with the address
//! replaces the user, their linked accounts and all links. The same holds for a sign-up with a
//! provider whose addresses must be verified. If the address belongs to an account that is not pending,
//! its owner gets a mail about the attempt. All three cases have the same response, and do
//! the same work. Users who may have signed in before are never replaced: users who signed up while
//! verification was not required, and users of other servers.

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
    input::{MAX_NAME_LEN, check_name, lifetime},
    routes::{router, signed_in_response},
    sign_up::permit,
};

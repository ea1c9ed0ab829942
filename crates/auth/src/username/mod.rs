//! Sign-in with a user name and a password.
//!
//! Endpoints: `POST sign-in/username`, `POST is-username-available`, and the fields `username` and
//! `displayUsername` of `sign-up/email` and `update-user`. Table: none of its own; the names are
//! columns of `user`.
//!
//! Threats: finding out who has an account by sign-in (an unknown name is a wrong password; which
//! names are taken is public by design, and has a rate limit), two users of one name (the unique key
//! decides between concurrent requests), guessing passwords by another name of the same user (see
//! `password_sign_in`), names that look alike (the rule of names allows
//! ASCII, unless configured otherwise).

mod config;
mod error;
mod fields;
mod name;
pub(crate) mod openapi;
mod routes;

pub use self::config::Config;
pub(crate) use self::{
    error::USERNAME_IS_ALREADY_TAKEN,
    fields::{NewUsername, UsernameFields, is_taken},
    routes::router,
};

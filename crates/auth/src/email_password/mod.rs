//! Signing up and in with an e-mail address and a password.
//!
//! Endpoints: `POST sign-up/email`, `POST sign-in/email`, with JSON or a form.
//! Table: none of its own; it writes a user and an `account`.
//!
//! Threats: finding out who has an account (sign-in answers alike for all; sign-up
//! tells, as in better-auth, until addresses must be verified), giving oneself a
//! role (refused by name), two sign-ups at once (the unique key decides), password
//! guessing (rate limits), sign-in forced by another site (see
//! [`middleware::origin`](crate::middleware::origin)).

mod email;
mod error;
mod input;
mod routes;
mod service;

use std::fmt;

use domain::{Result, Role, User};
use secrecy::SecretString;

pub(crate) use self::routes::router;
use crate::context::Context;

/// A user to be made by the operator.
#[derive(Clone)]
pub struct NewPasswordUser {
    /// 1 to 300 characters.
    pub name: String,
    /// Any case; unique.
    pub email: String,
    /// 8 to 128 characters, unless configured otherwise.
    pub password: SecretString,
    /// What they may do.
    pub role: Role,
}

/// Makes users without a request, for commands like `seed`.
pub struct Users<'a>(&'a Context);

impl<'a> Users<'a> {
    pub(crate) fn new(context: &'a Context) -> Self {
        Self(context)
    }

    /// Makes a user who can sign in at once, by the rules of sign-up. Fails with
    /// `CONFLICT` on `email` if the address is taken, with `BAD_USER_INPUT` if a
    /// field breaks a rule.
    pub async fn create(&self, new: NewPasswordUser) -> Result<User> {
        service::create(self.0, new).await
    }
}

impl fmt::Debug for Users<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Users")
    }
}

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

mod error;
mod input;
pub(crate) mod openapi;
mod operator;
mod routes;
mod sign_in;
mod sign_up;

use std::fmt;

use chrono::TimeDelta;
use domain::{Result, Role, User};
use secrecy::SecretString;

pub(crate) use self::{
    error::FIELD_NOT_ALLOWED,
    input::{LONGEST_NAME, check_name},
    routes::router,
};
use crate::context::Context;

/// How often to retry when a concurrent request changes the password or takes the address.
const TRIES: usize = 3;

/// Who may sign up and in.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting")]
pub struct Config {
    /// Whether anybody may sign up. (`AUTH_DISABLE_SIGN_UP`)
    pub sign_up: bool,
    /// Whether signing up signs in. (`AUTH_AUTO_SIGN_IN`)
    pub auto_sign_in: bool,
    /// Whether an address must be verified before its user can sign in.
    /// (`AUTH_REQUIRE_EMAIL_VERIFICATION`)
    pub require_verification: bool,
    /// How long a link to reset a password counts. (`AUTH_RESET_EXPIRES_IN`)
    pub reset_expires_in: TimeDelta,
    /// Whether resetting a password ends all sessions of its user.
    /// (`AUTH_REVOKE_SESSIONS_ON_RESET`)
    pub revoke_sessions_on_reset: bool,
}

impl Config {
    /// Whether signing up must not tell that an address is taken.
    pub(crate) fn conceals_existing_users(&self) -> bool {
        self.require_verification || !self.auto_sign_in
    }
}

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
        operator::create(self.0, new).await
    }

    /// Whether the user of this address, if there is one, has this password.
    pub async fn has_password(&self, email: &str, password: SecretString) -> Result<bool> {
        operator::has_password(self.0, email, password).await
    }
}

impl fmt::Debug for Users<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Users")
    }
}

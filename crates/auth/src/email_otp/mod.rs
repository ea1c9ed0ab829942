//! Sign-in, verification of addresses, password reset and change of address with a mailed code.
//!
//! Endpoints: `POST email-otp/send-verification-otp`, `email-otp/check-verification-otp`,
//! `email-otp/verify-email`, `sign-in/email-otp`, `email-otp/request-password-reset` (alias
//! `forget-password/email-otp`), `email-otp/reset-password`, `email-otp/request-email-change`,
//! `email-otp/change-email`. Table: none of its own; a code is a `verification` with better-auth's
//! identifier and value, `TYPE-otp-ADDRESS` and `CODE:TRIES`.
//!
//! Where a setting says so, a code replaces the link that verifies an address
//! ([`email_verification`](crate::email_verification)).
//!
//! Threats: guessing a code (few tries, which parallel requests cannot exceed, and few mails per
//! address, each of which allows as many tries; a constant-time comparison), a code used twice
//! (taking it deletes it, in one statement), a code of another purpose or address (both are part of
//! the identifier), a code that was mailed before a password reset (it names the user's epoch),
//! finding out who has an account (codes for unknown addresses are simulated: requesting and trying
//! one gives the same responses with the same work), an account that was prepared with a foreign
//! address (`mailbox`), a second factor (a code is one factor, see
//! `sign_in`), a stolen session (a change of address requires a fresh one, and the
//! old address is notified).

mod change_email;
mod code;
mod config;
mod error;
mod input;
pub(crate) mod openapi;
mod proof;
mod purpose;
mod reset;
mod routes;
mod send;
mod sign_in;
mod verify;

pub use self::config::{Config, ResendStrategy, StoreOtp};
pub(crate) use self::{
    routes::router,
    send::{mail_verification_code, replaces_links, sends_on_sign_up, simulate_code},
};

//! Sign-in with a phone number: by a code that is sent by SMS, or by a password.
//!
//! Endpoints: `POST sign-in/phone-number`, and below `phone-number/`: `send-otp`, `verify`,
//! `request-password-reset`, `reset-password`. Tables: none of its own; codes are values of
//! `verification`, numbers are columns of `user`.
//!
//! Threats: guessing a code (each is tried a few times, and is taken while it is compared, so that
//! parallel tries count, too), using one twice (taking it deletes it), a code that outlives a new
//! password (it names its user's epoch), finding out which numbers users have (a code is sent to
//! every number, and one that resets a password is simulated for an unknown number, with the same
//! work), a flood of SMS (limits per number and client; a number has one spelling, that of E.164,
//! unless configured otherwise), a user who takes a number that they do not have (only its code sets
//! it), a stolen session (a change of the number requires a fresh one, and the user's address is
//! notified), one phone that gives both factors (see [`two_factor`](crate::two_factor)), two users of
//! one number (the unique key decides).

mod code;
mod config;
mod error;
mod field;
mod input;
mod notice;
pub(crate) mod openapi;
mod reset;
mod routes;
mod send;
mod verify;

pub use self::config::Config;
pub(crate) use self::{
    field::{PhoneNumberField, refuse_in_sign_up},
    notice::notify,
    routes::router,
};

//! Refuses new passwords that are in a list of breached ones: better-auth's plugin
//! `have-i-been-pwned`, with the range protocol of Have I Been Pwned or of a service like it.
//!
//! Endpoints: none. Every route that sets a password hashes it, and `Passwords::hash` checks it
//! before.
//!
//! Threats: the service learns a password (it receives five of the forty digits of its SHA-1, and
//! asks for padded answers, whose lengths reveal nothing); the service is slow or down (a time
//! limit; then the password is accepted with a log line, or refused, as the setting says); a long
//! or malformed answer (a limit, and the same as no answer).

mod config;
mod error;
mod service;

pub use self::config::{Config, DEFAULT_URL};
pub(crate) use self::{error::PASSWORD_COMPROMISED, service::BreachCheck};

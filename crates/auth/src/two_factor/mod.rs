//! A second factor after a password or another credential: the code of an authenticator app, a
//! code by mail or SMS, or a backup code.
//!
//! Endpoints: `POST two-factor/enable`, `disable`, `get-totp-uri`, `verify-totp`, `send-otp`,
//! `verify-otp`, `generate-backup-codes`, `verify-backup-code`. Table: `twoFactor`; challenges,
//! codes and trusted devices are in `verification`, or Redis.
//!
//! `sign_in` creates a challenge instead of a session for a user with a second
//! factor. A right answer to the challenge creates the session. In a session, the same routes check a
//! code; the first right one turns the second factor on.
//!
//! Threats:
//! - Guessing codes: a challenge, a mailed code, an account and the sessions of a user have limits.
//!   Answers of one user follow each other, so that parallel ones cannot exceed a limit.
//! - A code, a backup code or a challenge used twice: one statement consumes it.
//! - One phone or mailbox that gives both factors: a challenge remembers how its first factor was
//!   delivered (`first_factor`), and takes no code by the same channel.
//! - A challenge in another browser: a signed cookie binds it.
//! - A stolen cookie of a trusted device: it is bound to its user, and each use replaces it.
//! - A stolen password, or a lost second factor: a new password, and turning the second factor off,
//!   end all challenges and trusted devices.
//! - A stolen table: keys are encrypted, and so are codes, by default.
//! - A stolen session: changes need the password.

mod answer;
mod backup_codes;
mod backup_routes;
pub(crate) mod challenge;
mod change;
mod config;
mod error;
mod factors;
mod failure_count;
mod first_factor;
mod input;
mod lockout;
pub(crate) mod openapi;
mod otp;
mod otp_routes;
mod routes;
mod session_limit;
mod setup;
mod store;
mod totp;
mod totp_routes;
pub(crate) mod trusted_device;

pub use self::config::{BackupCodes, Config, Delivery, Lockout, Otp, Storage};
pub(crate) use self::{routes::router, store::delete_all};

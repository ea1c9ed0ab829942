//! better-auth's plugin `last-login-method`: a cookie tells the pages of the application how their
//! user signed in last, e.g. to mark that button.
//!
//! Endpoints: none; `sign_in` notes the sign-in method. Tables: none of its own; the column
//! `lastLoginMethod` of `user` where a setting says so.
//!
//! Scripts read the cookie, so it is neither signed nor `HttpOnly`. The server never reads it.

mod config;
mod note;

pub use self::config::Config;
pub(crate) use self::note::{cookie, stored_name};

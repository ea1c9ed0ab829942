//! better-auth's plugin `one-time-token`: passing a session on to another client with a token that
//! works once, e.g. to another domain of the application.
//!
//! Endpoints: `GET one-time-token/generate`, `POST one-time-token/verify`. Table: `verification`,
//! where the value is the token of the session.
//!
//! Threats:
//! - A token used twice, perhaps at the same moment: one statement deletes it.
//! - A token of a session that has ended, or of a banned user: the session is read when the token is
//!   used.
//! - A walk around the second factor: the session began with all factors of its user.
//! - A stolen database: tokens are stored as their hash where the setting says so, and are valid for
//!   minutes.
//! - A page of another site that signs its visitor in as the attacker: the page is checked.

mod config;
mod error;
pub(crate) mod openapi;
mod routes;
mod service;

pub use self::config::{Config, StoreToken};
pub(crate) use self::{
    routes::router,
    service::{SET_OTT, for_new_session},
};

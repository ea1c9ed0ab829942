//! Password reset, by a mailed link.
//!
//! Endpoints: `POST request-password-reset`, `GET reset-password/{token}` (also by POST),
//! `POST reset-password`. Table: none of its own; the link's secret is a `verification`.
//!
//! The link redirects to the page that the request named, with the secret in its query. If the
//! request named none, the link shows a form, which needs no script.
//!
//! Threats: finding out who has an account (the response is the same for all addresses, in the
//! same time: a link and a mail are simulated for unknown ones), a link used twice (taken in one
//! statement), an older link used after it (the user's [`epoch`](crate::epoch) advances), an
//! attacker who knows the old password (all sessions end), an attacker who signed up with the
//! address at a provider that does not verify addresses (such accounts are unlinked).

mod error;
mod form;
pub(crate) mod openapi;
mod routes;
mod service;

pub(crate) use self::{
    routes::router,
    service::{replace_password, set_password},
};

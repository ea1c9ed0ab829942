//! Another password for who forgot theirs, by a mailed link.
//!
//! Endpoints: `POST request-password-reset`, `GET reset-password/{token}` (also by POST),
//! `POST reset-password`. Table: none of its own; the link's secret is a `verification`.
//!
//! The link leads to the page that the request named, with the secret in its query. Where
//! it named none, the link itself shows a form, which needs no script.
//!
//! Threats: finding out who has an account (the answer is the same for all, time
//! included: nobody gets a link and a mail, too), a link used twice (taken in one
//! statement) or an older one after it (the user's [`epoch`](crate::epoch) advances),
//! whoever knew the old password (their sessions end).

mod error;
mod form;
pub(crate) mod openapi;
mod routes;
mod service;

pub(crate) use self::routes::router;

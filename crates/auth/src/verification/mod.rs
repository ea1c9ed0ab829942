//! Values that a mailed link brings back, once and for a while.
//!
//! Endpoints: none; other rooms put and take. Table: `verification`.
//!
//! Threats: a link used twice (taking removes, in one statement), a link used too
//! late (its time is part of the statement).

mod store;

pub(crate) use self::store::{Store, Verification};

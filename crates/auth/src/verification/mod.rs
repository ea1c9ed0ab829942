//! Values that a mailed link brings back, once and for a while.
//!
//! Endpoints: none; other rooms put and take. Table: `verification`, or
//! Redis.
//!
//! Threats: a link used twice (taking removes, in one statement), a link used too
//! late (its time is part of the statement, or of the value), a link that outlives a
//! reset by another (all of a user are forgotten at once).

mod store;

pub(crate) use self::store::{Store, Verification};

//! What mailed links bring back, once and for a while: whose they are.
//!
//! Endpoints: none; other rooms put and take. Table: `verification`, or
//! Redis. The table also has a note of each link that had its effect, so that whoever opens
//! it again, or at the same moment, is told the same and changes nothing.
//!
//! Threats: a link used twice (taking removes, in one statement), a link used too
//! late (its time is part of the statement, or of the value), a link that outlives what
//! shall end it (it is valid only in the user's epoch, see [`epoch`](crate::epoch); and all
//! of a user are removed, so that better-auth on Node, which may share the table and
//! knows no epoch, takes none of them either).

mod store;

pub(crate) use self::store::{Link, Store, Verification};

//! Stored links: single-use secrets that were mailed to a user. Stored values: the states of
//! sign-ins with providers.
//!
//! Endpoints: none; feature modules store and take links and values. Table: `verification`, or
//! Redis. The table also records each link that was used, so that opening it again, or twice at the
//! same moment, gives the same answer and changes nothing. [`Lease`]s are in the table, too: they
//! let one process at a time do a piece of work.
//!
//! Threats: a link used twice (taking it deletes it, in one statement), a link used too late
//! (its end is part of the statement, or of the value), a link that outlives the event that
//! should end it (a link is valid only in the user's epoch, see [`epoch`](crate::epoch); and all
//! links of the user are deleted, because better-auth on Node may share the table and does not
//! check epochs).

mod lease;
mod link;
mod store;

pub(crate) use self::{
    lease::{Lease, LeaseState},
    link::{CurrentValue, Link, MailedSecret, NewValue, Verification},
    store::{STATE_PREFIX, Store},
};
